"""What waits for a person's word, and the words that count: from the rows, by their indexes.

A part that nobody reviewed can never become one again, for reviews are only added: so whoever asks
again and again may begin where the first such part was found the last time (`floor`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select
from sqlalchemy.engine import Connection
from sqlalchemy.orm import aliased

from station.domain import Decision, Record
from station.sayings import Review
from station.store.production import of_production
from station.store.rows import record_of, review_of
from station.store.store import Store
from station.store.tables import SPAN, BundleRow, InspectionRow, PartRow, ReviewRow, SpanRow

MOST_COUNTED = 1000
"""More are not counted, only said to be more."""


SECOND = "second opinion"
"""With what the reason of a review begins that asks somebody else."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Parts of one verdict that nobody reviewed."""

    verdict: Decision
    since: datetime | None = None
    """Decided then or later; None: whenever."""
    below: str | None = None
    """Only parts whose uuid begins below these hex digits: a sample drawn by chance, for uuids are
    random, and the same one for whoever asks. None: all."""


@dataclass(frozen=True, slots=True)
class Sought:
    """Which parts wait."""

    unreviewed: tuple[Wanted, ...]
    reopened: bool = True
    """Also those whose latest review says REVIEW, whatever the verdict."""
    lot: str | None = None
    """None: every lot."""
    hidden_from: str | None = None
    """Not those of which this operator asked for a second opinion."""


@dataclass(frozen=True, slots=True)
class Found:
    """One part that waits."""

    id: int
    """Its place in the order of writing."""
    record: Record
    latest: Review | None
    """The latest word on it."""


def waiting(
    store: Store, sought: Sought, *, after: int = 0, floor: int = 0, limit: int = 20
) -> list[Found]:
    """Parts that wait, oldest first. after: id of the last one known. Raises StoreError."""
    with store.database.reading() as connection:
        fresh = _unreviewed(connection, sought, floor).where(InspectionRow.id > after)
        queries = [fresh]
        if sought.reopened:
            queries.append(_reopened(sought).where(InspectionRow.id > after))
        ids: set[int] = set()
        for query in queries:
            ids |= set(connection.scalars(query.order_by(InspectionRow.id).limit(limit)))
        return _found(connection, sorted(ids)[:limit])


@dataclass(frozen=True, slots=True)
class Count:
    """How many wait."""

    waiting: int
    """At most MOST_COUNTED + 1, which stands for more."""
    elsewhere: int
    """Of which `hidden_from` asked for a second opinion: somebody else's."""
    floor: int
    """For the next time."""


def count_waiting(store: Store, sought: Sought, *, floor: int = 0) -> Count:
    """How many wait. Raises StoreError."""
    most = MOST_COUNTED + 1
    with store.database.reading() as connection:
        fresh = _unreviewed(connection, sought, floor).order_by(InspectionRow.id)
        ids = connection.scalars(fresh.limit(most)).all()
        count, elsewhere = len(ids), 0
        if sought.reopened:
            again = _reopened(sought).limit(most).subquery()
            count += connection.scalar(select(func.count()).select_from(again)) or 0
        if sought.reopened and sought.hidden_from is not None:
            own = _reopened(sought, only_hidden=True).limit(most).subquery()
            elsewhere = connection.scalar(select(func.count()).select_from(own)) or 0
        # Where none is left, the next one to wait has not been written yet.
        last = connection.scalar(select(func.max(InspectionRow.id))) or 0
        start = int(ids[0]) if ids else max(floor, int(last) + 1)
        return Count(min(count, most), elsewhere, start)


def count_decided(store: Store, verdict: Decision, lot: str | None, since: datetime) -> int:
    """How many parts were decided so since then. Raises StoreError."""
    with store.database.reading() as connection:
        query = select(func.count(InspectionRow.id)).where(
            InspectionRow.verdict == verdict.value,
            InspectionRow.id >= _first_id(connection, since),
            InspectionRow.decided_at >= since,
        )
        return int(connection.scalar(_of_lot(query, lot)) or 0)


def find_part(store: Store, uuid: str) -> Found | None:
    """One part by its uuid, whatever was said of it; None where it has no verdict."""
    with store.database.reading() as connection:
        query = select(InspectionRow.id).where(InspectionRow.uuid == uuid)
        found = _found(connection, list(connection.scalars(query)))
        return found[0] if found else None


def decided_by_people(store: Store, limit: int) -> tuple[list[tuple[Found, list[Review]]], int]:
    """Parts whose latest word is a person's PASS or REJECT, the latest word first, each with all
    that was said of it in order; and how many there are. Raises StoreError."""
    later = aliased(ReviewRow)
    latest = select(ReviewRow.id, ReviewRow.part_uuid).where(
        ReviewRow.decision != Decision.REVIEW.value,
        ~exists().where(later.part_uuid == ReviewRow.part_uuid, later.id > ReviewRow.id),
    )
    with store.database.reading() as connection:
        count = connection.scalar(select(func.count()).select_from(latest.subquery())) or 0
        newest = latest.order_by(ReviewRow.id.desc()).limit(limit)
        uuids = [row.part_uuid for row in connection.execute(newest)]
        found: dict[str, Found] = {}
        words: dict[str, list[Review]] = {uuid: [] for uuid in uuids}
        for start in range(0, len(uuids), MOST_COUNTED):
            asked = uuids[start : start + MOST_COUNTED]
            said = select(ReviewRow).where(ReviewRow.part_uuid.in_(asked)).order_by(ReviewRow.id)
            for row in connection.execute(said).mappings():
                words[row["part_uuid"]].append(review_of(row))
            rows = select(InspectionRow).where(InspectionRow.uuid.in_(asked))
            for row in connection.execute(rows).mappings():
                uuid = row["uuid"]
                found[uuid] = Found(row["id"], record_of(row), words[uuid][-1])
        return [(found[uuid], words[uuid]) for uuid in uuids], count


def bundle_manifest(store: Store, digest: str) -> Mapping[str, Any] | None:
    """The manifest of a bundle that decided here; None where the database has none."""
    with store.database.reading() as connection:
        query = select(BundleRow.manifest).where(BundleRow.digest == digest)
        found: Mapping[str, Any] | None = connection.scalar(query)
        return found


def _found(connection: Connection, ids: Sequence[int]) -> list[Found]:
    rows = select(InspectionRow).where(InspectionRow.id.in_(ids)).order_by(InspectionRow.id)
    records = [(row["id"], record_of(row)) for row in connection.execute(rows).mappings()]
    uuids = [record.uuid for _, record in records]
    said = select(ReviewRow).where(ReviewRow.part_uuid.in_(uuids)).order_by(ReviewRow.id)
    latest = {row["part_uuid"]: review_of(row) for row in connection.execute(said).mappings()}
    return [Found(number, record, latest.get(record.uuid)) for number, record in records]


def _unreviewed(connection: Connection, sought: Sought, floor: int) -> Select[Any]:
    """Ids of those that nobody said a word of."""
    kinds: list[ColumnElement[bool]] = []
    verdict: ColumnElement[str] = InspectionRow.verdict.expression
    if sought.lot is not None:
        # In a function, so that SQLite begins with the lot's few parts, and not with the index
        # on the verdicts of all lots.
        verdict = func.coalesce(InspectionRow.verdict, "")
    for wanted in sought.unreviewed:
        kind = [verdict == wanted.verdict.value]
        if wanted.below is not None:
            kind.append(func.substr(InspectionRow.uuid, 1, len(wanted.below)) < wanted.below)
        if wanted.since is not None:
            kind.append(InspectionRow.decided_at >= wanted.since)
            kind.append(InspectionRow.id >= _first_id(connection, wanted.since))
        kinds.append(and_(*kind))
    query = select(InspectionRow.id).where(
        or_(*kinds),
        InspectionRow.id >= floor,
        ~exists().where(ReviewRow.part_uuid == InspectionRow.uuid),
    )
    return _of_lot(query, sought.lot)


def _reopened(sought: Sought, *, only_hidden: bool = False) -> Select[Any]:
    """Ids of those whose latest word is a person's REVIEW."""
    later = aliased(ReviewRow)
    still_open = select(ReviewRow.part_uuid).where(
        ReviewRow.decision == Decision.REVIEW.value,
        ~exists().where(later.part_uuid == ReviewRow.part_uuid, later.id > ReviewRow.id),
    )
    if sought.hidden_from is not None:
        own = and_(
            func.lower(ReviewRow.operator) == sought.hidden_from.lower(),
            ReviewRow.reason.startswith(SECOND, autoescape=True),
        )
        still_open = still_open.where(own if only_hidden else ~own)
    query = select(InspectionRow.id).where(InspectionRow.uuid.in_(still_open))
    return _of_lot(query, sought.lot)


def _of_lot(query: Select[Any], lot: str | None) -> Select[Any]:
    """A part belongs to the lot that it came in under, as in station.store.account."""
    if lot is None:
        return query.where(of_production(InspectionRow.lot))
    return query.join(PartRow, PartRow.uuid == InspectionRow.uuid).where(PartRow.lot == lot)


def _first_id(connection: Connection, since: datetime) -> int:
    """No part decided since then has a lower id."""
    first = connection.scalar(select(func.min(SpanRow.span)).where(SpanRow.latest >= since))
    if first is None:
        last = connection.scalar(select(func.max(SpanRow.span)))
        first = 0 if last is None else last + 1
    return int(first) * SPAN
