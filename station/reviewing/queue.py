"""The queue: which parts wait for whose word."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from enum import Enum
from typing import Any

from engines.bundle import ClassInfo
from station.domain import Decision, Record
from station.errors import ConfigError
from station.reviewing.words import Kind, kind_of
from station.sayings import Review
from station.store.reviews import (
    MOST_COUNTED,
    Found,
    Sought,
    Wanted,
    bundle_manifest,
    count_decided,
    count_waiting,
    find_part,
    waiting,
)
from station.store.store import Store

LOOK_BACK = timedelta(days=7)
"""Rejects and passes are looked at again for so long; a REVIEW waits until somebody decides."""
PASS_SHARE = 0.05
"""Share of the passes that are looked at again blindly."""
SAMPLE_DIGITS = 6


class Queue(str, Enum):
    """What is looked at."""

    REVIEW = "review"
    """Parts whose latest word is REVIEW."""
    REJECT = "reject"
    """Those, and what the station rejected lately."""
    BLIND = "blind"
    """A share of the passes by chance, among about as many rejects, none of them with its verdict
    shown: who looks cannot know what the station said."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Who asks for what. Raises ConfigError for a share that is none."""

    queue: Queue = Queue.REVIEW
    operator: str | None = None
    """What they sent to a second person is hidden from them."""
    lot: str | None = None
    """None: every lot."""
    pass_share: float = PASS_SHARE

    def __post_init__(self) -> None:
        if not 0.0 < self.pass_share <= 1.0:
            raise ConfigError(
                "a share of {pass_share} of the passes was asked for; give one above 0, at most 1.",
                pass_share=self.pass_share,
            )


@dataclass(frozen=True, slots=True)
class Waiting:
    """One part that waits for a word."""

    id: int
    """Its place in the order."""
    record: Record
    latest: Review | None
    """The latest word on it."""
    classes: tuple[ClassInfo, ...]
    """Of the bundle that decided; empty where the database does not know it."""

    @property
    def asked_by(self) -> str | None:
        """Who asks for a second opinion; None: nobody."""
        if self.latest is not None and kind_of(self.latest) is Kind.SECOND:
            return self.latest.operator
        return None

    @property
    def defects(self) -> tuple[str, ...]:
        """Names of the defect classes."""
        return tuple(each.name for each in self.classes if each.defect)


@dataclass(frozen=True, slots=True)
class Pending:
    """A page of the queue."""

    parts: tuple[Waiting, ...]
    """Oldest first."""
    count: int
    """How many wait in all for this person; MOST_COUNTED + 1 stands for more."""
    elsewhere: int
    """How many of the queue wait for somebody else: this person asked for a second opinion."""
    floor: int
    """Give it with the next question, to be answered sooner."""
    next: int | None
    """Give it as `after` for the page that follows; None: there is none."""

    @property
    def has_more(self) -> bool:
        """Whether more wait than were counted."""
        return self.count > MOST_COUNTED


def pending(
    store: Store,
    asked: Asked,
    *,
    after: int = 0,
    floor: int = 0,
    limit: int = 20,
    now: datetime | None = None,
) -> Pending:
    """A page of the parts that wait, oldest first, and how many there are. Raises StoreError.

    floor: of an earlier answer to the same question; 0: none.
    """
    sought = _sought(store, asked, now or datetime.now(timezone.utc))
    count = count_waiting(store, sought, floor=floor)
    found = waiting(store, sought, after=after, floor=count.floor, limit=limit + 1)
    known: dict[str, tuple[ClassInfo, ...]] = {}
    parts = tuple(_waiting(store, each, known) for each in found[:limit])
    following = parts[-1].id if len(found) > limit else None
    return Pending(parts, count.waiting, count.elsewhere, count.floor, following)


def look_up(store: Store, uuid: str) -> Waiting | None:
    """One part, whatever was said of it; None where it has no verdict. Raises StoreError."""
    found = find_part(store, uuid)
    return None if found is None else _waiting(store, found, {})


def sample_below(share: float) -> str:
    """Uuids below these digits are that share of all."""
    most = 16**SAMPLE_DIGITS
    drawn = min(most, max(0, round(share * most)))
    return "g" if drawn == most else f"{drawn:0{SAMPLE_DIGITS}x}"


def classes_of(manifest: Mapping[str, Any] | None) -> tuple[ClassInfo, ...]:
    """Of a bundle's manifest; empty for one that tells none."""
    if manifest is None:
        return ()
    try:
        return tuple(ClassInfo(each["name"], each["defect"]) for each in manifest["classes"])
    except (KeyError, TypeError):
        return ()


def _sought(store: Store, asked: Asked, now: datetime) -> Sought:
    since = now - LOOK_BACK
    if asked.queue is Queue.BLIND:
        passes = count_decided(store, Decision.PASS, asked.lot, since)
        rejects = count_decided(store, Decision.REJECT, asked.lot, since)
        # With more rejects than passes a person would soon say REJECT without looking.
        as_many = min(1.0, asked.pass_share * passes / max(1, rejects))
        drawn = (
            Wanted(Decision.PASS, since, sample_below(asked.pass_share)),
            Wanted(Decision.REJECT, since, sample_below(as_many)),
        )
        return Sought(drawn, reopened=False, lot=asked.lot)
    wanted: tuple[Wanted, ...] = (Wanted(Decision.REVIEW),)
    if asked.queue is Queue.REJECT:
        wanted += (Wanted(Decision.REJECT, since),)
    return Sought(wanted, lot=asked.lot, hidden_from=asked.operator)


def _waiting(store: Store, found: Found, known: dict[str, tuple[ClassInfo, ...]]) -> Waiting:
    digest = found.record.bundle_sha256
    if digest not in known:
        known[digest] = classes_of(bundle_manifest(store, digest))
    return Waiting(found.id, found.record, found.latest, known[digest])
