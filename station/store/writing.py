"""What is written, statement by statement. Every function works within the caller's transaction."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timezone
from typing import Any

from sqlalchemy import Integer, bindparam, cast, delete, func, insert, select
from sqlalchemy.engine import Connection

from station.domain import Intent, Record
from station.store.chain import append, refuse_unkept
from station.store.database import insert_new
from station.store.rows import (
    intent_columns,
    part_columns,
    record_columns,
)
from station.store.tables import (
    SPAN,
    BundleRow,
    CertificateRow,
    EventRow,
    InspectionRow,
    LotRow,
    OpenRow,
    OperatorRow,
    PartRow,
    PersonRow,
    ReviewRow,
    SpanRow,
    StationRow,
)

MOST_ASKED = 500
"""So many rows are asked for at once: databases take so many values and no more."""
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
    _insert(connection, PartRow, [intent_columns(intent) for intent in intents])
    connection.execute(_INSERT[OpenRow], [{"part_uuid": intent.uuid} for intent in intents])


def write_records(connection: Connection, records: Sequence[Record]) -> None:
    """Records, and the parts of those that came without an intent."""
    known = _with_parts(connection, [record.uuid for record in records])
    strangers = [part_columns(record) for record in records if record.uuid not in known]
    if strangers:
        _insert(connection, PartRow, strangers)
    if known:
        connection.execute(_NO_LONGER_OPEN, [{"closed": uuid} for uuid in known])
    rows = write_sealed(connection, "inspection", InspectionRow, [*map(record_columns, records)])
    for span in range(rows[0]["id"] // SPAN, (rows[-1]["id"] + 1) // SPAN):
        connection.execute(_COMPLETE_SPAN, {"span": span, "first": span * SPAN})


def write_sealed(
    connection: Connection, kind: str, table: Any, rows: Sequence[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """Rows of a kind that the chain covers, given without their ids; returns them with.

    Raises StoreError for what no database keeps as it is.
    """
    for row in rows:
        refuse_unkept(kind, row)
    numbered = _insert(connection, table, rows)
    append(connection, kind, numbered)
    return numbered


def _with_parts(connection: Connection, uuids: Sequence[str]) -> set[str]:
    """Those of which there are parts."""
    found: set[str] = set()
    for start in range(0, len(uuids), MOST_ASKED):
        asked = uuids[start : start + MOST_ASKED]
        found.update(connection.scalars(_KNOWN_PARTS, {"uuids": asked}))
    return found


def _insert(
    connection: Connection, table: Any, rows: Sequence[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """With ids that follow the last one without a gap: there is only one writer at a time."""
    first = int(connection.scalar(_LAST_ID[table]) or 0) + 1
    numbered = [{"id": number, **row} for number, row in enumerate(rows, start=first)]
    connection.execute(_INSERT[table], numbered)
    return numbered


# Built once: to build one costs more than SQLite takes to run it.
_NUMBERED = (
    *(PartRow, InspectionRow, ReviewRow, EventRow, BundleRow, CertificateRow),
    PersonRow,
)
_INSERT: Mapping[Any, Any] = {table: insert(table) for table in (*_NUMBERED, OpenRow)}
_LAST_ID: Mapping[Any, Any] = {table: select(func.max(table.id)) for table in _NUMBERED}
_KNOWN_PARTS = select(PartRow.uuid).where(PartRow.uuid.in_(bindparam("uuids", expanding=True)))
_NO_LONGER_OPEN = delete(OpenRow).where(OpenRow.part_uuid == bindparam("closed"))
_COMPLETE_SPAN = insert(SpanRow).from_select(
    ["span", "earliest", "latest"],
    select(
        cast(bindparam("span"), Integer),
        func.min(InspectionRow.decided_at),
        func.max(InspectionRow.decided_at),
    ).where(
        InspectionRow.id >= bindparam("first", type_=Integer),
        InspectionRow.id < bindparam("first", type_=Integer) + SPAN,
    ),
)
