"""What others are told about a part. docs/payload.md describes every field."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import datetime, timezone
from typing import Any

from station.domain import Record

SCHEMA = 1
"""Raised when a field changes its meaning or goes; a new field alone does not raise it."""


def payload_of(record: Record) -> dict[str, Any]:
    """A record as JSON values. Never fails, holds no path of this machine.

    A number that is not finite, which JSON does not know, becomes None.
    """
    return {
        "schema": SCHEMA,
        "uuid": record.uuid,
        "station": record.station,
        "lot": record.lot,
        "part_serial": record.part_serial,
        "operator": record.operator,
        "source": record.source,
        "decision": record.decision.value,
        "reason": record.reason,
        "codes": list(record.codes),
        "predicted_class": record.predicted_class,
        "confidence": _number(record.confidence),
        "defect_probability": _number(record.defect_probability),
        "probabilities": _numbers(record.probabilities),
        "defect": _defect(record),
        "evidence": _numbers(record.evidence),
        "image_sha256": record.image_sha256,
        "bundle_sha256": record.bundle_sha256,
        "engine": record.engine,
        "captured_at": _time(record.captured_at),
        "decided_at": _time(record.decided_at),
        "latency_ms": _number(record.latency_ms),
    }


def _defect(record: Record) -> dict[str, float | None] | None:
    values = {
        "x_mm": _number(record.defect_x_mm),
        "y_mm": _number(record.defect_y_mm),
        "size_mm": _number(record.defect_size_mm),
    }
    return None if all(value is None for value in values.values()) else values


def _number(value: float | None) -> float | None:
    return float(value) if value is not None and math.isfinite(value) else None


def _numbers(values: Mapping[str, float] | None) -> dict[str, float | None] | None:
    return None if values is None else {name: _number(value) for name, value in values.items()}


def _time(at: datetime) -> str:
    """RFC 3339 in UTC, with microseconds: `2026-03-04T05:06:07.891011Z`."""
    text = at.astimezone(timezone.utc).isoformat(timespec="microseconds")
    return text.replace("+00:00", "Z")
