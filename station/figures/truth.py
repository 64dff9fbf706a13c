"""What people's words show of the station's: escapes and overkill, and how sure that is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from station.domain import Decision
from station.figures.bounds import LEVEL, rate_lower, rate_upper
from station.store.counted import Judged

TARGET = 0.01
"""An escape rate that a sample should be able to show, where nobody asked for another."""


@dataclass(frozen=True, slots=True)
class Rate:
    """`count` of `total` that people judged; bounds hold one-sided at LEVEL each.

    They hold for all such parts only where the judged ones were picked blindly.
    """

    count: int
    total: int

    @property
    def share(self) -> float | None:
        """In [0, 1]; None of nothing."""
        return self.count / self.total if self.total else None

    @property
    def upper(self) -> float:
        """The rate is at most that; 1 where nothing was judged."""
        return rate_upper(self.count, self.total, LEVEL)

    @property
    def lower(self) -> float:
        """The rate is at least that; 0 where nothing was judged."""
        return rate_lower(self.count, self.total, LEVEL)


@dataclass(frozen=True, slots=True)
class Truth:
    """The station's verdicts held against people's."""

    moves: Mapping[tuple[Decision, Decision], int]
    """(the station's, a person's) -> parts; REVIEW of a person: still open."""
    counts: Mapping[Decision, int]
    """All parts, judged or not, by the station's verdict."""

    def judged(self, decision: Decision) -> int:
        """Parts of that verdict that people said PASS or REJECT of."""
        said = (Decision.PASS, Decision.REJECT)
        return sum(self.moves.get((decision, word), 0) for word in said)

    @property
    def escapes(self) -> Rate:
        """Of the passed parts that people judged, those that they rejected."""
        bad = self.moves.get((Decision.PASS, Decision.REJECT), 0)
        return Rate(bad, self.judged(Decision.PASS))

    @property
    def overkill(self) -> Rate:
        """Of the rejected parts that people judged, those that they passed."""
        good = self.moves.get((Decision.REJECT, Decision.PASS), 0)
        return Rate(good, self.judged(Decision.REJECT))

    @property
    def needless(self) -> Rate:
        """Of the parts for review that people judged, those that they passed."""
        good = self.moves.get((Decision.REVIEW, Decision.PASS), 0)
        return Rate(good, self.judged(Decision.REVIEW))


def truth_of(judged: Mapping[Judged, int], counts: Mapping[Decision, int]) -> Truth:
    """The moves, summed over the scores."""
    moves: dict[tuple[Decision, Decision], int] = {}
    for one, parts in judged.items():
        key = (one.decision, one.said)
        moves[key] = moves.get(key, 0) + parts
    return Truth(moves, counts)
