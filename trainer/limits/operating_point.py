"""The threshold pair PASS / REVIEW / REJECT, from stated budgets and what the sample can support.

Thresholds are sought on the log-odds s of the defect probability, where neighbouring scores near 0
and 1 stay apart. A threshold at the (k+1)-th lowest of n defect scores lets a share of defects
pass that is distributed as Beta(k+1, n-k), whatever the scores' own distribution (Wilks, Annals of
Mathematical Statistics 1941): its quantile is the Clopper-Pearson bound for k of n, so the bound
holds although the threshold was chosen on the same sample.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from trainer.config import TrainerError
from trainer.intervals import most_allowed, rate_upper, sample_needed
from trainer.metrics import RealArray

MARGIN = 1.0
"""In log-odds: how far a threshold keeps from the outermost score where nothing lies beyond."""
LIMIT = 1e-6
"""Thresholds keep this far from 1, and reject_from from 0: float32 noise decides nothing there."""
ALWAYS_REJECT = 0.5
"""Any value serves where no class is good: the defect probability is then always 1."""


@dataclass(frozen=True, slots=True)
class Budget:
    """One promise: at most `budget` of `total` cases' kind go wrong, and what the sample shows."""

    budget: float
    count: int
    """Seen to go wrong at the chosen threshold."""
    total: int
    upper: float
    """One-sided upper bound on the rate behind count of total."""
    supported: bool
    """False where not even a faultless sample of this size shows the budget."""
    more_needed: int
    """Further cases, without one going wrong, that would show the budget."""


@dataclass(frozen=True, slots=True)
class OperatingPoint:
    """p < pass_below: PASS; p >= reject_from: REJECT; between: REVIEW. Made by `choose`."""

    pass_below: float
    reject_from: float
    confidence_level: float
    escape: Budget
    """Defects passed."""
    overkill: Budget
    """Good parts rejected."""
    review_defect: float
    """Share of defects sent to review."""
    review_good: float
    """Share of good parts sent to review."""
    statement: str
    """What is promised and what is not, in words."""

    def as_dict(self) -> dict[str, Any]:
        """JSON-able, nested."""
        return asdict(self)


def choose_operating_point(
    score: RealArray,
    is_defect: np.ndarray[Any, np.dtype[np.bool_]],
    escape_budget: float,
    overkill_budget: float,
    confidence_level: float,
) -> OperatingPoint:
    """Thresholds from validation scores (N,) in log-odds and their truth (N,).

    pass_below takes no more of the escape budget than buys good parts passed, reject_from likewise;
    each lies midway between neighbouring scores. Where the two fall into one gap, a third of it on
    either side is decided and the middle is REVIEW: that costs nothing on the sample, and it is
    where parts unlike any in it land. Where both budgets leave room between crossed thresholds,
    one threshold decides and nothing is reviewed. Raises TrainerError without a defect.
    """
    if not is_defect.any():
        raise TrainerError("no defect among the validation pictures; add some and train again.")
    if is_defect.all():
        return _nothing_good(len(score), escape_budget, overkill_budget, confidence_level)
    defects, goods = np.sort(score[is_defect]), np.sort(score[~is_defect])
    allowed = most_allowed(len(defects), escape_budget, confidence_level)
    below = _pass_gap(defects, goods, allowed or 0)
    # Overkill is the mirror image: negated, the good scores take the place of the defects.
    allowed = most_allowed(len(goods), overkill_budget, confidence_level)
    low, high = _pass_gap(-goods[::-1], -defects[::-1], allowed or 0)
    low, high = _place(below, (-high, -low), defects, goods)
    # Never raised: a pass threshold near 0 is kept apart well enough by float32, and is a promise.
    pass_below = min(_probability(low), 1.0 - LIMIT)
    reject_from = min(max(_probability(high), LIMIT), 1.0 - LIMIT)
    p = 1.0 / (1.0 + np.exp(-np.clip(score, -700, 700)))
    return _describe(
        p, is_defect, pass_below, reject_from, escape_budget, overkill_budget, confidence_level
    )


def _pass_gap(defects: RealArray, goods: RealArray, allowed: int) -> tuple[float, float]:
    """The gap between scores that the pass threshold may lie in, both sorted ascending.

    Its upper end is at most the defect with `allowed` defects below it; it is lowered as far as
    costs no good part its PASS.
    """
    ceiling = float(defects[allowed])
    passed = goods[goods < ceiling]
    if not len(passed):
        return ceiling - 2.0 * MARGIN, ceiling
    return float(passed[-1]), float(defects[defects > passed[-1]][0])


def _place(
    below: tuple[float, float],
    above: tuple[float, float],
    defects: RealArray,
    goods: RealArray,
) -> tuple[float, float]:
    """Two thresholds in their gaps, in order."""
    if below == above:
        third = (below[1] - below[0]) / 3.0
        return below[0] + third, below[1] - third
    low, high = sum(below) / 2.0, sum(above) / 2.0
    if low <= high:
        return low, high
    scores = np.unique(np.concatenate((defects, goods)))
    middles = (scores[1:] + scores[:-1]) / 2.0
    choices = [high, *middles[(middles > high) & (middles < low)], low]

    def cost(t: float) -> float:
        return float((defects < t).mean() + (goods >= t).mean())

    best = min(choices, key=cost)
    return best, best


def _probability(score: float) -> float:
    return 1.0 / (1.0 + math.exp(-min(max(score, -700.0), 700.0)))


def _describe(
    p: RealArray,
    is_defect: np.ndarray[Any, np.dtype[np.bool_]],
    pass_below: float,
    reject_from: float,
    escape_budget: float,
    overkill_budget: float,
    level: float,
) -> OperatingPoint:
    """Count what the thresholds do on the sample they were chosen on."""
    bad, good = p[is_defect], p[~is_defect]
    escape = _budget(escape_budget, int((bad < pass_below).sum()), len(bad), level)
    overkill = _budget(overkill_budget, int((good >= reject_from).sum()), len(good), level)
    between = (p >= pass_below) & (p < reject_from)
    statement = " ".join(
        (
            "On the validation pictures:",
            _sentence(escape, "escape", "defect", level),
            _sentence(overkill, "false reject", "good part", level),
            f"{(good < pass_below).mean():.1%} of the good parts pass.",
        )
    )
    return OperatingPoint(
        pass_below,
        reject_from,
        level,
        escape,
        overkill,
        float(between[is_defect].mean()),
        float(between[~is_defect].mean()),
        statement,
    )


def _budget(budget: float, count: int, total: int, level: float) -> Budget:
    supported = most_allowed(total, budget, level) is not None
    needed = 0 if supported else max(sample_needed(budget, level) - total, 0)
    return Budget(budget, count, total, rate_upper(count, total, level), supported, needed)


def _sentence(found: Budget, event: str, case: str, level: float) -> str:
    text = (
        f"{found.count} {event}{'' if found.count == 1 else 's'} in {found.total} "
        f"{case}{'' if found.total == 1 else 's'} shows at most {found.upper:.1%} at {level:.0%}"
    )
    if found.supported:
        return f"{text}, within the budget of {found.budget:.1%}."
    if found.count == 0:
        return f"{text}; for {found.budget:.1%} collect {found.more_needed} more."
    return f"{text}, over the budget of {found.budget:.1%}."


def _nothing_good(
    total: int, escape_budget: float, overkill_budget: float, level: float
) -> OperatingPoint:
    """No class is good: nothing can pass, and every part is rejected as its class."""
    escape = Budget(escape_budget, 0, total, 0.0, True, 0)
    overkill = Budget(overkill_budget, 0, 0, 1.0, False, sample_needed(overkill_budget, level))
    statement = (
        "No class is marked as good, so nothing passes: every part is rejected as its class. "
        "Mark good classes with --good to have parts passed."
    )
    return OperatingPoint(0.0, ALWAYS_REJECT, level, escape, overkill, 0.0, 0.0, statement)
