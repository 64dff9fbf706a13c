"""PostgreSQL by the same URL: what is its own."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from kept import an_event, an_intent, fill, numbered, record_for
from sqlalchemy import create_engine

from station.cli import main
from station.errors import StoreError
from station.store.store import open_store
from station.store.tables import Base
from station.store.verify import Fault, audit

Make = Callable[[], str]


def test_migrations_and_rows_agree(postgres: Make) -> None:
    engine = create_engine(postgres())
    with engine.connect() as connection:
        options = {"include_name": lambda name, *_: name != "ix_inspections_words"}
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, Base.metadata) == []
    engine.dispose()


def test_records_and_events_come_back_as_they_went_in(postgres: Make) -> None:
    with open_store(postgres()) as store:
        store.open_parts(an_intent(1, part_serial="größer"))
        store.add(record_for(an_intent(1, part_serial="größer")))
        store.add_event(an_event(1))
        assert store.open_intents("bench-1", "folder:/in") == []
        assert store.records() == [record_for(an_intent(1, part_serial="größer"))]
        assert store.events() == [an_event(1)]


@pytest.mark.parametrize("table", ["inspections", "links", "parts", "events", "lots"])
def test_the_database_refuses_changes(postgres: Make, table: str) -> None:
    with open_store(postgres()) as store:
        fill(store)
        column = "name" if table == "lots" else "id"
        for change in (f"UPDATE {table} SET {column} = {column}", f"DELETE FROM {table}",
                       f"TRUNCATE {table} CASCADE"):  # fmt: skip
            with (
                pytest.raises(StoreError, match="are kept as they are"),
                store.database.writing() as connection,
            ):
                connection.exec_driver_sql(change)
        assert audit(store.database).links == 22


@pytest.mark.parametrize(
    ("statement", "fault"),
    [
        ("UPDATE inspections SET confidence = confidence + 1e-16 WHERE id = 3", Fault.CHANGED_ROW),
        ("UPDATE inspections SET decided_at = decided_at + interval '1 us' WHERE id = 3",
         Fault.CHANGED_ROW),
        ("""UPDATE inspections SET evidence = '{"diameter_mm":  12.03}' WHERE id = 3""",
         Fault.CHANGED_ROW),
        ("DELETE FROM events WHERE id = 2", Fault.MISSING_ROW),
        ("DELETE FROM links WHERE id = 9", Fault.MISSING_LINK),
        ("UPDATE links SET ref = 5 WHERE id = 9", Fault.BROKEN_HASH),
    ],
)  # fmt: skip
def test_a_change_behind_its_back_is_found(postgres: Make, statement: str, fault: Fault) -> None:
    with open_store(postgres()) as store:
        fill(store)
        with store.database.writing() as connection:
            connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
            assert connection.exec_driver_sql(statement).rowcount == 1
        broken = audit(store.database).broken
    assert broken is not None
    assert broken.fault is fault


def test_two_stations_write_one_chain(postgres: Make) -> None:
    """Two stores on one server, several threads each: no link is lost, none is written twice."""
    url = postgres()
    failures: list[BaseException] = []

    def work(station: int) -> None:
        try:
            with open_store(url) as store:
                for number in range(20):
                    intent = an_intent(1000 * station + number, station=f"bench-{station}")
                    store.open_parts(intent)
                    store.add(record_for(intent))
        except BaseException as error:  # noqa: BLE001
            failures.append(error)

    threads = [threading.Thread(target=work, args=(n,)) for n in range(1, 4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    with open_store(url) as store:
        found = audit(store.database)
        assert (found.broken, found.links) == (None, 60)
        assert store.account().balanced


def test_a_locked_table_is_waited_for_then_named(postgres: Make) -> None:
    url = postgres()
    with open_store(url, busy_timeout_s=0.2) as store:
        engine = create_engine(url)
        with engine.begin() as other:
            other.exec_driver_sql("LOCK TABLE inspections IN ACCESS EXCLUSIVE MODE")
            with pytest.raises(StoreError, match=r"(?s)lock timeout.*close that program"):
                store.add(numbered(1))
        engine.dispose()
        store.add(numbered(1))
        assert len(store.records()) == 1


def test_a_server_that_is_not_there_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("psycopg", reason="the driver psycopg is not installed")
    url = "postgresql+psycopg://ada:secret@/none?host=/nowhere"
    assert main(["account", "--db", url]) == 2
    said = capsys.readouterr().err
    assert "cannot be opened" in said
    assert "Check that the server runs" in said
    assert "secret" not in said


def test_the_commands_take_the_url(postgres: Make, capsys: pytest.CaptureFixture[str]) -> None:
    url = postgres()
    with open_store(url) as store:
        fill(store)
    assert main(["account", "--db", url]) == 0
    assert main(["audit", "verify", "--db", url]) == 0
    assert "the chain holds: 22 links" in capsys.readouterr().out
    assert main(["history", "--db", url, "--text", "limit", "--json"]) == 0
