"""What is held against a golden part's record, and how far it may always differ. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean, stdev

from station.distributions import t_quantile
from station.domain import Record
from station.shift.causes import Cause

SCORE = "defect_probability"
LEAST_PLACEMENTS = 3
WIDE = 4.0
"""So many times its floor, a tolerance is told as wide."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One measure of a record."""

    floor: float
    """A smaller difference never counts, in the measure's own unit."""
    share: float
    """Nor one smaller than this share of the record's value."""
    below: Cause
    """What a smaller value speaks for."""
    above: Cause


KINDS = {
    "focus": Kind(0.02, 0.15, Cause.BLUR, Cause.SHARPENED),
    "brightness": Kind(0.02, 0.05, Cause.DARKER, Cause.BRIGHTER),
    "contrast": Kind(0.03, 0.08, Cause.HAZE, Cause.HARSH),
    "px_per_mm": Kind(0.0, 0.01, Cause.FARTHER, Cause.CLOSER),
    "centre_x_mm": Kind(1.0, 0.0, Cause.MOVED, Cause.MOVED),
    "centre_y_mm": Kind(1.0, 0.0, Cause.MOVED, Cause.MOVED),
    "diameter_mm": Kind(0.05, 0.0, Cause.SIZE, Cause.SIZE),
    "ovality_mm": Kind(0.08, 0.0, Cause.SHAPE, Cause.SHAPE),
    SCORE: Kind(0.05, 0.0, Cause.SCORE_LOWER, Cause.SCORE_HIGHER),
    "novelty": Kind(0.1, 0.25, Cause.UNFAMILIAR, Cause.UNFAMILIAR),
}
"""By name, as in a record's evidence; the score is a record's own. Causes come before what may
follow from them."""
NOT_WORSE_BELOW = frozenset({"novelty", "ovality_mm"})
"""Less of these is nothing that is wrong."""


@dataclass(frozen=True, slots=True)
class Known:
    """A measure of a golden part, learned from its placements."""

    mean: float
    sd: float
    tolerance: float
    """A value may differ by so much."""


def measures_of(record: Record) -> dict[str, float]:
    """What of a record is held against golden parts; finite numbers."""
    found = dict(record.evidence or {})
    if record.defect_probability is not None:
        found[SCORE] = record.defect_probability
    return {name: found[name] for name in KINDS if math.isfinite(found.get(name, math.nan))}


def learned(name: str, values: Sequence[float], confidence: float) -> Known:
    """Mean, spread and tolerance of a measure; at least LEAST_PLACEMENTS values.

    The tolerance is the half width of the prediction interval for one more placement, as
    t((1 + confidence) / 2, n - 1) * s * sqrt(1 + 1 / n) (Hahn and Meeker, Statistical Intervals),
    but never less than the floor.
    """
    if len(values) < LEAST_PLACEMENTS:
        raise ValueError(f"{len(values)} placements; expected at least {LEAST_PLACEMENTS}.")
    mean, sd, count = fmean(values), stdev(values), len(values)
    reach = t_quantile(0.5 * (1.0 + confidence), count - 1) * math.sqrt(1.0 + 1.0 / count)
    kind = KINDS[name]
    return Known(mean, sd, max(kind.floor, kind.share * abs(mean), reach * sd))


def is_wide(name: str, known: Known) -> bool:
    """Whether the placements spread so far that the tolerance hides what should be noticed."""
    kind = KINDS[name]
    return known.tolerance > WIDE * max(kind.floor, kind.share * abs(known.mean))


def cause_of(name: str, value: float, known: Known) -> Cause | None:
    """What a value speaks for that differs by more than it may; None: it is as it was."""
    off = value - known.mean
    if abs(off) <= known.tolerance or (off < 0.0 and name in NOT_WORSE_BELOW):
        return None
    return KINDS[name].below if off < 0.0 else KINDS[name].above
