"""Pareto charts: what happens most often first, with the share that it and all above it make."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from station.domain import Decision

MOST_BARS = 12
"""So many are named; those after them share one bar."""


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar."""

    name: str
    parts: tuple[tuple[Decision, int], ...]
    """Its pieces, zeros left out."""
    also: tuple[tuple[Decision, int], ...]
    """What is told of it besides, but not drawn, ordered by nor cumulated."""
    together: int
    """Sum of its pieces."""
    share: float
    """Of its pieces in all bars'; 0 where there are none."""
    cumulative: float | None
    """Share of the pieces of this bar and those above it; None where there are none."""


def pareto(
    found: Mapping[Decision, Counter[str]],
    counted: Sequence[Decision],
    also: Sequence[Decision] = (),
) -> tuple[Bar, ...]:
    """Bars of all names, the most often `counted` first; `also`: decisions told besides."""
    totals, others = _together(found, counted), _together(found, also)
    names = sorted(totals | others, key=lambda name: (-totals[name], -others[name], name))
    groups = [(name, [name]) for name in names]
    if len(names) > MOST_BARS:
        rest = names[MOST_BARS - 1 :]
        groups = [*groups[: MOST_BARS - 1], (f"{len(rest)} others", rest)]
    whole, so_far, bars = totals.total(), 0, []
    for name, members in groups:
        pieces = _pieces(found, counted, members)
        together = sum(count for _, count in pieces)
        so_far += together
        share, cumulative = (together / whole, so_far / whole) if whole else (0.0, None)
        more = _pieces(found, also, members)
        bars.append(Bar(name, pieces, more, together, share, cumulative))
    return tuple(bars)


def _together(found: Mapping[Decision, Counter[str]], shown: Sequence[Decision]) -> Counter[str]:
    total: Counter[str] = Counter()
    for decision in shown:
        total += found[decision]
    return total


def _pieces(
    found: Mapping[Decision, Counter[str]], shown: Sequence[Decision], members: Sequence[str]
) -> tuple[tuple[Decision, int], ...]:
    sums = ((decision, sum(found[decision][name] for name in members)) for decision in shown)
    return tuple((decision, count) for decision, count in sums if count)
