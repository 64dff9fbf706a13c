"""The history: pages of records, newest first, by whatever is known of a part.

The order is that of the rows' ids, the order of writing: a clock that was set back changes nothing.
A page starts after the last id of the one before it, so that it costs the same anywhere.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import ColumnElement, Integer, Select, column, exists, func, select, table
from sqlalchemy.engine import Connection
from sqlalchemy.sql.expression import SQLColumnExpression

from station.domain import Decision, Record
from station.errors import ConfigError
from station.sayings import Review
from station.store.query import HistoryQuery
from station.store.rows import record_of, review_of
from station.store.tables import SPAN, InspectionRow, ReviewRow, SpanRow
from station.store.which_lot import NO_LOT
from station.store.words import words_of_postgresql, words_of_sqlite

MOST = 1000
"""Records on a page."""
MOST_ROWS = 2**31 - 1
"""Ids are below."""
EXACT = {
    "lot": InspectionRow.lot,
    "serial": InspectionRow.part_serial,
    "operator": InspectionRow.operator,
    "decision": InspectionRow.verdict,
    "predicted_class": InspectionRow.predicted_class,
}
"""Field of a query -> the column that must equal it."""


@dataclass(frozen=True, slots=True)
class Page:
    """Some records, newest first."""

    records: tuple[Record, ...]
    next: int | None
    """Ask with `after` for the records that come next; None: there are none."""
    reviews: Mapping[str, Review] = field(default_factory=dict)
    """Uuid of a part -> the latest word on it, for those that were reviewed."""
    ids: tuple[int, ...] = ()
    """Of the records, in their order: what `after` is given."""


def page_of(
    connection: Connection, query: HistoryQuery, after: int | None = None, limit: int = 50
) -> Page:
    """One page. after: `next` of the page before it. Raises ConfigError for an odd limit."""
    if not 1 <= limit <= MOST:
        raise ConfigError(
            "a page of {limit} records was asked for; give 1 to {most}.", limit=limit, most=MOST
        )
    ids = _ids(connection, query, after, limit + 1)
    wanted = select(InspectionRow).where(InspectionRow.id.in_(ids[:limit]))
    rows = connection.execute(wanted.order_by(InspectionRow.id.desc())).mappings()
    records = tuple(record_of(row) for row in rows)
    reviews = latest_reviews(connection, [record.uuid for record in records])
    more = ids[limit - 1] if len(ids) > limit else None
    return Page(records, more, reviews, tuple(ids[: len(records)]))


def latest_reviews(connection: Connection, part_uuids: Sequence[str]) -> dict[str, Review]:
    """The latest review of each part that has one."""
    found: dict[str, Review] = {}
    for start in range(0, len(part_uuids), MOST):
        asked = part_uuids[start : start + MOST]
        query = select(ReviewRow).where(ReviewRow.part_uuid.in_(asked)).order_by(ReviewRow.id)
        found |= {row["part_uuid"]: review_of(row) for row in connection.execute(query).mappings()}
    return found


def _ids(
    connection: Connection, query: HistoryQuery, after: int | None, limit: int
) -> Sequence[int]:
    """Of the records that match, newest first."""
    found = ids_matching(connection, query, after)
    return [] if found is None else connection.scalars(found.limit(limit)).all()


def ids_matching(
    connection: Connection, query: HistoryQuery, after: int | None = None, from_id: int = 0
) -> Select[int] | None:
    """What selects the ids of the records that match, newest first, from `from_id` to before
    `after`; None: there are none."""
    exact: list[ColumnElement[bool]] = [
        column.is_(None)
        if value is NO_LOT
        else column == (value.value if isinstance(value, Decision) else value)
        for name, column in EXACT.items()
        if (value := getattr(query, name)) is not None
    ]
    if query.since is not None:
        exact.append(InspectionRow.decided_at >= query.since)
    if query.until is not None:
        exact.append(InspectionRow.decided_at < query.until)
    ids = ids_in_time(connection, query)
    ids = range(max(ids.start, from_id), ids.stop if after is None else min(ids.stop, after))
    if not ids:
        return None
    match = words_of_sqlite(query) if connection.dialect.name == "sqlite" else ""
    if match:
        return _ids_by_words(match, exact, ids)
    if query.text is not None:
        exact.append(words_of_postgresql(query.text))
    found = select(InspectionRow.id).where(*exact, *_within(InspectionRow.id, ids))
    return found.order_by(InspectionRow.id.desc())


def _ids_by_words(match: str, exact: Sequence[ColumnElement[bool]], ids: range) -> Select[int]:
    """FTS5 walks its lists in step, newest first; what it finds is then held against the rows.

    The rows stand in an EXISTS so that SQLite does not begin with them instead.
    """
    words = table("inspection_words", column("rowid", Integer), column("inspection_words"))
    found = select(words.c.rowid).where(words.c.inspection_words.op("MATCH")(match))
    if exact:
        found = found.where(exists().where(InspectionRow.id == words.c.rowid, *exact))
    return found.where(*_within(words.c.rowid, ids)).order_by(words.c.rowid.desc())


def _within(number: SQLColumnExpression[int], ids: range) -> list[ColumnElement[bool]]:
    return [number >= ids.start, number < ids.stop]


def ids_in_time(connection: Connection, query: HistoryQuery) -> range:
    """Between which ids the times asked for lie: so no index on times is needed.

    Rows that a wrong clock dated make this range longer; they are found all the same. The rows
    after the last complete span are looked at.
    """
    if query.since is None and query.until is None:
        return range(MOST_ROWS)
    last_span = connection.scalar(select(func.max(SpanRow.span)))
    tail = 0 if last_span is None else (last_span + 1) * SPAN
    ids, decided_at = InspectionRow.id, InspectionRow.decided_at
    spans: list[ColumnElement[bool]] = []
    rows: list[ColumnElement[bool]] = [ids >= tail]
    if query.since is not None:
        spans.append(SpanRow.latest >= query.since)
        rows.append(decided_at >= query.since)
    if query.until is not None:
        spans.append(SpanRow.earliest < query.until)
        rows.append(decided_at < query.until)
    bounds = select(func.min(SpanRow.span), func.max(SpanRow.span)).where(*spans)
    first, last = connection.execute(bounds).one()
    found = [] if first is None else [first * SPAN, (last + 1) * SPAN]
    if connection.scalar(select(ids).where(*rows).limit(1)) is not None:
        found += [tail, MOST_ROWS]
    return range(min(found), max(found)) if found else range(0)
