"""How many records match, and where their pages begin: for a list that can be entered anywhere.

Pages of the history start after an id. A list that shows its whole length, and jumps to its middle
or its end, needs the ids at which its pages start: they are found in stretches, each short.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select

from station.store.history import ids_matching
from station.store.query import HistoryQuery
from station.store.store import Store
from station.store.tables import InspectionRow


@dataclass(frozen=True, slots=True)
class Stretch:
    """Some pages that follow each other."""

    starts: tuple[int, ...]
    """`after` of each page that follows the first of this stretch."""
    rest: int | None
    """Records of the last of these pages, where the list ends with it; None: it goes on."""


def stretch_of(
    store: Store, query: HistoryQuery, after: int, page_rows: int, pages: int
) -> Stretch:
    """The next pages, from `after` on, `pages` at most. Raises StoreError.

    after: where the stretch starts, as in Store.history. A query of nothing is answered by
    counting alone, where no id is missing.
    """
    with store.database.reading() as connection:
        if query == HistoryQuery() and after > 1:
            ids = InspectionRow.id
            first = connection.scalar(select(func.min(ids)))
            count = select(func.count()).select_from(InspectionRow)
            later = connection.scalar(count.where(ids >= after)) or 0
            if first == 1 and (connection.scalar(count) or 0) - later == after - 1:
                starts = range(after - page_rows, 1, -page_rows)
                return Stretch(tuple(starts), after - 1 - page_rows * len(starts))
        found = ids_matching(connection, query, after)
        if found is None:
            return Stretch((), 0)
        ids_found = found.limit(page_rows * pages).subquery()
        number = func.row_number().over(order_by=ids_found.c[0].desc())
        numbered = select(ids_found.c[0].label("id"), number.label("number")).subquery()
        every = select(numbered.c.id).where(numbered.c.number % page_rows == 0)
        starts_found = connection.scalars(every.order_by(numbered.c.id.desc())).all()
        if len(starts_found) == pages:
            return Stretch(tuple(starts_found), None)
        last = starts_found[-1] if starts_found else after
        beyond = ids_matching(connection, query, last)
        rest = 0
        if beyond is not None:
            rest = len(connection.scalars(beyond.limit(page_rows)).all())
        return Stretch(tuple(starts_found), rest)


def count_newer(store: Store, query: HistoryQuery, newest: int, most: int) -> int:
    """How many records that match were written after the one with the id `newest`; `most` stands
    for that many or more. Raises StoreError."""
    with store.database.reading() as connection:
        found = ids_matching(connection, query, from_id=newest + 1)
        return 0 if found is None else len(connection.scalars(found.limit(most)).all())
