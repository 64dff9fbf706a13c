"""Older databases are brought up to date with everything kept, and a copy beside them."""

from __future__ import annotations

import logging
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from kept import an_event, numbered, uuid_of
from older_databases import ROWS, older, to_version

from station.errors import StoreError
from station.store.schema import HEAD
from station.store.store import open_store
from station.store.verify import walk


def copies(path: Path) -> list[Path]:
    return sorted(path.parent.glob("*before*"))


@pytest.mark.parametrize("version", ["0001", "0002", "0003"])
def test_every_older_version_keeps_its_rows(
    tmp_path: Path, version: str, caplog: pytest.LogCaptureFixture
) -> None:
    path = older(tmp_path / "old.db", version)
    with caplog.at_level(logging.WARNING), open_store(str(path)) as store:
        records = store.records()
        assert [r.uuid for r in records] == [uuid_of(n) for n in range(1, ROWS + 1)]
        assert records[2].lot == "L1"
        assert records[2].evidence == ({"diameter_mm": 12.03} if version == "0003" else None)
        assert store.account().balanced
        assert store.account("L0").parts_in == 12
        *before, marker = store.events()
        assert [e.text for e in before] == ([] if version == "0001" else ["Old."])
        assert marker.kind == "audit"
        assert f"{ROWS} inspections and {len(before)} events" in marker.text
        with store.database.reading() as connection:
            audit = walk(connection)
        assert audit.broken is None
        assert audit.sealed["inspection"] == ROWS
        store.add(numbered(ROWS + 1))
        assert store.find(uuid_of(ROWS + 1)) == numbered(ROWS + 1)
        store.add_event(an_event())
    (copy,) = copies(path)
    assert copy.name.startswith(f"old.before-{HEAD}-")
    assert str(copy) in caplog.text
    with closing(sqlite3.connect(copy)) as raw:
        assert raw.execute("SELECT version_num FROM alembic_version").fetchone() == (version,)
        assert raw.execute("SELECT count(*) FROM inspections").fetchone() == (ROWS,)


def test_the_copy_holds_what_is_still_in_the_journal(tmp_path: Path) -> None:
    path = older(tmp_path / "old.db", "0003")
    with closing(sqlite3.connect(path)) as raw:
        raw.execute("PRAGMA wal_autocheckpoint=0")
        raw.execute("UPDATE inspections SET reason = 'late' WHERE id = 1")
        raw.commit()
        with open_store(str(path)) as store:
            assert store.records()[0].reason == "late"
    (copy,) = copies(path)
    with closing(sqlite3.connect(copy)) as raw:
        assert raw.execute("SELECT reason FROM inspections LIMIT 1").fetchone() == ("late",)


def test_a_database_of_today_or_without_rows_is_not_copied(tmp_path: Path) -> None:
    to_version(tmp_path / "empty.db", "0003")
    for name in ("empty.db", "new.db"):
        with open_store(str(tmp_path / name)) as store:
            store.add(numbered(1))
        with open_store(str(tmp_path / name)):
            pass
    assert copies(tmp_path / "new.db") == []


def test_too_full_a_disk_is_told_and_nothing_is_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = older(tmp_path / "old.db", "0003")
    real = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: real._replace(free=5_000_000))
    with pytest.raises(StoreError, match=r"takes 17 MB, and 5 MB are free.*as it was"):
        open_store(str(path))
    unchanged(path)


def test_a_copy_that_cannot_be_written_is_told_and_nothing_is_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The folder of the copy takes no file of that name: the write itself fails."""
    path = older(tmp_path / "old.db", "0003")
    real = Path.with_name
    monkeypatch.setattr(
        Path, "with_name",
        lambda self, name: real(self, name) if "before" not in name else Path("/proc") / name,
    )  # fmt: skip
    with pytest.raises(StoreError, match=r"no copy of it can be made at .*as it was"):
        open_store(str(path))
    monkeypatch.undo()
    unchanged(path)


def unchanged(path: Path) -> None:
    assert copies(path) == []
    with closing(sqlite3.connect(path)) as raw:
        assert raw.execute("SELECT version_num FROM alembic_version").fetchone() == ("0003",)
        assert raw.execute("SELECT count(*) FROM inspections").fetchone() == (ROWS,)


def test_a_migration_that_fails_leaves_the_database_as_it_was(tmp_path: Path) -> None:
    """A table of that name is in the way: everything before it is taken back."""
    path = older(tmp_path / "old.db", "0003")
    with closing(sqlite3.connect(path)) as raw:
        raw.execute("CREATE TABLE links (x)")
        raw.commit()
    with pytest.raises(StoreError, match="links"):
        open_store(str(path))
    with closing(sqlite3.connect(path)) as raw:
        tables = {row[0] for row in raw.execute("SELECT name FROM sqlite_master")}
        assert "parts" not in tables
        assert raw.execute("SELECT version_num FROM alembic_version").fetchone() == ("0003",)
    assert copies(path) == []


def test_a_check_on_verdicts_stands_after_the_migration(tmp_path: Path) -> None:
    path = older(tmp_path / "old.db", "0003")
    with open_store(str(path)):
        pass
    with closing(sqlite3.connect(path)) as raw:
        sql = raw.execute("SELECT sql FROM sqlite_master WHERE name = 'inspections'").fetchone()[0]
        assert "ck_verdict" in sql
        assert "REFERENCES parts" in sql
