"""Records come back as they went in; trouble with the database is named, never swallowed."""

from __future__ import annotations

import sqlite3
import sys
from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine

from station.domain import Decision, Record
from station.errors import StoreError
from station.store.schema import HEAD, MIGRATIONS
from station.store.store import open_store
from station.store.tables import Base

COLUMNS = {
    *("id", "uuid", "station", "lot", "part_serial", "operator", "source", "image_sha256"),
    *("image_path", "overlay_path", "bundle_sha256", "engine", "verdict", "predicted_class"),
    *("confidence", "defect_probability", "probabilities", "defect_x_mm", "defect_y_mm"),
    *("defect_size_mm", "captured_at", "decided_at", "latency_ms", "reason"),
    *("codes", "evidence"),
}


def record(number: int = 1, **changes: object) -> Record:
    made = Record(
        uuid=f"00000000-0000-4000-8000-{number:012d}",
        station="bench-1",
        lot="L42",
        part_serial=None,
        operator="ada",
        source=f"part-{number}.png",
        image_sha256="a" * 64,
        image_path=f"/in/processed/part-{number}.png",
        overlay_path=None,
        bundle_sha256="b" * 64,
        engine="openvino CPU f32",
        decision=Decision.REJECT,
        predicted_class="crack",
        confidence=0.1 + 0.2,
        defect_probability=0.75,
        probabilities={"ok": 0.25, "crack": 0.75},
        defect_x_mm=-1.25,
        defect_y_mm=None,
        defect_size_mm=1e-17,
        captured_at=datetime(2026, 3, 4, 5, 6, 7, 891011, tzinfo=timezone.utc),
        decided_at=datetime(2026, 3, 4, 5, 6, 8, tzinfo=timezone.utc),
        latency_ms=12.5,
        reason="Risse – größer als erlaubt.",
    )
    return replace(made, **changes)  # type: ignore[arg-type]


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'deep' / 'inspections.db'}"


def test_a_record_comes_back_as_it_went_in(url: str) -> None:
    with open_store(url) as store:
        store.add(record())
    with open_store(url) as store:
        (back,) = store.records()
    assert back == record()
    assert back.captured_at.tzinfo is timezone.utc


def test_an_error_without_any_figure_comes_back_too(url: str) -> None:
    empty = record(
        decision=Decision.ERROR,
        image_sha256=None,
        predicted_class=None,
        confidence=None,
        defect_probability=None,
        probabilities=None,
        latency_ms=None,
    )
    with open_store(url) as store:
        store.add(empty)
        assert store.records() == [empty]
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as raw:
        assert raw.execute("SELECT probabilities FROM inspections").fetchone() == (None,)


def test_times_of_other_zones_are_kept_as_utc(url: str) -> None:
    kyoto = datetime(2026, 3, 4, 14, 0, tzinfo=timezone(timedelta(hours=9)))
    with open_store(url) as store:
        store.add(record(decided_at=kyoto))
        (back,) = store.records()
    assert back.decided_at == kyoto
    assert back.decided_at.utcoffset() == timedelta(0)
    assert back.decided_at.hour == 5


def test_a_time_without_a_zone_is_refused(url: str) -> None:
    with open_store(url) as store:
        with pytest.raises(StoreError, match="no time zone"):
            store.add(record(decided_at=datetime(2026, 3, 4)))
        assert store.records() == []


def test_records_are_found_by_lot_hash_and_uuid_and_limited_from_the_end(url: str) -> None:
    with open_store(url) as store:
        for number in range(1, 7):
            lot = "A" if number % 2 else "B"
            store.add(record(number, lot=lot, image_sha256=f"{number % 3}" * 64))
        assert [r.source for r in store.records(limit=2)] == ["part-5.png", "part-6.png"]
        assert [r.source for r in store.records(lot="A", limit=2)] == ["part-3.png", "part-5.png"]
        assert [r.source for r in store.records(image_sha256="0" * 64)] == [
            "part-3.png",
            "part-6.png",
        ]
        found = store.find(record(4).uuid)
        assert found is not None
        assert found.source == "part-4.png"
        assert store.find("nothing") is None


def test_counts_add_up_by_lot(url: str) -> None:
    with open_store(url) as store:
        assert set(store.counts().values()) == {0}
        for number, decision in enumerate([*Decision, Decision.PASS]):
            store.add(record(number, decision=decision, lot="A" if number else "B"))
        counts = store.counts()
        assert counts[Decision.PASS] == 2
        assert sum(counts.values()) == 5
        assert store.counts(lot="A")[Decision.PASS] == 1


def test_the_same_uuid_twice_is_refused(url: str) -> None:
    with open_store(url) as store:
        store.add(record())
        with pytest.raises(StoreError, match="UNIQUE"):
            store.add(record())
        assert len(store.records()) == 1


def test_the_file_is_durable_and_has_the_agreed_columns(url: str) -> None:
    with open_store(url) as store:
        store.add(record())
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as raw:
            assert raw.execute("PRAGMA journal_mode").fetchone() == ("wal",)
            names = [row[1] for row in raw.execute("PRAGMA table_info(inspections)")]
        with store.database.engine.connect() as connection:
            assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2
            assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1
    assert set(names) == COLUMNS
    assert len(names) == len(COLUMNS)


def test_migrations_and_rows_agree(url: str) -> None:
    with open_store(url):
        pass
    engine = create_engine(url)
    with engine.connect() as connection:
        # The index of words is SQLite's own kind of table.
        options = {"include_name": lambda name, *_: not str(name).startswith("inspection_words")}
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, Base.metadata) == []
    engine.dispose()
    assert ScriptDirectory(str(MIGRATIONS)).get_current_head() == HEAD


def test_a_verdict_that_is_none_of_ours_cannot_be_written(url: str) -> None:
    with open_store(url):
        pass
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as raw:
        raw.execute("PRAGMA ignore_check_constraints=OFF")
        with pytest.raises(sqlite3.IntegrityError, match="ck_verdict"):
            raw.execute(
                "INSERT INTO inspections (uuid, station, source, bundle_sha256, engine, verdict,"
                " captured_at, decided_at, reason) VALUES (1, 1, 1, 1, 1, 'GOOD', 1, 1, 1)"
            )


def test_a_plain_path_is_an_sqlite_file(tmp_path: Path) -> None:
    path = tmp_path / "odd name?#%.db"
    with open_store(str(path)) as store:
        store.add(record())
    assert path.is_file()
    with open_store(str(path), create=False) as store:
        assert len(store.records()) == 1


def test_a_newer_schema_is_refused(url: str) -> None:
    with open_store(url):
        pass
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as raw:
        raw.execute("UPDATE alembic_version SET version_num = '0099'")
        raw.commit()
    with pytest.raises(StoreError, match=r"schema '0099'.*Install the station version"):
        open_store(url)


def test_a_stranger_s_table_is_not_touched(tmp_path: Path) -> None:
    path = tmp_path / "other.db"
    with closing(sqlite3.connect(path)) as raw:
        raw.execute("CREATE TABLE inspections (x)")
    with pytest.raises(StoreError, match="of another origin"):
        open_store(str(path))


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("sqlite://", "in memory"),
        ("sqlite:///:memory:", "in memory"),
        ("nonsense://x", "not a database URL"),
        ("postgresql+nodriver://x/y", "not a database URL"),
    ],
)
def test_impossible_urls_are_refused(url: str, said: str) -> None:
    with pytest.raises(StoreError, match=said):
        open_store(url)


def test_a_driver_that_is_not_installed_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(StoreError, match=r"pip install 'scaffold-station\[postgresql\]'") as told:
        open_store("postgresql+psycopg://ada:secret@server/db")
    assert "secret" not in str(told.value)


def test_a_password_is_never_told() -> None:
    with pytest.raises(StoreError, match="not a database URL") as told:
        open_store("mysql+none://ada:secret@server/db")
    assert "secret" not in str(told.value)


def test_reading_does_not_create(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="there is no database at"):
        open_store(str(tmp_path / "none.db"), create=False)
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    path.write_bytes(b"not a database at all" * 100)
    with pytest.raises(StoreError, match=r"not a database.*another path"):
        open_store(str(path))


def test_a_locked_database_is_waited_for_then_named(url: str) -> None:
    with open_store(url, busy_timeout_s=0.2) as store:
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)) as raw:
            raw.execute("BEGIN EXCLUSIVE")
            started = datetime.now(timezone.utc)
            with pytest.raises(StoreError, match=r"locked.*close that program"):
                store.add(record())
            waited = (datetime.now(timezone.utc) - started).total_seconds()
            raw.execute("ROLLBACK")
        assert 0.15 < waited < 3
        store.add(record())
        assert len(store.records()) == 1
