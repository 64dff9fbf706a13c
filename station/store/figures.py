"""Figures of lots and times: for charts, where the inspections are many."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from sqlalchemy import func, select
from sqlalchemy.engine import Connection

from station.domain import Decision
from station.store.account import account_of
from station.store.counted import Counted, Overview
from station.store.counting import Counting
from station.store.lot import LotView
from station.store.query import HistoryQuery
from station.store.store import Store
from station.store.tables import InspectionRow
from station.store.which_lot import WhichLot

HOUR = timedelta(hours=1)


class Figures:
    """Figures that agree with each other, however many parts come in meanwhile; made by
    `open_figures`. Queries name a lot and a time; ConfigError for one that asks for more."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def lot(self, name: WhichLot) -> LotView:
        """One lot, or with None everything, in the same state of the database."""
        return LotView(self._connection, name)

    def overview(self, query: HistoryQuery) -> Overview:
        """Parts of each verdict, and from when to when they were decided."""
        counting = Counting(self._connection, query, threading.Event())
        asked = select(InspectionRow.verdict, func.count()).where(*counting.where)
        rows = self._connection.execute(asked.group_by(InspectionRow.verdict))
        counts = Counter({Decision(verdict): found for verdict, found in rows})
        at = select(InspectionRow.decided_at).where(*counting.where).limit(1)
        first = self._connection.scalar(at.order_by(InspectionRow.id))
        last = self._connection.scalar(at.order_by(InspectionRow.id.desc()))
        return Overview(counts, first, last)

    def count(
        self,
        query: HistoryQuery,
        *,
        bucket: timedelta = HOUR,
        utc_offset: timedelta = timedelta(0),
        block_size: int | None = None,
        stop: threading.Event | None = None,
    ) -> Counted | None:
        """Count what a lot and a time hold; None once `stop` is set.

        bucket: length of an hour. utc_offset: of the place, so that its hours and days begin where
        its people's do. block_size: parts in a block; None makes no blocks.
        """
        counting = Counting(self._connection, query, stop or threading.Event())
        cells = counting.cells(bucket, utc_offset)
        changes = counting.changes()
        blocks = counting.blocks(block_size, changes) if block_size else []
        if counting.stop.is_set():
            return None
        whole = query.since is None and query.until is None
        return Counted(
            cells=cells,
            judged=counting.judged(),
            repeats=counting.repeats(),
            blocks=tuple(blocks),
            account=account_of(self._connection, query.lot) if whole else None,
            open=counting.open(),
            deciders=tuple(decider for _, decider in changes),
        )


@contextmanager
def open_figures(store: Store) -> Iterator[Figures]:
    """One state of the database to count in. Raises StoreError."""
    with store.database.reading() as connection:
        yield Figures(connection)
