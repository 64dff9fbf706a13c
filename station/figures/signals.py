"""Which points of a p-chart say that the process changed, and by which rule.

Source: Nelson, "The Shewhart control chart: tests for special causes", J. Quality Technology 16
(1984), his tests 1, 2, 3 and 5. The last three suppose that shares are spread about evenly to both
sides: they are left out where a subgroup holds too few such parts for that.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum

from station.pages.control_chart import EXPECTED, ControlChart

ONE_SIDE, TREND = 9, 6
NARROW = 2.0
"""Of two points out of three."""


class Rule(str, Enum):
    """Why a point stands out."""

    BEYOND = "BEYOND"
    """Outside of its own limits."""
    ONE_SIDE = "ONE_SIDE"
    """Nine in a row on one side of the mean."""
    TREND = "TREND"
    """Six in a row, each above the one before, or each below."""
    TWO_OF_THREE = "TWO_OF_THREE"
    """Two of three in a row beyond two thirds of the way to the same limit."""


@dataclass(frozen=True, slots=True)
class Signal:
    """Points that stand out, by one rule."""

    rule: Rule
    first: int
    """Number of the first of them, as in Point.number."""
    last: int
    above: bool
    """Above the mean, or rising: worse, where bad parts are counted."""


def signals_of(chart: ControlChart) -> tuple[Signal, ...]:
    """All that stands out, in order; points of one rule that follow each other told as one."""
    scores = _scores(chart)
    found = [
        Signal(Rule.BEYOND, point.number, point.number, point.share > chart.mean)
        for point in chart.points
        if point.out
    ]
    if chart.mean * chart.size >= EXPECTED:
        found += _runs(Rule.ONE_SIDE, scores, ONE_SIDE, lambda z: all(v > 0 for v in z))
        found += _runs(Rule.TREND, scores, TREND, _rising)
        found += _runs(Rule.TWO_OF_THREE, scores, 3, lambda z: sum(v > NARROW for v in z) >= 2)
    return tuple(sorted(found, key=lambda s: (s.first, list(Rule).index(s.rule))))


def _scores(chart: ControlChart) -> list[float]:
    """How many standard deviations each share lies above the mean."""
    spread = chart.mean * (1.0 - chart.mean)
    if spread == 0.0:
        return [0.0] * len(chart.points)
    return [(p.share - chart.mean) / math.sqrt(spread / p.parts) for p in chart.points]


def _rising(values: Sequence[float]) -> bool:
    return all(a < b for a, b in itertools.pairwise(values))


def _runs(
    rule: Rule, scores: list[float], length: int, holds: Callable[[Sequence[float]], bool]
) -> list[Signal]:
    """Stretches that a rule holds for, upwards and downwards, each as long as it goes on."""
    found = []
    for above in (True, False):
        turned = scores if above else [-score for score in scores]
        run: tuple[int, int] | None = None
        for start in range(len(turned) - length + 1):
            if not holds(turned[start : start + length]):
                continue
            if run is not None and start <= run[1]:
                run = (run[0], start + length - 1)
                continue
            if run is not None:
                found.append(Signal(rule, run[0] + 1, run[1] + 1, above))
            run = (start, start + length - 1)
        if run is not None:
            found.append(Signal(rule, run[0] + 1, run[1] + 1, above))
    return found
