"""How the bench wandered from shift to shift, and what that speaks for. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from statistics import fmean

from station.shift.book import ShiftCheck
from station.shift.causes import Cause
from station.shift.measures import KINDS, NOT_WORSE_BELOW, SCORE

SHOWN = ("focus", "brightness", "centre_x_mm", "centre_y_mm", "px_per_mm", SCORE)
"""Focus, light, place, distance and score: what wanders."""
LAST = 3
"""So many checks together tell a drift from chance."""
TOLD_FROM = 0.5
"""Share of the tolerance from which a drift is told: before it locks production."""


@dataclass(frozen=True, slots=True)
class Drift:
    """One measure over the last checks."""

    measure: str
    points: tuple[tuple[datetime, float], ...]
    """Oldest first: when, and the mean distance from the golden parts' records, as a share of
    their tolerances: from 1 or -1 on, a check fails."""
    now: float | None
    """Mean of the last LAST points; None for fewer."""
    cause: Cause | None
    """What it speaks for; None: it does not drift."""


def drifts(checks: Sequence[ShiftCheck]) -> tuple[Drift, ...]:
    """One for each measure that was ever measured; checks: oldest first."""
    found = []
    for name in SHOWN:
        points = tuple(
            (check.at, offset) for check in checks if (offset := _offset(check, name)) is not None
        )
        if points:
            last = [offset for _, offset in points[-LAST:]]
            now = fmean(last) if len(last) == LAST else None
            found.append(Drift(name, points, now, _cause(name, now)))
    return tuple(found)


def _cause(name: str, now: float | None) -> Cause | None:
    if now is None or abs(now) < TOLD_FROM or (now < 0.0 and name in NOT_WORSE_BELOW):
        return None
    return KINDS[name].below if now < 0.0 else KINDS[name].above


def _offset(check: ShiftCheck, name: str) -> float | None:
    """Of the parts' last placements."""
    offsets = [
        (finding.got - finding.expected) / finding.tolerance
        for part in check.parts
        if part.placements
        for finding in part.placements[-1].findings
        if finding.measure == name
        and isinstance(finding.got, float)
        and isinstance(finding.expected, float)
        and finding.tolerance
    ]
    return fmean(offsets) if offsets else None
