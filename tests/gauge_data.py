"""Figures of a published gauge study: 10 parts, 3 appraisers, 3 trials.

AIAG, Measurement Systems Analysis, 4th ed.: the data that its chapter on variable studies works
with, and the result of its analysis of variance.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from golden_records import NOW, golden_record

from station.domain import Decision, Record
from station.gauge.study import GaugePart, Plan, Study, Turn

_VALUES = """
0.29 -0.56 1.34 0.47 -0.80 0.02 0.59 -0.31 2.26 -1.36
0.41 -0.68 1.17 0.50 -0.92 -0.11 0.75 -0.20 1.99 -1.25
0.64 -0.58 1.27 0.64 -0.84 -0.21 0.66 -0.17 2.01 -1.31
0.08 -0.47 1.19 0.01 -0.56 -0.20 0.47 -0.63 1.80 -1.68
0.25 -1.22 0.94 1.03 -1.20 0.22 0.55 0.08 2.12 -1.62
0.07 -0.68 1.34 0.20 -1.28 0.06 0.83 -0.34 2.19 -1.50
0.04 -1.38 0.88 0.14 -1.46 -0.29 0.02 -0.46 1.77 -1.49
-0.11 -1.13 1.09 0.20 -1.07 -0.67 0.01 -0.56 1.45 -1.77
-0.15 -0.96 0.67 0.11 -1.45 -0.49 0.21 -0.49 1.87 -2.16
"""
AIAG_RESULT: dict[str, Any] = {
    "table": {
        "operator": (2, 3.1673, 1.58363),
        "part": (9, 88.3619, 9.81799),
        "interaction": (18, 0.3590, 0.01994),
        "repeatability": (60, 2.7589, 0.04598),
        "total": (89, 94.6471, 94.6471 / 89),
    },
    "components": {
        "repeatability": (0.199933, 18.42),
        "operator": (0.226838, 20.90),
        "gauge": (0.302373, 27.86),
        "part": (1.042327, 96.04),
    },
}
"""Name -> degrees of freedom, sum of squares, mean square; name -> sd, per cent of the total."""


def aiag_values() -> npt.NDArray[np.float64]:
    """(parts, appraisers, trials)."""
    rows = np.array([row.split() for row in _VALUES.split("\n") if row], np.float64)
    return rows.reshape(3, 3, 10).transpose(2, 0, 1).copy()


def aiag_study() -> Study:
    """The study as if it had been laid down, a tenth of its values about 12 mm."""
    parts = tuple(GaugePart(f"P{n}", n != 9) for n in range(10))
    plan = Plan(parts, ("Ada", "Bob", "Cai"), 3)
    study = Study(plan, "gauge 2026-11-21 06:02:31 bench-1", "bench-1", NOW)
    number = 1
    while (turn := study.wanted) is not None:
        study = study.take(aiag_placement(study, turn, number))
        number += 1
    return study


def aiag_placement(study: Study, turn: Turn, number: int) -> Record:
    """The record of the placement that is wanted."""
    part, operator = int(turn.part.name[1]), study.plan.operators.index(turn.operator)
    value = 12.0 + 0.1 * float(aiag_values()[part, operator, turn.trial])
    bad = turn.part.good is False
    decision = Decision.REJECT if bad else Decision.PASS
    changed = {"diameter_mm": value}
    return golden_record(number, decision, 0.9 if bad else 0.1, changed, lot=study.lot)
