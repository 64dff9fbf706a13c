"""What a given share of REVIEW buys: the trade between people's time and what gets through.

Classification with a reject option: Chow, "On optimum recognition error and reject tradeoff", IEEE
Transactions on Information Theory 1970. The limits come from the validation pictures and are
counted on others.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from trainer.intervals import rate_of
from trainer.metrics import BoolArray, IntArray, RealArray
from trainer.predictions import PASS, REJECT, REVIEW, decide

SHARES = (0.0, 0.05, 0.1, 0.2)
"""Of all parts, that may be sent to REVIEW."""


def choose_limits(p: RealArray, is_defect: BoolArray) -> list[dict[str, float]]:
    """For each of SHARES the limits with the fewest wrong verdicts, and of those fewest escapes.

    p: (N,) defect probabilities; is_defect: (N,). JSON-able: share, pass_below, reject_from. Empty
    where one of the two kinds is missing.
    """
    if not is_defect.any() or is_defect.all():
        return []
    order = np.argsort(p, kind="stable")
    scores, defects = p[order], is_defect[order]
    cuts = _cuts(scores)
    escapes = np.r_[0, np.cumsum(defects)]
    overkill = (~defects).sum() - np.r_[0, np.cumsum(~defects)]
    chosen = []
    for share in SHARES:
        most = int(share * len(p) + 1e-9)
        # Of the places where REJECT may begin, the last that keeps REVIEW within its share.
        ends = cuts[np.searchsorted(cuts, cuts + most, side="right") - 1]
        wrong = escapes[cuts] + overkill[ends]
        best = int(np.lexsort((escapes[cuts], wrong))[0])
        low, high = _limit(scores, cuts[best]), _limit(scores, ends[best])
        chosen.append({"share": share, "pass_below": low, "reject_from": high})
    return chosen


def _cuts(scores: RealArray) -> IntArray:
    """Places 0..N between sorted scores where a limit can stand: not between equal ones."""
    inner = np.flatnonzero(np.diff(scores) > 0) + 1
    return np.array([0, *inner, len(scores)], dtype=np.int64)


def _limit(scores: RealArray, cut: int) -> float:
    """Midway between the scores on both sides of a place."""
    if cut == 0:
        return 0.0
    if cut == len(scores):
        return float(np.nextafter(1.0, 2.0))
    return float(0.5 * (scores[cut - 1] + scores[cut]))


def at_review(
    limits: Sequence[dict[str, float]], p: RealArray, is_defect: BoolArray, level: float
) -> list[dict[str, Any]]:
    """Escapes, overkill and what really goes to REVIEW at each of `limits`. JSON-able."""
    rows = []
    for each in limits:
        verdicts = decide(p, each["pass_below"], each["reject_from"])
        counted = {
            "review": verdicts == REVIEW,
            "escapes": verdicts[is_defect] == PASS,
            "overkill": verdicts[~is_defect] == REJECT,
        }
        rates = {k: rate_of(int(hits.sum()), len(hits), level) for k, hits in counted.items()}
        rows.append({**each, **rates})
    return rows
