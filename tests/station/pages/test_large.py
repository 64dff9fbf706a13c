"""A lot of any size makes a report in the same memory: what is not shown is only counted."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

import pytest
from report_pages import many, page_of

from station.domain import Decision
from station.store.store import open_store

BATCH = 1000


def peak_bytes(folder: Path, rows: int) -> int:
    database = folder / f"{rows}.db"
    with open_store(str(database)) as store:
        for first in range(1, rows, BATCH):
            counts = {Decision.PASS: BATCH - 100, Decision.REJECT: 100}
            store.add(*many(counts, first))
    page_of(database, folder / "warm.html", most_listed=50)
    tracemalloc.start()
    page = page_of(database, folder / "r.html", most_listed=50, verify=False)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert page.texts["count-in"] == str(rows)
    return peak


@pytest.mark.slow
def test_memory_does_not_grow_with_the_lot(tmp_path: Path) -> None:
    small, large = peak_bytes(tmp_path, 2 * BATCH), peak_bytes(tmp_path, 20 * BATCH)
    # Four bytes a part for the median of its time, and what the allocator makes of it.
    assert large - small < 2**20
