"""What two models say of the same parts, held against each other and against people's word."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from station.domain import Decision

GRAVITY = {Decision.PASS: 0, Decision.REVIEW: 1, Decision.REJECT: 2, Decision.ERROR: 3}


@dataclass(frozen=True, slots=True)
class Said:
    """One model's word on a part. Nothing of it is anybody's verdict."""

    decision: Decision
    """ERROR: it gave no answer, which is never a PASS."""
    defect_probability: float | None
    predicted_class: str | None
    spent_ms: float
    """Locating the part and asking the engine."""


@dataclass(frozen=True, slots=True)
class Compared:
    """One part."""

    uuid: str
    source: str
    serial: str | None
    recorded: Decision
    """What the station decided when the part came in."""
    truth: Decision | None
    """The latest word of a person, PASS or REJECT; None: nobody said, or it is still open."""
    one: Said
    other: Said
    picture_one: str | None = None
    """File name of the overlay beside the comparison; only of the worst disagreements."""
    picture_other: str | None = None

    @property
    def differs(self) -> bool:
        """Whether the two decide otherwise."""
        return self.one.decision is not self.other.decision

    @property
    def apart(self) -> tuple[int, int, float]:
        """How bad the disagreement is: how far the decisions lie apart, whether one of them is
        wrong by a person's word, and how far the probabilities lie apart."""
        one, other = self.one, self.other
        wrong = is_escape(self.truth, one) + is_escape(self.truth, other)
        wrong += is_overkill(self.truth, one) + is_overkill(self.truth, other)
        p, q = one.defect_probability, other.defect_probability
        between = 1.0 if p is None or q is None else abs(p - q)
        return abs(GRAVITY[one.decision] - GRAVITY[other.decision]), wrong, between


def is_escape(truth: Decision | None, said: Said) -> bool:
    """Whether a part that a person rejected would have passed."""
    return truth is Decision.REJECT and said.decision is Decision.PASS


def is_overkill(truth: Decision | None, said: Said) -> bool:
    """Whether a part that a person passed would have been rejected."""
    return truth is Decision.PASS and said.decision is Decision.REJECT


@dataclass(frozen=True, slots=True)
class Contender:
    """One of the two models, as it was asked."""

    name: str
    digest: str
    engine: str
    """Which engine answered, with its certificate."""


@dataclass(frozen=True, slots=True)
class Tally:
    """What one model would have done to the parts."""

    counts: dict[Decision, int]
    """Of every decision, zeros included."""
    escapes: int
    """Of `defects`: passed, though a person rejected them."""
    overkill: int
    """Of `goods`: rejected, though a person passed them."""
    defects: int
    goods: int
    quick_ms: float | None
    """Of a part, as long as the quickest tenth takes at most: what ran beside it disturbs these
    least. None of none."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two models on the parts of a lot."""

    station: str
    lot: str | None
    """None: the latest parts of every lot."""
    at: datetime
    """Aware, UTC."""
    one: Contender
    other: Contender
    parts: tuple[Compared, ...]
    """In the order in which they came in."""
    without_picture: int
    """Parts that cannot be asked about: no picture was kept, it was pruned, or it is damaged."""
    complete: bool
    """Whether all parts of the lot were looked at; else the latest of them."""

    @property
    def changes(self) -> dict[tuple[Decision, Decision], int]:
        """(what one says, what the other says) -> parts, for all that are there."""
        return dict(Counter((part.one.decision, part.other.decision) for part in self.parts))

    @property
    def changed(self) -> int:
        """Parts on which they differ."""
        return sum(part.differs for part in self.parts)

    @property
    def known(self) -> int:
        """Parts of which people said what they are. They chose them: these are no sample."""
        return sum(part.truth is not None for part in self.parts)

    @property
    def tallies(self) -> tuple[Tally, Tally]:
        """Of the one, of the other."""
        return (
            tally((p.truth, p.one) for p in self.parts),
            tally((p.truth, p.other) for p in self.parts),
        )

    @property
    def time_ratio(self) -> float | None:
        """Time per part of the other over that of the one; None where there is none."""
        one, other = (each.quick_ms for each in self.tallies)
        return other / one if one and other is not None else None

    def worst(self, most: int) -> list[Compared]:
        """Parts on which they differ, the worst first."""
        differing = [part for part in self.parts if part.differs]
        return sorted(differing, key=lambda part: part.apart, reverse=True)[:most]


def tally(said: Iterable[tuple[Decision | None, Said]]) -> Tally:
    """Count what one model says. said: (truth, its word) of every part."""
    pairs = list(said)
    found = Counter(each.decision for _, each in pairs)
    times = sorted(s.spent_ms for _, s in pairs if s.decision is not Decision.ERROR)
    return Tally(
        counts={decision: found.get(decision, 0) for decision in Decision},
        escapes=sum(is_escape(truth, each) for truth, each in pairs),
        overkill=sum(is_overkill(truth, each) for truth, each in pairs),
        defects=sum(truth is Decision.REJECT for truth, _ in pairs),
        goods=sum(truth is Decision.PASS for truth, _ in pairs),
        quick_ms=times[len(times) // 10] if times else None,
    )
