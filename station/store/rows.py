"""Rows <-> the station's nouns. Columns are named as the fields, but for those in NAMES."""

from __future__ import annotations

from typing import Any

from sqlalchemy import RowMapping

from station.domain import Decision, Intent, Record
from station.sayings import Event, Review, Severity

NAMES = {"decision": "verdict"}
"""Record field -> column, where they differ."""
RECORD_FIELDS = tuple(Record.__dataclass_fields__)
INTENT_FIELDS = tuple(Intent.__dataclass_fields__)
REVIEW_FIELDS = tuple(Review.__dataclass_fields__)
EVENT_FIELDS = tuple(Event.__dataclass_fields__)


def record_columns(record: Record) -> dict[str, Any]:
    """A record as a row of `inspections`, less its id."""
    values = {NAMES.get(name, name): getattr(record, name) for name in RECORD_FIELDS}
    return values | {"verdict": record.decision.value, "codes": list(record.codes)}


def record_of(row: RowMapping) -> Record:
    """The record that a row of `inspections` holds."""
    values = {name: row[NAMES.get(name, name)] for name in RECORD_FIELDS}
    values |= {"decision": Decision(row["verdict"]), "codes": tuple(row["codes"])}
    return Record(**values)


def intent_columns(intent: Intent) -> dict[str, Any]:
    """An intent as a row of `parts`, less its id."""
    return {name: getattr(intent, name) for name in INTENT_FIELDS}


def part_columns(record: Record) -> dict[str, Any]:
    """The row of `parts` for a record that came without an intent, less its id."""
    named = {n: getattr(record, n) for n in INTENT_FIELDS if n not in ("feed", "opened_at")}
    return named | {"feed": "", "opened_at": record.decided_at}


def intent_of(row: RowMapping) -> Intent:
    """The intent that a row of `parts` holds."""
    return Intent(**{name: row[name] for name in INTENT_FIELDS})


def review_columns(review: Review) -> dict[str, Any]:
    """A review as a row of `reviews`, less its id."""
    values = {name: getattr(review, name) for name in REVIEW_FIELDS}
    return values | {"decision": review.decision.value}


def review_of(row: RowMapping) -> Review:
    """The review that a row of `reviews` holds."""
    values = {name: row[name] for name in REVIEW_FIELDS}
    return Review(**values | {"decision": Decision(row["decision"])})


def event_columns(event: Event) -> dict[str, Any]:
    """An event as a row of `events`, less its id."""
    values = {name: getattr(event, name) for name in EVENT_FIELDS}
    return values | {"severity": event.severity.value}


def event_of(row: RowMapping) -> Event:
    """The event that a row of `events` holds."""
    values = {name: row[name] for name in EVENT_FIELDS}
    return Event(**values | {"severity": Severity(row["severity"])})
