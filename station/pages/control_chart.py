"""A p-chart: the share of parts of one verdict over subgroups in order, within its 3-sigma limits.

Source: Montgomery, "Introduction to Statistical Quality Control", control charts for fraction
nonconforming. The limits are of the parts shown: trial limits, with no standard given.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

SIZES = (5, 10, 20, 25, 50, 100, 200, 250, 500)
"""Sizes of a subgroup, and a hundred times as much, and so on."""
EXPECTED = 5.0
"""So many parts of the verdict a subgroup should hold: below it, the limits are rough."""
MOST_POINTS, FEW_POINTS, LEAST_POINTS = 60, 20, 4
"""More cannot be told apart; with fewer limits are rough; with fewer still there is no chart."""


@dataclass(frozen=True, slots=True)
class Subgroup:
    """Parts that were decided one after the other."""

    parts: int
    """That have an answer: PASS, REVIEW or REJECT."""
    rejected: int
    review: int
    first_at: datetime
    last_at: datetime
    change: str | None = None
    """What was changed before or within it: the engine or the bundle that decides."""


@dataclass(frozen=True, slots=True)
class Point:
    """One subgroup's share, and its limits."""

    number: int
    """1, 2, 3..."""
    count: int
    parts: int
    lower: float
    upper: float

    @property
    def share(self) -> float:
        """In [0, 1]."""
        return self.count / self.parts

    @property
    def out(self) -> bool:
        """Whether it lies outside of its limits."""
        return not self.lower <= self.share <= self.upper


@dataclass(frozen=True, slots=True)
class ControlChart:
    """Points in order, with the share of all of them in the middle."""

    points: tuple[Point, ...]
    mean: float
    size: int
    """Of each subgroup; the last one may be smaller."""

    @property
    def top(self) -> float:
        """The least round share that holds all that is drawn."""
        most = max(max(p.share, p.upper) for p in self.points)
        steps = (0.01, 0.02, 0.05, 0.1, 0.2, 0.25, 0.5)
        return next((step for step in steps if most <= step), 1.0)

    @property
    def out(self) -> tuple[Point, ...]:
        """Points outside of the limits."""
        return tuple(point for point in self.points if point.out)

    @property
    def rough(self) -> str:
        """Why the limits are to be taken with care, in sentences; empty: they are not."""
        said = []
        if len(self.points) < FEW_POINTS:
            said.append(
                f"{len(self.points)} subgroups are few: limits are usually taken from "
                f"{FEW_POINTS} or more."
            )
        if 0 < self.mean * self.size < EXPECTED:
            said.append(
                f"A subgroup holds {self.mean * self.size:.1f} such parts on average; below "
                f"{EXPECTED:.0f} the limits are rough."
            )
        return " ".join(said)


def subgroup_size(parts: int, counted: int) -> int | None:
    """How many parts make a subgroup; None where there are too few parts for a chart.

    The least round size that holds EXPECTED of the `counted` parts; but not so large that there
    are fewer than FEW_POINTS subgroups, nor so small that there are more than MOST_POINTS.
    """
    if parts < SIZES[0] * LEAST_POINTS:
        return None
    wanted = math.inf if counted == 0 else EXPECTED * parts / counted
    least = _round_up(parts / MOST_POINTS)
    most = _round_down(parts / FEW_POINTS)
    if wanted > most:
        return max(least, most)
    return max(least, _round_up(wanted))


def p_chart(groups: Sequence[Subgroup], counts: Sequence[int], size: int) -> ControlChart | None:
    """The chart of `counts`, one for each subgroup; None where the subgroups are too few."""
    total = sum(group.parts for group in groups)
    if len(groups) < LEAST_POINTS or total == 0:
        return None
    mean = sum(counts) / total
    points = []
    for number, (group, count) in enumerate(zip(groups, counts, strict=True), start=1):
        reach = 3.0 * math.sqrt(mean * (1.0 - mean) / group.parts)
        lower, upper = max(0.0, mean - reach), min(1.0, mean + reach)
        points.append(Point(number, count, group.parts, lower, upper))
    return ControlChart(tuple(points), mean, size)


def _round_up(value: float) -> int:
    scale = 1
    while True:
        for size in SIZES:
            if size * scale >= value:
                return size * scale
        scale *= 100


def _round_down(value: float) -> int:
    """Not below the least of SIZES."""
    scale, found = 1, SIZES[0]
    while True:
        for size in SIZES:
            if size * scale > value:
                return found
            found = size * scale
        scale *= 100
