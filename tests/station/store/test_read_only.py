"""A database that may only be read is read, whole and without a file left beside it."""

from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from kept import an_event, numbered

from station.cli import main
from station.errors import StoreError
from station.store.store import open_store

NOBODY = 65534
ROWS = 3


@contextmanager
def as_a_reader(folder: Path) -> Iterator[None]:
    """Somebody who may read the folder and its files, and write neither."""
    for path in files_of(folder):
        path.chmod(0o444)
    folder.chmod(0o555)
    is_root = os.geteuid() == 0
    if is_root:
        os.seteuid(NOBODY)
    try:
        yield
    finally:
        if is_root:
            os.seteuid(0)
        folder.chmod(0o755)
        for path in files_of(folder):
            path.chmod(0o644)


def files_of(folder: Path) -> list[Path]:
    return [path for path in folder.iterdir() if path.is_file()]


@pytest.fixture
def folder() -> Iterator[Path]:
    """Where another user may go, as tmp_path is not; with a database, closed."""
    place = Path(tempfile.mkdtemp(prefix="read only %20?#-"))
    place.chmod(0o755)
    with open_store(str(place / "x.db")) as store:
        store.add(*(numbered(n) for n in range(1, ROWS + 1)))
    yield place
    shutil.rmtree(place)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def rows(folder: Path) -> int:
    with open_store(str(folder / "x.db"), create=False) as store:
        return sum(store.counts().values())


def test_a_closed_database_is_read_and_nothing_is_left_beside_it(folder: Path) -> None:
    with as_a_reader(folder):
        assert rows(folder) == ROWS
    assert names(folder) == ["x.db"]


def test_a_file_that_may_not_be_written_in_a_folder_that_may(folder: Path) -> None:
    """SQLite would make files there which the station itself may then not write."""
    with as_a_reader(folder):
        pass
    (folder / "x.db").chmod(0o444)
    folder.chmod(0o777)
    if os.geteuid() == 0:
        os.seteuid(NOBODY)
    try:
        assert rows(folder) == ROWS
    finally:
        if os.geteuid() == NOBODY:
            os.seteuid(0)
    assert names(folder) == ["x.db"]


def test_beside_a_station_that_writes_the_latest_rows_are_seen(folder: Path) -> None:
    with open_store(str(folder / "x.db")) as writer:
        writer.add(numbered(ROWS + 1))
        with as_a_reader(folder):
            assert rows(folder) == ROWS + 1
        writer.add(numbered(ROWS + 2))
    assert rows(folder) == ROWS + 2


def test_rows_in_the_journal_of_a_station_that_was_cut_short_are_not_passed_over(
    folder: Path,
) -> None:
    """Its -shm file gone, as in a copy: without it only a writer can read what lies in -wal."""
    with open_store(str(folder / "x.db")) as writer:
        writer.add(numbered(ROWS + 1))
        copy = folder / "copy"
        copy.mkdir()
        for name in ("x.db", "x.db-wal"):
            shutil.copy(folder / name, copy / name)
    with as_a_reader(copy), pytest.raises(StoreError, match=r"lie in x\.db-wal.*copy both files"):
        rows(copy)
    assert rows(copy) == ROWS + 1


def test_a_write_meanwhile_is_told_not_read_in_halves(folder: Path) -> None:
    with as_a_reader(folder):
        store = open_store(str(folder / "x.db"), create=False)
    with (
        pytest.raises(StoreError, match="a station wrote to it meanwhile; do the same again"),
        store,
        store.database.reading() as connection,
    ):
        connection.exec_driver_sql("SELECT 1")
        with open_store(str(folder / "x.db")) as writer:
            writer.add_event(an_event())


@pytest.mark.parametrize(
    "write",
    [lambda store: store.add(numbered(9)), lambda store: store.add_event(an_event())],
)
def test_nothing_can_be_written_and_the_error_says_why(
    folder: Path, write: Callable[[object], None]
) -> None:
    with (
        as_a_reader(folder),
        open_store(str(folder / "x.db"), create=False) as store,
        pytest.raises(StoreError, match=r"may only read.*Make the file and its folder writable"),
    ):
        write(store)
    assert rows(folder) == ROWS


def test_one_that_may_not_even_be_read_is_told(folder: Path) -> None:
    (folder / "x.db").chmod(0o600)
    if os.geteuid() != 0:
        (folder / "x.db").chmod(0o000)
    with pytest.raises(StoreError, match=r"cannot be read \(Permission denied\)"):
        if os.geteuid() == 0:
            os.seteuid(NOBODY)
        try:
            rows(folder)
        finally:
            if os.geteuid() == NOBODY:
                os.seteuid(0)


def test_an_older_schema_is_told_and_left(folder: Path) -> None:
    with closing(sqlite3.connect(folder / "x.db")) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '0005'")
        connection.commit()
    before = (folder / "x.db").read_bytes()
    with as_a_reader(folder), pytest.raises(StoreError, match=r"schema 0005.*open it once"):
        rows(folder)
    assert (folder / "x.db").read_bytes() == before
    assert names(folder) == ["x.db"]


def test_a_report_is_made_of_it(folder: Path) -> None:
    place = folder / "reports"
    place.mkdir()
    arguments = ["report", "--db", str(folder / "x.db"), "--out"]
    # Once as ourselves, for what is imported late and lies where another user may not go.
    assert main([*arguments, str(place / "ours.html")]) == 0
    place.chmod(0o777)
    with as_a_reader(folder):
        assert main([*arguments, str(place / "theirs.html")]) == 0
    text = (place / "theirs.html").read_text(encoding="utf-8")
    assert f'id="count-in">{ROWS}<' in text
    assert names(folder) == ["reports", "x.db"]
