"""The tables, as SQLAlchemy sees them. Only station.store.store and the migrations look here."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import ClassVar

from sqlalchemy import (
    JSON,
    CheckConstraint,
    DateTime,
    Dialect,
    Double,
    Index,
    String,
    TypeDecorator,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class UtcDateTime(TypeDecorator[datetime]):
    """An aware time, kept as UTC. Raises ValueError for a time without a zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """To UTC."""
        del dialect
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value} has no time zone; give an aware UTC time.")
        return value.astimezone(timezone.utc)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """To aware UTC: SQLite gives back what it was given, less the zone."""
        del dialect
        if value is None:
            return None
        return value.replace(tzinfo=timezone.utc) if value.tzinfo is None else value


class Base(DeclarativeBase):
    """What Alembic compares the database with."""

    type_annotation_map: ClassVar = {float: Double(), datetime: UtcDateTime()}


class Row(Base):
    """One inspection, as domain.Record describes it."""

    __tablename__ = "inspections"
    __table_args__ = (
        CheckConstraint("verdict IN ('PASS', 'REVIEW', 'REJECT', 'ERROR')", name="ck_verdict"),
        Index("ix_inspections_lot_verdict", "lot", "verdict"),
        Index("ix_inspections_image_sha256", "image_sha256"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    uuid: Mapped[str] = mapped_column(String(36), unique=True)
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


class EventRow(Base):
    """One event, as domain.Event describes it."""

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
