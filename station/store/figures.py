"""Figures of a lot and a time: for charts, where the inspections are many."""

from __future__ import annotations

import threading
from collections import Counter
from datetime import timedelta

from sqlalchemy import func, select

from station.domain import Decision
from station.store.account import account_of
from station.store.counted import Counted, Overview
from station.store.counting import Counting
from station.store.query import HistoryQuery
from station.store.store import Store
from station.store.tables import InspectionRow


def count(
    store: Store,
    query: HistoryQuery,
    *,
    bucket: timedelta = timedelta(hours=1),
    utc_offset: timedelta = timedelta(0),
    block_size: int | None = None,
    stop: threading.Event | None = None,
) -> Counted | None:
    """Count what a query's lot and time hold; None once `stop` is set.

    bucket: length of an hour. utc_offset: of the place, so that its hours and days begin where its
    people's do. block_size: parts in a block; None makes no blocks. Raises StoreError, and
    ConfigError for a query that asks for more than lot and time.
    """
    with store.database.reading() as connection:
        counting = Counting(connection, query, stop or threading.Event())
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
            account=account_of(connection, query.lot) if whole else None,
            open=counting.open(),
            deciders=tuple(decider for _, decider in changes),
        )


def overview(store: Store, query: HistoryQuery) -> Overview:
    """Parts of each verdict in a query's lot and time. Raises StoreError, ConfigError."""
    with store.database.reading() as connection:
        counting = Counting(connection, query, threading.Event())
        asked = select(InspectionRow.verdict, func.count()).where(*counting.where)
        rows = connection.execute(asked.group_by(InspectionRow.verdict))
        counts = Counter({Decision(verdict): found for verdict, found in rows})
        at = select(InspectionRow.decided_at).where(*counting.where).limit(1)
        first = connection.scalar(at.order_by(InspectionRow.id))
        last = connection.scalar(at.order_by(InspectionRow.id.desc()))
        return Overview(counts, first, last)
