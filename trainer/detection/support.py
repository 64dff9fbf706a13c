"""What the defects at hand can show of a90/95, and how many more it would take."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from trainer.counting import OnCount
from trainer.detection.curve import Curve, NoCurveError, fit_curve
from trainer.detection.trials import Trials
from trainer.intervals import rate_upper, sample_needed

LEAST_DEFECTS = 60
"""Hit/miss targets that MIL-HDBK-1823A asks for at least."""
WANTED_POD = 0.9
STEPS = (10, 20, 40, 80, 160, 320, 640, 1280)
"""Numbers of further defects that are tried."""
REPEATS = 40
POWER = 0.8
"""Share of the repeats in which a90/95 must come out for a number to be called enough."""
SPREAD = (0.1, 0.97)
"""POD of the smallest and of the largest size that further defects should have: where both hits
and misses occur, which is what the slope is measured by."""


@dataclass(frozen=True, slots=True)
class Floor:
    """Sizes that are found with WANTED_POD at least, by counting alone: no curve is assumed."""

    from_mm: float
    hits: int
    of: int


@dataclass(frozen=True, slots=True)
class Advice:
    """Whether a90/95 is supported; if not, what it would take."""

    supported: bool
    reason: str
    """Empty where it is supported; otherwise a sentence."""
    more: int | None
    """Further defects that would do, in all likelihood; 0: none; None: no number is known, or no
    number would."""
    from_mm: float | None
    """Sizes that they should have, evenly over its logarithm; None: see `reason`."""
    to_mm: float | None

    def as_dict(self) -> dict[str, Any]:
        """JSON-able."""
        return asdict(self)


def floor_of(trials: Trials, level: float) -> Floor | None:
    """The smallest size from which on counting shows WANTED_POD at `level`; None where it does not.

    The largest defects are taken first, 29 of them at 0.9 and 0.95, and then one more at a time, as
    long as the exact lower bound (Clopper and Pearson) stays at WANTED_POD or above: an order that
    is fixed beforehand, ended by the first failure, keeps the confidence. It holds for sizes mixed
    as they are here.
    """
    need, count = sample_needed(1.0 - WANTED_POD, level), len(trials)
    best: Floor | None = None
    for of in range(need, count + 1):
        smallest = trials.sizes_mm[count - of]
        if of < count and trials.sizes_mm[count - of - 1] == smallest:
            continue  # of one size all, or none
        hits = int(trials.hits[count - of :].sum())
        if 1.0 - rate_upper(of - hits, of, level) < WANTED_POD:
            break
        best = Floor(float(smallest), hits, of)
    return best


def advise(
    trials: Trials,
    curve: Curve | None,
    trouble: str,
    level: float,
    target_mm: float | None = None,
    on_step: OnCount | None = None,
) -> Advice:
    """Whether a90/95 is supported, at most `target_mm` where one is given.

    curve: the fitted one; None where there is none, and `trouble` says why.
    """
    if curve is None:
        return _without_curve(trials, trouble, level)
    if curve.slope <= 0:
        return _no(
            f"larger defects are found less surely than small ones (slope {curve.slope:.3g})"
        )
    middle, bound = curve.size_mm(WANTED_POD), curve.size_bound_mm(WANTED_POD)
    largest = float(trials.sizes_mm[-1])
    goal = largest if target_mm is None else target_mm
    if bound is not None and bound <= min(goal, largest):
        return Advice(True, "", 0, None, None)
    if middle is not None and middle >= goal:
        if target_mm is not None:
            return _no(
                f"a90 itself is {middle:.3g} mm, above the {goal:.3g} mm wanted: more defects "
                "measure it better and do not lower it; the network must find smaller ones"
            )
        return _no(
            f"the curve reaches 90 % at {middle:.3g} mm only, beyond the largest defect tried "
            f"({largest:.3g} mm): no size has been seen to be found that surely. Try larger ones"
        )
    shown = "no upper bound exists" if bound is None else f"its upper bound is {bound:.3g} mm"
    smallest = float(trials.sizes_mm[0])
    where = f"below {smallest:.3g}" if middle is None or middle < smallest else f"{middle:.3g}"
    wanted = (
        f"the {goal:.3g} mm wanted" if goal < largest else f"the largest tried, {largest:.3g} mm"
    )
    reason = f"a90 is {where} mm, but {shown}" + ("" if bound is None else f", beyond {wanted}")
    return _simulated(trials, curve, goal, reason, level, on_step)


def _without_curve(trials: Trials, trouble: str, level: float) -> Advice:
    """Where to look for the sizes of which some are found and some missed."""
    need = sample_needed(1.0 - WANTED_POD, level)
    count, lacking = len(trials), max(LEAST_DEFECTS - len(trials), 0)
    found, missed = trials.found, trials.missed
    if count and not len(missed):
        smallest = float(trials.sizes_mm[0])
        floor = f" {need} of {need} found would show 90 % at those sizes;" if count < need else ""
        return Advice(
            False, f"{trouble}:{floor} for a curve add defects smaller than {smallest:.3g} mm, "
            "until some are missed", max(lacking, need - count, 20), smallest / 4.0, smallest,
        )  # fmt: skip
    if count and not len(found):
        largest = float(trials.sizes_mm[-1])
        return Advice(
            False, f"{trouble}: add defects larger than {largest:.3g} mm, until most are found",
            max(lacking, need), largest, 4.0 * largest,
        )  # fmt: skip
    if len(missed) and len(found) and missed[-1] <= found[0]:
        low, high = float(missed[-1]), float(found[0])
        margin = math.sqrt(max(high / low, 1.5))
        return Advice(
            False, f"{trouble}: add defects about that size", max(lacking, 20),
            low / margin, high * margin,
        )  # fmt: skip
    return _no(trouble, lacking or None)


def _no(reason: str, more: int | None = None) -> Advice:
    return Advice(False, reason, more, None, None)


def _simulated(
    trials: Trials,
    curve: Curve,
    goal_mm: float,
    reason: str,
    level: float,
    on_step: OnCount | None,
) -> Advice:
    """The least of STEPS that brings a90/95 to the goal in POWER of the repeats.

    The fitted curve is taken for the truth, and further defects are drawn evenly over the logarithm
    of sizes of which it finds SPREAD.
    """
    low, high = (curve.size_mm(p) or 0.0 for p in SPREAD)
    low = max(low, 0.25 * float(trials.sizes_mm[0]))
    high = max(min(high, 2.0 * max(goal_mm, float(trials.sizes_mm[-1]))), 1.5 * low)
    rng = np.random.default_rng(0)
    for done, more in enumerate(STEPS):
        if on_step is not None:
            on_step(done, len(STEPS))
        good = 0
        for repeat in range(REPEATS):
            sizes = np.exp(rng.uniform(math.log(low), math.log(high), more))
            hits = rng.random(more) < curve.pod(sizes)
            good += _reaches(trials, sizes, hits, curve.link, goal_mm, level)
            if repeat + 1 - good > (1.0 - POWER) * REPEATS:
                break
        if good >= POWER * REPEATS:
            return Advice(False, reason, more, low, high)
    return Advice(False, f"{reason}; {STEPS[-1]} more would not do", None, low, high)


def _reaches(
    trials: Trials, sizes: Any, hits: Any, link: str, goal_mm: float, level: float
) -> bool:
    joined = np.concatenate((trials.sizes_mm, sizes))
    order = np.argsort(joined)
    whole = Trials(joined[order], np.concatenate((trials.hits, hits))[order])
    try:
        bound = fit_curve(whole, link, level, rays=90).size_bound_mm(WANTED_POD)
    except NoCurveError:
        return False
    return bound is not None and bound <= goal_mm
