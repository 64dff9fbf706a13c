"""A list of known length, whose pages are those of the history one after the other."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from kept import numbered

from station.domain import Decision
from station.store.outline import count_newer, stretch_of
from station.store.query import HistoryQuery
from station.store.store import Store, open_store

ROWS = 83
QUERIES = [
    HistoryQuery(),
    HistoryQuery(decision=Decision.REJECT),
    HistoryQuery(lot="L1", operator="bo"),
    HistoryQuery(text="part"),
    HistoryQuery(text="part", decision=Decision.PASS),
    HistoryQuery(text="nowhere"),
    HistoryQuery(serial="none"),
]


@pytest.fixture
def filled(store: Store) -> Store:
    store.add(*(
        numbered(n, list(Decision)[n % 4], lot=f"L{n % 3}", operator=("ada", "bo")[n % 2],
                 source=f"part {n}.png")
        for n in range(1, ROWS + 1)
    ))  # fmt: skip
    return store


def all_starts(store: Store, query: HistoryQuery, after: int, rows: int, pages: int) -> list[int]:
    """Of all pages but the first; and at the end how many records the last one has."""
    starts = [after]
    for _ in range(200):
        stretch = stretch_of(store, query, starts[-1], rows, pages)
        starts += stretch.starts
        if stretch.rest is not None:
            return [*starts[1:], stretch.rest]
    raise AssertionError("the list has no end")


@pytest.mark.parametrize("query", QUERIES, ids=str)
@pytest.mark.parametrize(("rows", "pages"), [(5, 2), (10, 100), (1, 7), (83, 1), (21, 1)])
def test_stretches_find_where_the_pages_begin(
    filled: Store, query: HistoryQuery, rows: int, pages: int
) -> None:
    expected, last, after = [], 0, None
    while True:
        page = filled.history(query, after, rows)
        last, after = len(page.records), page.next
        if after is None:
            break
        expected.append(after)
    found = all_starts(filled, query, ROWS + 1, rows, pages)
    if found[-1] == 0 and expected != found[:-1]:  # the last page is full: another, empty one
        found = [*found[:-2], rows]
    assert found == [*expected, last]


def test_a_list_with_a_missing_id_is_walked_instead_of_counted(tmp_path: Path) -> None:
    with open_store(str(tmp_path / "x.db")) as store:
        store.add(*(numbered(n) for n in range(1, ROWS + 1)))
    with closing(sqlite3.connect(tmp_path / "x.db", isolation_level=None)) as raw:
        for (name,) in raw.execute(
            "SELECT name FROM sqlite_master WHERE type = 'trigger'"
        ).fetchall():
            raw.execute(f"DROP TRIGGER {name}")
        raw.execute("DELETE FROM inspections WHERE id = 40")
    with open_store(str(tmp_path / "x.db")) as store:
        found = all_starts(store, HistoryQuery(), ROWS + 1, 10, 3)
        seen = []
        for after in (ROWS + 1, *found[:-1]):
            seen += [r.uuid for r in store.history(HistoryQuery(), after, 10).records]
    assert len(seen) == len(set(seen)) == ROWS - 1


def test_newer_records_are_counted_by_the_same_question(filled: Store) -> None:
    assert count_newer(filled, HistoryQuery(), 80, 100) == 3
    assert count_newer(filled, HistoryQuery(), 0, 50) == 50
    assert count_newer(filled, HistoryQuery(), ROWS, 50) == 0
    expected = sum(n > 40 and n % 4 == 2 for n in range(1, ROWS + 1))
    assert list(Decision)[2] is Decision.REJECT
    assert count_newer(filled, HistoryQuery(decision=Decision.REJECT), 40, 100) == expected
    assert count_newer(filled, HistoryQuery(text="part", lot="L1"), 40, 100) == 14


def test_a_page_names_its_ids(filled: Store) -> None:
    page = filled.history(HistoryQuery(decision=Decision.PASS), limit=3)
    assert page.ids == (80, 76, 72)
    assert page.next == 72
