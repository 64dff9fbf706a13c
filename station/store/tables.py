"""The tables, as SQLAlchemy sees them. Only this room and its migrations look here.

Names are their own keys: a row says by itself whose it is, and the chain covers what it says.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import (
    JSON,
    CheckConstraint,
    Double,
    ForeignKey,
    Index,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from station.store.utc import UtcDateTime

SPAN = 1024
"""So many inspections share a row of `inspection_spans`."""


class Base(DeclarativeBase):
    """What Alembic compares the database with."""

    type_annotation_map: ClassVar = {float: Double(), datetime: UtcDateTime(), Any: JSON()}


class StationRow(Base):
    """A station that wrote something."""

    __tablename__ = "stations"

    name: Mapped[str] = mapped_column(primary_key=True)
    first_seen_at: Mapped[datetime]


class OperatorRow(Base):
    """A person at a station."""

    __tablename__ = "operators"

    name: Mapped[str] = mapped_column(primary_key=True)
    first_seen_at: Mapped[datetime]


class LotRow(Base):
    """A lot of parts."""

    __tablename__ = "lots"

    name: Mapped[str] = mapped_column(primary_key=True)
    first_seen_at: Mapped[datetime]


class PartRow(Base):
    """One part that came in, as domain.Intent describes it."""

    __tablename__ = "parts"
    __table_args__ = (Index("ix_parts_lot", "lot"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    uuid: Mapped[str] = mapped_column(String(36), unique=True)
    station: Mapped[str] = mapped_column(ForeignKey("stations.name"))
    feed: Mapped[str]
    """Empty where the record came without an intent."""
    lot: Mapped[str | None] = mapped_column(ForeignKey("lots.name"))
    part_serial: Mapped[str | None]
    operator: Mapped[str | None] = mapped_column(ForeignKey("operators.name"))
    source: Mapped[str]
    image_sha256: Mapped[str | None] = mapped_column(String(64))
    captured_at: Mapped[datetime]
    opened_at: Mapped[datetime]


class OpenRow(Base):
    """A part without a verdict: written with the part, removed with its inspection."""

    __tablename__ = "open_parts"

    part_uuid: Mapped[str] = mapped_column(String(36), ForeignKey("parts.uuid"), primary_key=True)


class InspectionRow(Base):
    """One inspection, as domain.Record describes it."""

    __tablename__ = "inspections"
    # fmt: off
    __table_args__ = (
        CheckConstraint("verdict IN ('PASS', 'REVIEW', 'REJECT', 'ERROR')", name="ck_verdict"),
        Index("ix_inspections_image_sha256", "image_sha256"),
        Index("ix_inspections_lot", "lot", "id"),
        Index("ix_inspections_lot_verdict", "lot", "verdict", "id"),
        Index("ix_inspections_verdict", "verdict", "id"),
        Index("ix_inspections_class", "predicted_class", "id"),
        Index("ix_inspections_class_verdict", "predicted_class", "verdict", "id"),
        Index("ix_inspections_operator", "operator", "id"),
        Index(
            "ix_inspections_serial", "part_serial", "id",
            sqlite_where=text("part_serial IS NOT NULL"),
            postgresql_where=text("part_serial IS NOT NULL"),
        ),
    )
    # fmt: on

    id: Mapped[int] = mapped_column(primary_key=True)
    uuid: Mapped[str] = mapped_column(String(36), ForeignKey("parts.uuid"), unique=True)
    station: Mapped[str]
    lot: Mapped[str | None]
    part_serial: Mapped[str | None]
    operator: Mapped[str | None]
    source: Mapped[str]
    image_sha256: Mapped[str | None] = mapped_column(String(64))
    image_path: Mapped[str | None]
    overlay_path: Mapped[str | None]
    bundle_sha256: Mapped[str] = mapped_column(String(64))
    engine: Mapped[str]
    verdict: Mapped[str] = mapped_column(String(8))
    predicted_class: Mapped[str | None]
    confidence: Mapped[float | None]
    defect_probability: Mapped[float | None]
    probabilities: Mapped[dict[str, float] | None] = mapped_column(JSON(none_as_null=True))
    defect_x_mm: Mapped[float | None]
    defect_y_mm: Mapped[float | None]
    defect_size_mm: Mapped[float | None]
    captured_at: Mapped[datetime]
    decided_at: Mapped[datetime]
    latency_ms: Mapped[float | None]
    reason: Mapped[str]
    codes: Mapped[list[str]] = mapped_column(JSON)
    evidence: Mapped[dict[str, float] | None] = mapped_column(JSON(none_as_null=True))


class SpanRow(Base):
    """When the SPAN inspections with ids from `span * SPAN` on were decided: first and last.

    Written with the last of them.
    """

    __tablename__ = "inspection_spans"

    span: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    earliest: Mapped[datetime]
    latest: Mapped[datetime]


class ReviewRow(Base):
    """A person's word on a verdict, as sayings.Review describes it."""

    __tablename__ = "reviews"
    __table_args__ = (
        CheckConstraint("decision IN ('PASS', 'REVIEW', 'REJECT')", name="ck_decision"),
        Index("ix_reviews_part_uuid", "part_uuid", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    uuid: Mapped[str] = mapped_column(String(36), unique=True)
    part_uuid: Mapped[str] = mapped_column(String(36), ForeignKey("inspections.uuid"))
    operator: Mapped[str] = mapped_column(ForeignKey("operators.name"))
    decision: Mapped[str] = mapped_column(String(8))
    reason: Mapped[str]
    at: Mapped[datetime]
    true_class: Mapped[str | None]


class EventRow(Base):
    """One event, as sayings.Event describes it."""

    __tablename__ = "events"
    __table_args__ = (
        CheckConstraint("severity IN ('INFO', 'WARNING', 'ERROR')", name="ck_severity"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    station: Mapped[str]
    kind: Mapped[str]
    severity: Mapped[str] = mapped_column(String(8))
    text: Mapped[str]


class BundleRow(Base):
    """A bundle that decided something."""

    __tablename__ = "bundles"

    id: Mapped[int] = mapped_column(primary_key=True)
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[str]
    manifest: Mapped[Any]
    at: Mapped[datetime]


class CertificateRow(Base):
    """A certificate under which an engine decided."""

    __tablename__ = "certificates"
    __table_args__ = (UniqueConstraint("fingerprint", "body_sha256"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    fingerprint: Mapped[str] = mapped_column(String(64))
    bundle_digest: Mapped[str] = mapped_column(String(64), ForeignKey("bundles.digest"))
    engine: Mapped[str]
    margin: Mapped[float]
    body: Mapped[Any]
    body_sha256: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime]


class PersonRow(Base):
    """What somebody was from a time on: the latest row of a name counts, none is changed.

    So who might do what, when, and by whose word, is sealed with everything else.
    """

    __tablename__ = "people"
    __table_args__ = (
        CheckConstraint("role IN ('operator', 'supervisor', 'administrator')", name="ck_role"),
        CheckConstraint("state IN ('active', 'inactive')", name="ck_state"),
        Index("ix_people_name_key", "name_key", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    name_key: Mapped[str]
    """The name as station.people.known.key_of makes it: two spellings, one person."""
    name: Mapped[str]
    role: Mapped[str] = mapped_column(String(16))
    secret: Mapped[str]
    """The hash of the PIN or password, as argon2 writes it."""
    state: Mapped[str] = mapped_column(String(8))
    changed_by: Mapped[str]
    at: Mapped[datetime]


class LinkRow(Base):
    """One link of the chain: see station.store.chain."""

    __tablename__ = "links"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(16))
    ref: Mapped[int]
    content_sha256: Mapped[str] = mapped_column(String(64))
    link_sha256: Mapped[str] = mapped_column(String(64))


class MessageRow(Base):
    """Something that must be told to others, until all of them have it."""

    __tablename__ = "outbox"
    # A number is never given twice, not even after every row was delivered and removed.
    __table_args__ = ({"sqlite_autoincrement": True},)

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    part_uuid: Mapped[str | None] = mapped_column(String(36))
    payload: Mapped[Any]
    created_at: Mapped[datetime]


class DestinationRow(Base):
    """One of the others, and how far it has been told."""

    __tablename__ = "outbox_destinations"

    name: Mapped[str] = mapped_column(primary_key=True)
    delivered_up_to: Mapped[int]
    """Number of the last message it has; 0: none yet."""
    attempts: Mapped[int]
    """In a row without success."""
    next_try_at: Mapped[datetime | None]
    last_error: Mapped[str | None]


class RetentionRow(Base):
    """How far the passed parts of an image store were looked at and their files removed."""

    __tablename__ = "retention"

    images: Mapped[str] = mapped_column(primary_key=True)
    """The folder."""
    done_up_to: Mapped[int]
    """Id of the inspection."""
