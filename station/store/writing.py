"""What is written, statement by statement. Every function works within the caller's transaction."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timezone
from typing import Any

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.engine import Connection

from station.domain import Intent, Record
from station.store.chain import append
from station.store.database import insert_new
from station.store.rows import (
    intent_columns,
    part_columns,
    record_columns,
)
from station.store.tables import (
    SPAN,
    InspectionRow,
    LotRow,
    OpenRow,
    OperatorRow,
    PartRow,
    SpanRow,
    StationRow,
)

Name = tuple[Any, str]
"""A table of names, and a name in it."""


def names_of(intents_or_records: Iterable[Intent | Record]) -> set[Name]:
    """The names that rows bring along."""
    met: set[Name] = set()
    for item in intents_or_records:
        met.add((StationRow, item.station))
        if item.operator is not None:
            met.add((OperatorRow, item.operator))
        if item.lot is not None:
            met.add((LotRow, item.lot))
    return met


def write_names(connection: Connection, names: set[Name]) -> None:
    """Make a row of each name that has none."""
    now = datetime.now(timezone.utc)
    for table, name in names:
        connection.execute(insert_new(connection, table), [{"name": name, "first_seen_at": now}])


def write_parts(connection: Connection, intents: Sequence[Intent]) -> None:
    """Parts that came in, open until their records are written."""
    rows = _numbered(connection, PartRow, [intent_columns(intent) for intent in intents])
    connection.execute(insert(PartRow), rows)
    connection.execute(insert(OpenRow), [{"part_uuid": intent.uuid} for intent in intents])


def write_records(connection: Connection, records: Sequence[Record]) -> None:
    """Records, and the parts of those that came without an intent."""
    uuids = [record.uuid for record in records]
    found = connection.scalars(select(PartRow.uuid).where(PartRow.uuid.in_(uuids)))
    known = set(found)
    strangers = [part_columns(r) for r in records if r.uuid not in known]
    if strangers:
        connection.execute(insert(PartRow), _numbered(connection, PartRow, strangers))
    if known:
        connection.execute(delete(OpenRow).where(OpenRow.part_uuid.in_(known)))
    rows = write_sealed(connection, "inspection", InspectionRow, [*map(record_columns, records)])
    for number in {row["id"] // SPAN for row in rows}:
        _widen_span(
            connection,
            number,
            [row["decided_at"] for row in rows if row["id"] // SPAN == number],
        )


def write_sealed(
    connection: Connection, kind: str, table: Any, rows: Sequence[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """Rows of a kind that the chain covers, given without their ids; returns them with."""
    numbered = _numbered(connection, table, rows)
    connection.execute(insert(table), numbered)
    append(connection, kind, numbered)
    return numbered


def _widen_span(connection: Connection, number: int, decided_at: Sequence[datetime]) -> None:
    """The history finds times by it."""
    first, last = min(decided_at), max(decided_at)
    span = connection.execute(select(SpanRow).where(SpanRow.span == number)).first()
    if span is None:
        row = {"span": number, "earliest": first, "latest": last}
        connection.execute(insert(SpanRow), [row])
    elif first < span.earliest or last > span.latest:
        connection.execute(
            update(SpanRow)
            .where(SpanRow.span == number)
            .values(earliest=min(first, span.earliest), latest=max(last, span.latest))
        )


def _next_id(connection: Connection, table: Any) -> int:
    """One more than the last: without a gap, as there is only one writer at a time."""
    return int(connection.scalar(select(func.max(table.id))) or 0) + 1


def _numbered(
    connection: Connection, table: Any, rows: Sequence[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    first = _next_id(connection, table)
    return [{"id": number, **row} for number, row in enumerate(rows, start=first)]
