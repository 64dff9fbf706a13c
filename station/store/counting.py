"""How much there is of what: by hour, verdict, class, reason, score; and in blocks.

SQLite groups by sorting: rows are therefore grouped some ten thousand at a time, in memory, and the
sums added up here. A statement runs without Python's lock, so that a window stays awake meanwhile.
"""

from __future__ import annotations

import itertools
import threading
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from typing import Any

from sqlalchemy import ColumnElement, Integer, case, cast, exists, extract, func, or_, select
from sqlalchemy.engine import Connection

from station.domain import Decision
from station.errors import ConfigError
from station.store.counted import SCORE_BINS, Block, Cell, Judged
from station.store.history import ids_in_time
from station.store.production import of_production
from station.store.query import HistoryQuery
from station.store.tables import InspectionRow, OpenRow, PartRow, ReviewRow
from station.store.which_lot import of_lot

TOGETHER = 65_536
"""Ids that are grouped by one statement."""
Condition = ColumnElement[bool]


class Counting:
    """The questions about a lot and a time, asked of one state of the database."""

    def __init__(self, connection: Connection, query: HistoryQuery, stop: threading.Event) -> None:
        _check(query)
        self.connection = connection
        self.query = query
        self.stop = stop
        lot = InspectionRow.lot
        self.fine = [of_production(lot) if query.lot is None else of_lot(lot, query.lot)]
        self.ids = self._bounds(ids_in_time(connection, query))
        if query.since is not None:
            self.fine.append(InspectionRow.decided_at >= query.since)
        if query.until is not None:
            self.fine.append(InspectionRow.decided_at < query.until)

    @property
    def where(self) -> list[Condition]:
        """What the rows asked for have in common."""
        return self._within(self.ids)

    def _within(self, ids: range) -> list[Condition]:
        return [InspectionRow.id >= ids.start, InspectionRow.id < ids.stop, *self.fine]

    def _bounds(self, ids: range) -> range:
        """Between which ids there are rows. Asked one by one, each is one step in an index."""
        where = self._within(ids)
        first = self.connection.scalar(select(func.min(InspectionRow.id)).where(*where))
        last = self.connection.scalar(select(func.max(InspectionRow.id)).where(*where))
        return range(0) if first is None or last is None else range(first, last + 1)

    def _pieces(self) -> Iterator[list[Condition]]:
        for start in range(self.ids.start, self.ids.stop, TOGETHER):
            if self.stop.is_set():
                return
            yield self._within(range(start, min(start + TOGETHER, self.ids.stop)))

    def cells(self, bucket: timedelta, utc_offset: timedelta) -> Counter[Cell]:
        """Parts by all that they may have in common; `bucket` is the length of an hour."""
        length_s, offset_s = int(bucket.total_seconds()), int(utc_offset.total_seconds())
        keys = (
            InspectionRow.verdict,
            InspectionRow.predicted_class,
            InspectionRow.codes[0].as_string(),
            self._bin(),
            (self._epoch_s() + offset_s) // length_s,
        )
        named: list[Any] = [key.label(f"key{number}") for number, key in enumerate(keys)]
        found: Counter[Cell] = Counter()
        for piece in self._pieces():
            asked = select(*named, func.count()).where(*piece).group_by(*named)
            rows: Any = self.connection.execute(asked)
            for verdict, kind, code, score_bin, slot, parts in rows:
                since = datetime.fromtimestamp(slot * length_s - offset_s, timezone.utc)
                found[Cell(Decision(verdict), kind, code, score_bin, since)] += parts
        return found

    def judged(self) -> Counter[Judged]:
        """Parts that people said a word of, by the latest one."""
        latest = select(func.max(ReviewRow.id)).group_by(ReviewRow.part_uuid)
        keys = (InspectionRow.verdict, ReviewRow.decision, self._bin().label("score_bin"))
        asked = select(*keys, func.count()).select_from(ReviewRow)
        asked = asked.join(InspectionRow, InspectionRow.uuid == ReviewRow.part_uuid)
        asked = asked.where(ReviewRow.id.in_(latest), *self.where).group_by(*keys)
        rows = self.connection.execute(asked)
        return Counter({Judged(Decision(v), Decision(said), at): n for v, said, at, n in rows})

    def repeats(self) -> Counter[Decision]:
        """Inspections of a serial that came before in the same lot, within what is asked for."""
        same = (InspectionRow.lot, InspectionRow.part_serial)
        nth = func.row_number().over(partition_by=same, order_by=InspectionRow.id)
        inner = select(InspectionRow.verdict, nth.label("nth"))
        rows = inner.where(InspectionRow.part_serial.is_not(None), *self.where).subquery()
        asked = select(rows.c.verdict, func.count()).where(rows.c.nth > 1)
        found = self.connection.execute(asked.group_by(rows.c.verdict))
        return Counter({Decision(verdict): parts for verdict, parts in found})

    def changes(self) -> list[tuple[int, tuple[str, str]]]:
        """(id, (bundle, engine)) of each inspection that another decided than the one before."""
        bundle, engine, order = (
            InspectionRow.bundle_sha256, InspectionRow.engine, InspectionRow.id,
        )  # fmt: skip
        before = [func.lag(column).over(order_by=order) for column in (bundle, engine)]
        found: list[tuple[int, tuple[str, str]]] = []
        for piece in self._pieces():
            # One decider in the whole piece, as a rule: told without looking at them in order.
            ends = [
                func.min(order),
                *(f(c) for c in (bundle, engine) for f in (func.min, func.max)),
            ]
            row: Any = self.connection.execute(select(*ends).where(*piece)).one()
            first, least, most, least_name, most_name = row
            if first is None:
                continue
            steps: list[Any] = [(first, least, least_name)]
            if (least, least_name) != (most, most_name):
                inner = select(order, bundle, engine)
                inner = inner.add_columns(before[0].label("bundle0"), before[1].label("engine0"))
                rows = inner.where(*piece).subquery()
                other = or_(
                    rows.c.bundle_sha256.is_distinct_from(rows.c.bundle0),
                    rows.c.engine.is_distinct_from(rows.c.engine0),
                )
                asked = select(rows.c.id, rows.c.bundle_sha256, rows.c.engine).where(other)
                steps = list(self.connection.execute(asked.order_by(rows.c.id)))
            for number, digest, name in steps:
                if not found or found[-1][1] != (digest, name):
                    found.append((number, (digest, name)))
        return found

    def blocks(self, size: int, changes: list[tuple[int, tuple[str, str]]]) -> list[Block]:
        """Every `size` parts with an answer, in order; the last ones may be fewer."""
        sums: dict[int, list[int]] = {}
        before = 0
        for piece in self._pieces():
            answered = InspectionRow.verdict != Decision.ERROR.value
            nth = func.row_number().over(order_by=InspectionRow.id) - 1 + before
            inner = select(InspectionRow.id, InspectionRow.verdict, nth.label("nth"))
            rows = inner.where(answered, *piece).subquery()
            number = (rows.c.nth // size).label("number")
            asked = select(
                number, func.count(), _sum(rows.c.verdict == Decision.REJECT.value),
                _sum(rows.c.verdict == Decision.REVIEW.value),
                func.min(rows.c.id), func.max(rows.c.id),
            )  # fmt: skip
            for at, parts, rejected, review, first, last in self.connection.execute(
                asked.group_by(number)
            ):
                kept = sums.setdefault(at, [0, 0, 0, first, last])
                kept[:] = [
                    kept[0] + parts, kept[1] + rejected, kept[2] + review,
                    min(kept[3], first), max(kept[4], last),
                ]  # fmt: skip
                before += parts
        times = self._times([number for row in sums.values() for number in row[3:]])
        blocks = []
        for _, (parts, rejected, review, first, last) in sorted(sums.items()):
            change = _change(changes, first, last)
            blocks.append(Block(parts, rejected, review, times[first], times[last], change))
        return blocks

    def open(self) -> int:
        """Parts that came in and have no verdict yet."""
        part: list[Condition] = [PartRow.uuid == OpenRow.part_uuid]
        lot, wanted = PartRow.lot, self.query.lot
        part.append(of_production(lot) if wanted is None else of_lot(lot, wanted))
        if self.query.since is not None:
            part.append(PartRow.opened_at >= self.query.since)
        if self.query.until is not None:
            part.append(PartRow.opened_at < self.query.until)
        # In an EXISTS, so that SQLite begins with the few open ones.
        asked = select(func.count()).select_from(OpenRow).where(exists().where(*part))
        return self.connection.scalar(asked) or 0

    def _times(self, ids: list[int]) -> dict[int, datetime]:
        found: dict[int, datetime] = {}
        for start in range(0, len(ids), 500):
            some = InspectionRow.id.in_(ids[start : start + 500])
            asked = select(InspectionRow.id, InspectionRow.decided_at).where(some)
            found |= {row[0]: row[1] for row in self.connection.execute(asked)}
        return found

    @property
    def _is_sqlite(self) -> bool:
        return self.connection.dialect.name == "sqlite"

    def _epoch_s(self) -> ColumnElement[int]:
        if self._is_sqlite:
            return cast(func.strftime("%s", InspectionRow.decided_at), Integer)
        return cast(func.floor(extract("epoch", InspectionRow.decided_at)), Integer)

    def _bin(self) -> ColumnElement[int | None]:
        # CAST cuts off in SQLite and rounds in PostgreSQL.
        scaled: ColumnElement[Any] = InspectionRow.defect_probability * SCORE_BINS
        cut = cast(scaled if self._is_sqlite else func.floor(scaled), Integer)
        return case((InspectionRow.defect_probability >= 1.0, SCORE_BINS - 1), else_=cut)


def _sum(condition: Condition) -> ColumnElement[int]:
    return func.sum(case((condition, 1), else_=0))


def _change(changes: list[tuple[int, tuple[str, str]]], first: int, last: int) -> str | None:
    """What began to decide between two inspections: the last bundle, else the first engine."""
    said = None
    for before, now in itertools.pairwise(changes):
        if first <= now[0] <= last:
            is_bundle = before[1][0] != now[1][0]
            said = f"bundle {now[1][0][:12]}" if is_bundle else said or now[1][1]
    return said


def _check(query: HistoryQuery) -> None:
    asked = ("serial", "decision", "predicted_class", "operator", "text")
    odd = [name for name in asked if getattr(query, name) is not None]
    if odd:
        raise ConfigError(
            "figures are of a lot and a time; {odd} cannot be asked for. Leave it out.",
            odd=", ".join(odd),
        )
