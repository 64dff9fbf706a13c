"""A database that nobody opened before, opened by several at once."""

from __future__ import annotations

import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from station.errors import StoreError
from station.store.store import open_store

HELD_S = 0.4


def _hold(path: Path) -> sqlite3.Connection:
    """A connection in the middle of its first transaction, before anyone asked for WAL."""
    holder = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
    holder.execute("BEGIN")
    holder.execute("CREATE TABLE other (a)")
    return holder


def test_it_waits_for_another_that_is_at_its_beginning(tmp_path: Path) -> None:
    holder = _hold(tmp_path / "new.db")

    def let_go() -> None:
        holder.execute("ROLLBACK")
        holder.close()

    timer = threading.Timer(HELD_S, let_go)
    timer.start()
    with open_store(str(tmp_path / "new.db")) as store:
        assert store.account().parts_in == 0
    timer.join()


def test_it_waits_no_longer_than_it_was_told(tmp_path: Path) -> None:
    with (
        closing(_hold(tmp_path / "new.db")),
        pytest.raises(StoreError, match="database is locked"),
        open_store(str(tmp_path / "new.db"), busy_timeout_s=0.1),
    ):
        pass


def test_many_at_once_all_open_it(tmp_path: Path) -> None:
    def parts_in(path: Path) -> int:
        start.wait()
        with open_store(str(path)) as store:
            return store.account().parts_in

    for number in range(5):
        start = threading.Barrier(4)
        with ThreadPoolExecutor(4) as pool:
            path = tmp_path / f"{number}.db"
            assert list(pool.map(parts_in, [path] * 4)) == [0] * 4
