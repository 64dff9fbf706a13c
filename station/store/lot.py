"""One lot, or everything, in one state of the database: what its report is made of.

All that a view tells agrees with itself, however many parts come in meanwhile. A part belongs to
the lot that it came in under, as in station.store.account.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.engine import Connection

from station.domain import Decision, Record
from station.sayings import Event, Review, Severity
from station.store.account import Account, account_of
from station.store.chain import head
from station.store.history import latest_reviews
from station.store.rows import event_of, record_of
from station.store.tables import (
    BundleRow,
    CertificateRow,
    EventRow,
    InspectionRow,
    LotRow,
    PartRow,
    ReviewRow,
)
from station.store.verify import Audit, walk
from station.store.which_lot import NO_LOT, WhichLot, of_lot

TOGETHER = 1000
"""So many rows are fetched at a time."""
MANY_LINKS = 100_000
"""A longer chain is not walked for a report, unless that is asked for."""


@dataclass(frozen=True, slots=True)
class Step:
    """What counts of one inspection, without its texts and paths."""

    decided_at: datetime
    decision: Decision
    final: Decision
    """After the latest review; the decision itself where there is none."""
    reviewed: bool
    predicted_class: str | None
    defect_probability: float | None
    latency_ms: float | None
    codes: tuple[str, ...]
    station: str
    operator: str | None
    lot: str | None
    engine: str
    bundle_sha256: str


@dataclass(frozen=True, slots=True)
class Seen:
    """A record with the latest word on it."""

    record: Record
    review: Review | None


@dataclass(frozen=True, slots=True)
class KnownBundle:
    """A bundle whose manifest the database keeps."""

    digest: str
    name: str
    manifest: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class KnownCertificate:
    """A certificate that the database keeps."""

    fingerprint: str
    bundle_digest: str
    engine: str
    margin: float
    body: Mapping[str, Any]
    at: datetime

    @property
    def signer(self) -> str:
        """Fingerprint of the key whose signature of the bundle the station asked for when it
        started with it; empty: it asked for none."""
        signature = self.body.get("signature")
        return str(signature["fingerprint"]) if isinstance(signature, dict) else ""


@dataclass(frozen=True, slots=True)
class Period:
    """When the parts came in and were decided; None where there is none."""

    first_opened_at: datetime | None
    last_decided_at: datetime | None


class LotView:
    """The parts of one lot, or of all lots; made by Store.lot."""

    def __init__(self, connection: Connection, lot: WhichLot) -> None:
        self._connection = connection
        self.lot = lot
        """None: all lots."""

    @cached_property
    def account(self) -> Account:
        """Parts in against verdicts."""
        return account_of(self._connection, self.lot)

    def is_known(self) -> bool:
        """Whether the lot was ever named to this database, or a part came without one; True for all
        lots."""
        if self.lot is None:
            return True
        if self.lot is NO_LOT:
            without = select(PartRow.id).where(of_lot(PartRow.lot, self.lot)).limit(1)
            return self._connection.scalar(without) is not None
        known = select(LotRow.name).where(LotRow.name == self.lot)
        return self._connection.scalar(known) is not None

    def known_lots(self, most: int) -> Sequence[str]:
        """Names of lots, those met last first."""
        named = select(LotRow.name).order_by(LotRow.first_seen_at.desc()).limit(most)
        return self._connection.scalars(named).all()

    @cached_property
    def period(self) -> Period:
        """From the first part to the last verdict."""
        opened = select(func.min(PartRow.opened_at)).where(*self._of_lot)
        decided = self._inspections(func.max(InspectionRow.decided_at))
        first, last = self._connection.scalar(opened), self._connection.scalar(decided)
        return Period(first, last)

    def steps(self) -> Iterator[Step]:
        """Every inspection in the order of writing; memory does not grow with their number."""
        said = select(ReviewRow.decision).where(ReviewRow.part_uuid == InspectionRow.uuid)
        latest = said.order_by(ReviewRow.id.desc()).limit(1).scalar_subquery()
        query = self._inspections(
            InspectionRow.decided_at,
            InspectionRow.verdict,
            latest,
            InspectionRow.predicted_class,
            InspectionRow.defect_probability,
            InspectionRow.latency_ms,
            InspectionRow.codes,
            InspectionRow.station,
            InspectionRow.operator,
            PartRow.lot,
            InspectionRow.engine,
            InspectionRow.bundle_sha256,
        )
        query = query.order_by(InspectionRow.id).execution_options(yield_per=TOGETHER)
        for row in self._connection.execute(query):
            decided_at, verdict, said_last, kind, p, latency_ms, codes, *names = row
            final = Decision(said_last or verdict)
            yield Step(
                decided_at, Decision(verdict), final, said_last is not None,
                kind, p, latency_ms, tuple(codes), *names,
            )  # fmt: skip

    def first(self, most: int) -> list[Seen]:
        """The first records in the order of writing."""
        return self._seen(self._inspections(InspectionRow).order_by(InspectionRow.id), most)

    def worst(self, decision: Decision, most: int) -> list[Seen]:
        """Records of a decision, those with the highest defect probability first."""
        query = self._inspections(InspectionRow).where(self._decided(decision))
        surest = func.coalesce(InspectionRow.defect_probability, -1.0).desc()
        return self._seen(query.order_by(surest, InspectionRow.id), most)

    def overruled_passes(self, most: int) -> tuple[list[Seen], int]:
        """Parts that the station passed and of which people said another word since, and how many
        there are."""
        latest = select(func.max(ReviewRow.id)).group_by(ReviewRow.part_uuid)
        said = select(ReviewRow.part_uuid).where(ReviewRow.id.in_(latest))
        said = said.where(ReviewRow.decision != Decision.PASS.value)
        chosen = [self._decided(Decision.PASS), InspectionRow.uuid.in_(said)]
        count = self._connection.scalar(self._inspections(func.count()).where(*chosen)) or 0
        query = self._inspections(InspectionRow).where(*chosen).order_by(InspectionRow.id)
        return self._seen(query, most), count

    def events(self, most: int) -> tuple[list[Event], dict[Severity, int]]:
        """What befell the stations of the lot in its period, the latest first, and how many of
        each severity; where there are more than `most`, warnings and errors only are named."""
        where: list[ColumnElement[bool]] = []
        if self.lot is not None:
            stations = select(PartRow.station).where(*self._of_lot).distinct()
            where.append(EventRow.station.in_(stations))
            if self.period.first_opened_at is not None:
                where.append(EventRow.at >= self.period.first_opened_at)
            if self.period.last_decided_at is not None and not self.account.open:
                where.append(EventRow.at <= self.period.last_decided_at)
        tally = select(EventRow.severity, func.count()).where(*where).group_by(EventRow.severity)
        found = {row[0]: row[1] for row in self._connection.execute(tally)}
        counts = {severity: found.get(severity.value, 0) for severity in Severity}
        if sum(counts.values()) > most:
            where.append(EventRow.severity != Severity.INFO.value)
        query = select(EventRow).where(*where).order_by(EventRow.id.desc()).limit(most)
        return [event_of(row) for row in self._connection.execute(query).mappings()], counts

    def bundles(self, digests: Sequence[str]) -> dict[str, KnownBundle]:
        """Digest -> bundle, for those that the database keeps."""
        query = select(BundleRow.digest, BundleRow.name, BundleRow.manifest)
        rows = self._connection.execute(query.where(BundleRow.digest.in_(digests)))
        return {row.digest: KnownBundle(row.digest, row.name, row.manifest) for row in rows}

    def certificates(self, digests: Sequence[str]) -> list[KnownCertificate]:
        """Of these bundles, oldest first."""
        names = tuple(KnownCertificate.__dataclass_fields__)
        query = select(*(getattr(CertificateRow, name) for name in names))
        query = query.where(CertificateRow.bundle_digest.in_(digests)).order_by(CertificateRow.id)
        return [KnownCertificate(*row) for row in self._connection.execute(query)]

    def chain_head(self) -> tuple[int, str]:
        """Number and hash of the last link of the whole database."""
        return head(self._connection)

    def audit(self) -> Audit:
        """The whole chain, walked: a second for some ten thousand links."""
        return walk(self._connection)

    @property
    def _of_lot(self) -> list[ColumnElement[bool]]:
        return [] if self.lot is None else [of_lot(PartRow.lot, self.lot)]

    def _decided(self, decision: Decision) -> ColumnElement[bool]:
        if self.lot is None:
            return InspectionRow.verdict == decision.value
        # In a function, so that SQLite begins with the lot's few parts, and not with the index
        # on the verdicts of all lots.
        return func.coalesce(InspectionRow.verdict, "") == decision.value

    def _inspections(self, *columns: Any) -> Select[Any]:
        query = select(*columns).select_from(InspectionRow)
        query = query.join(PartRow, PartRow.uuid == InspectionRow.uuid)
        return query.where(*self._of_lot)

    def _seen(self, query: Select[Any], most: int) -> list[Seen]:
        rows = self._connection.execute(query.limit(most)).mappings()
        records = [record_of(row) for row in rows]
        reviews: dict[str, Review] = {}
        for start in range(0, len(records), TOGETHER):
            uuids = [record.uuid for record in records[start : start + TOGETHER]]
            reviews |= latest_reviews(self._connection, uuids)
        return [Seen(record, reviews.get(record.uuid)) for record in records]
