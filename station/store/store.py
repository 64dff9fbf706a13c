"""The store: the station's nouns, kept. What a method wrote is on the disk when it returns.

A Store may be used from several threads. Rows never leave this room.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from types import TracebackType
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.engine import URL
from typing_extensions import Self

from station.domain import Decision, Intent, Record
from station.errors import StoreError
from station.sayings import Event, Review
from station.store import outbox as outboxes
from station.store.account import Account, account_of
from station.store.answered import LastKnown, refuse_unjudged, refuse_unseen
from station.store.chain import head
from station.store.database import Database, parse_url
from station.store.history import Page, latest_reviews, page_of
from station.store.lot import LotView
from station.store.outbox import Destination, Message
from station.store.query import HistoryQuery
from station.store.rows import (
    event_columns,
    event_of,
    intent_of,
    record_of,
    review_columns,
    review_of,
)
from station.store.tables import (
    BundleRow,
    CertificateRow,
    EventRow,
    InspectionRow,
    OpenRow,
    OperatorRow,
    PartRow,
    ReviewRow,
    StationRow,
)
from station.store.which_lot import WhichLot
from station.store.writing import (
    Name,
    names_of,
    write_names,
    write_parts,
    write_records,
    write_sealed,
)

Payload = Callable[[Record], Mapping[str, Any]]
"""What is told to others of a record."""


class Store:
    """An open database. A context manager; made by `open_store`."""

    def __init__(self, url: URL, busy_timeout_s: float) -> None:
        self.database = Database(url, busy_timeout_s)
        """For this room alone."""
        self._known: set[Name] = set()
        """Names that the database has for certain: most rows bring none that is new."""

    def open_parts(self, *intents: Intent) -> None:
        """Write parts before they are inspected, all or none. Raises StoreError."""
        if not intents:
            return
        new = names_of(intents) - self._known
        with self.database.writing() as connection:
            write_names(connection, new)
            write_parts(connection, intents)
        self._known |= new

    def add(self, *records: Record, outbox: Payload | None = None) -> None:
        """Write records, all or none. Raises StoreError.

        A part that was not opened gets its row too. outbox: makes the message that is written
        along for whoever is among `outbox_destinations`; nothing is, where none is.
        """
        if not records:
            return
        new = names_of(records) - self._known
        payloads = [] if outbox is None else [(r.uuid, outbox(r)) for r in records]
        with self.database.writing() as connection:
            write_names(connection, new)
            write_records(connection, records)
            outboxes.write_messages(connection, "inspection", payloads)
        self._known |= new

    def open_intents(self, station: str, feed: str) -> list[Intent]:
        """Parts of a feed that have no inspection yet, oldest first. Raises StoreError."""
        query = (
            select(PartRow)
            .join(OpenRow, OpenRow.part_uuid == PartRow.uuid)
            .where(PartRow.station == station, PartRow.feed == feed)
            .order_by(PartRow.id)
        )
        with self.database.reading() as connection:
            return [intent_of(row) for row in connection.execute(query).mappings()]

    def decided_with(self, image_sha256: str, lot: str | None) -> Record | None:
        """The newest record in that lot (None: of those without a lot) of a picture, or None."""
        query = (
            select(InspectionRow)
            .where(InspectionRow.image_sha256 == image_sha256)
            .where(InspectionRow.lot.is_not_distinct_from(lot))
            .order_by(InspectionRow.id.desc())
            .limit(1)
        )
        with self.database.reading() as connection:
            row = connection.execute(query).mappings().first()
            return None if row is None else record_of(row)

    def records(self, *, limit: int | None = None, **where: str | None) -> list[Record]:
        """Records, oldest first; with `limit`, the latest so many. Raises StoreError.

        where: `lot`, `image_sha256` and `station`, of those records only; None: whatever.
        """
        query = select(InspectionRow).order_by(InspectionRow.id.desc()).limit(limit)
        for name, value in where.items():
            if value is not None:
                query = query.where(getattr(InspectionRow, name) == value)
        with self.database.reading() as connection:
            return [record_of(row) for row in connection.execute(query).mappings()][::-1]

    def find(self, uuid: str) -> Record | None:
        """The record of that uuid, or None. Raises StoreError."""
        query = select(InspectionRow).where(InspectionRow.uuid == uuid)
        with self.database.reading() as connection:
            row = connection.execute(query).mappings().first()
            return None if row is None else record_of(row)

    def counts(self, *, lot: str | None = None) -> dict[Decision, int]:
        """How many records of each decision, zeros included. Raises StoreError."""
        query = select(InspectionRow.verdict, func.count()).group_by(InspectionRow.verdict)
        if lot is not None:
            query = query.where(InspectionRow.lot == lot)
        with self.database.reading() as connection:
            found = {row[0]: row[1] for row in connection.execute(query)}
        return {decision: found.get(decision.value, 0) for decision in Decision}

    def account(self, lot: WhichLot = None) -> Account:
        """Parts in against verdicts, of one lot, of no lot, or of everything. Raises StoreError."""
        with self.database.reading() as connection:
            return account_of(connection, lot)

    @contextmanager
    def lot(self, name: WhichLot) -> Iterator[LotView]:
        """One lot, the parts without any, or with None everything, in one state of the database.
        Raises StoreError."""
        with self.database.reading() as connection:
            yield LotView(connection, name)

    def history(self, query: HistoryQuery, after: int | None = None, limit: int = 50) -> Page:
        """Records that match, newest first; `after`: the page before's `next`.

        Raises StoreError, or ConfigError for a limit out of bounds.
        """
        with self.database.reading() as connection:
            return page_of(connection, query, after, limit)

    def head(self) -> tuple[int, str]:
        """Number and hash of the chain's last link, to be noted elsewhere. Raises StoreError."""
        with self.database.reading() as connection:
            return head(connection)

    def add_event(self, happened: Event) -> None:
        """Write one event. Raises StoreError."""
        new: set[Name] = {(StationRow, happened.station)} - self._known
        with self.database.writing() as connection:
            write_names(connection, new)
            write_sealed(connection, "event", EventRow, [event_columns(happened)])
        self._known |= new

    def events(self, *, limit: int | None = None, **where: str) -> list[Event]:
        """Events, oldest first; with `limit`, the latest so many. Raises StoreError.

        where: `station` and `kind`, of those events only.
        """
        query = select(EventRow).filter_by(**where).order_by(EventRow.id.desc()).limit(limit)
        with self.database.reading() as connection:
            return [event_of(row) for row in connection.execute(query).mappings()][::-1]

    def add_review(self, review: Review, known: LastKnown | None = None) -> None:
        """Write a person's word on a verdict, once by its uuid.

        known: the latest word that the person saw; a later one is an AnsweredError. Raises
        StoreError for no verdict, a decision that is no person's, or another review of that uuid.
        """
        if review.decision is Decision.ERROR:
            raise StoreError("a review says PASS, REVIEW or REJECT; ERROR is no person's decision.")
        if review.true_class is not None and not review.true_class.strip():
            raise StoreError("a review names a blank class; give a class's name, or none.")
        new: set[Name] = {(OperatorRow, review.operator)} - self._known
        with self.database.writing() as connection:
            same = select(ReviewRow).where(ReviewRow.uuid == review.uuid)
            before = connection.execute(same).mappings().first()
            if before is not None:
                if review_of(before) == review:
                    return
                raise StoreError(
                    "another review has the uuid {uuid}: write a new one, none is changed.",
                    uuid=review.uuid,
                )
            refuse_unjudged(connection, review)
            if known is not None:
                refuse_unseen(connection, review.part_uuid, known)
            write_names(connection, new)
            kind = "review" if review.true_class is None else "labelled_review"
            write_sealed(connection, kind, ReviewRow, [review_columns(review)])
        self._known |= new

    def reviews(self, part_uuid: str) -> list[Review]:
        """What people said of a part, oldest first. Raises StoreError."""
        query = select(ReviewRow).where(ReviewRow.part_uuid == part_uuid).order_by(ReviewRow.id)
        with self.database.reading() as connection:
            return [review_of(row) for row in connection.execute(query).mappings()]

    def latest_reviews(self, part_uuids: Sequence[str]) -> dict[str, Review]:
        """The latest word on each part that has one. Raises StoreError."""
        with self.database.reading() as connection:
            return latest_reviews(connection, part_uuids)

    def add_bundle(self, digest: str, name: str, manifest: Mapping[str, Any], at: datetime) -> None:
        """Keep a bundle's manifest, once by its digest. Raises StoreError."""
        with self.database.writing() as connection:
            if connection.scalar(select(BundleRow.id).where(BundleRow.digest == digest)) is None:
                row = {"digest": digest, "name": name, "manifest": dict(manifest), "at": at}
                write_sealed(connection, "bundle", BundleRow, [row])

    def add_certificate(
        self,
        fingerprint: str,
        bundle_digest: str,
        engine: str,
        margin: float,
        body: Mapping[str, Any],
        at: datetime,
    ) -> None:
        """Keep a certificate of a bundle that was added, once by its fingerprint and content.

        Raises StoreError.
        """
        text = json.dumps(dict(body), sort_keys=True, separators=(",", ":"))
        body_sha256 = hashlib.sha256(text.encode()).hexdigest()
        known = select(CertificateRow.id).where(
            CertificateRow.fingerprint == fingerprint, CertificateRow.body_sha256 == body_sha256
        )
        bundle = select(BundleRow.id).where(BundleRow.digest == bundle_digest)
        with self.database.writing() as connection:
            if connection.scalar(bundle) is None:
                raise StoreError(
                    "the bundle {digest} of a certificate was never added.", digest=bundle_digest
                )
            if connection.scalar(known) is None:
                row = {
                    "fingerprint": fingerprint,
                    "bundle_digest": bundle_digest,
                    "engine": engine,
                    "margin": margin,
                    "body": dict(body),
                    "body_sha256": body_sha256,
                    "at": at,
                }
                write_sealed(connection, "certificate", CertificateRow, [row])

    def outbox_destinations(self, *names: str) -> list[Destination]:
        """Say once at the start who is to be told; a new one is told from now on.

        Returns those that are no longer among them: what waited for them only is removed.
        Raises StoreError.
        """
        with self.database.writing() as connection:
            return outboxes.set_destinations(connection, names)

    def outbox_after(self, destination: str, limit: int) -> list[Message]:
        """The next messages for a destination, oldest first. Raises StoreError."""
        with self.database.reading() as connection:
            return outboxes.messages_after(connection, destination, limit)

    def outbox_delivered(self, destination: str, id: int) -> None:
        """A destination has all messages up to this one. Raises StoreError."""
        with self.database.writing() as connection:
            outboxes.mark_delivered(connection, destination, id)

    def outbox_failed(self, destination: str, error: str, next_try_at: datetime) -> None:
        """A destination could not be told. Raises StoreError."""
        with self.database.writing() as connection:
            outboxes.mark_failed(connection, destination, error, next_try_at)

    def outbox_state(self) -> Sequence[Destination]:
        """Who is to be told, and what waits for them. Raises StoreError."""
        with self.database.reading() as connection:
            return outboxes.destinations(connection)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.database.close()


def open_store(url: str, *, create: bool = True, busy_timeout_s: float = 10.0) -> Store:
    """Open a database, and bring its schema up to date.

    url: an SQLAlchemy URL, or the path of an SQLite file. create: False refuses a file that is
    not there yet. Raises StoreError.
    """
    return Store(parse_url(url, create=create), busy_timeout_s)
