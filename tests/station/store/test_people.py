"""People and classes in the database: old ones upgrade, both kinds of database keep and seal them,
and nobody's hash leaves with a package."""

from __future__ import annotations

import sqlite3
import zipfile
from contextlib import closing
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from argon2 import PasswordHasher
from bench_people import BY_ADMIN, OTHER, SECRETS, add_everybody
from kept import WHEN, a_review, an_event, numbered, uuid_of
from sqlalchemy import create_engine, text

from station.cli import main
from station.domain import Decision
from station.errors import StoreError
from station.people import hashing
from station.people.changes import list_people, set_role
from station.people.hashing import fits
from station.person import Role
from station.store.database import Database, parse_url
from station.store.export import rows_of
from station.store.package import write_package
from station.store.package_check import check_package
from station.store.rows import event_columns, review_columns
from station.store.schema import MIGRATIONS
from station.store.store import Store, open_store
from station.store.tables import EventRow, OperatorRow, ReviewRow
from station.store.verify import Fault, audit
from station.store.writing import names_of, write_names, write_records, write_sealed


@pytest.fixture(autouse=True)
def quick_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    quick = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    monkeypatch.setattr(hashing, "HASHER", quick)


def as_0007(url: str) -> None:
    """A database as the station before left it, with sealed rows of every kind that it had."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("path_separator", "os")
    engine = create_engine(parse_url(url, create=True))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        # A database that a fixture made is up to date already.
        if connection.dialect.has_table(connection, "alembic_version"):
            command.downgrade(config, "0007")
        command.upgrade(config, "0007")
        records = [numbered(n, Decision.REJECT) for n in range(1, 6)]
        write_names(connection, names_of(records) | {(OperatorRow, "B. Jones")})
        write_records(connection, records)
        reviews = [review_columns(a_review(n, n)) for n in (1, 2, 3)]
        old = [{k: v for k, v in row.items() if k != "true_class"} for row in reviews]
        write_sealed(connection, "review", ReviewRow, old)
        write_sealed(connection, "event", EventRow, [event_columns(an_event(1))])
        assert connection.scalar(text("SELECT count(*) FROM links")) == 9
        assert "true_class" not in [c["name"] for c in _columns(connection, "reviews")]
    engine.dispose()


def _columns(connection: object, table: str) -> list[dict[str, object]]:
    from sqlalchemy import inspect

    return inspect(connection).get_columns(table)  # type: ignore[union-attr]


def test_a_database_of_0007_is_brought_up_with_every_row_and_seal(url: str) -> None:
    as_0007(url)
    with open_store(url) as store:
        before = audit(store.database)
        assert before.broken is None
        assert before.links == 9
        assert before.sealed["review"] == 3
        assert [store.reviews(uuid_of(n))[0] for n in (1, 2, 3)] == [
            a_review(n, n) for n in (1, 2, 3)
        ]
        assert list_people(store) == []
        store.add_review(a_review(4, 4, true_class="crack"))
        add_everybody(store)
        after = audit(store.database, before.head)
        assert after.broken is None
        assert after.noted_at == 9
        assert after.sealed["labelled_review"] == 1
        assert after.sealed["person"] == 4


def test_a_copy_is_made_before(tmp_path: Path) -> None:
    path = tmp_path / "old.db"
    as_0007(str(path))
    with open_store(str(path)):
        pass
    (copy,) = path.parent.glob("*before*")
    with closing(sqlite3.connect(copy)) as raw:
        assert raw.execute("SELECT version_num FROM alembic_version").fetchone() == ("0007",)


def test_a_class_comes_back_and_is_sealed_with_its_review(store: Store) -> None:
    store.add(numbered(1, Decision.REJECT))
    plain, labelled = a_review(1, 1), a_review(2, 1, true_class="균열")
    store.add_review(plain)
    store.add_review(labelled)
    store.add_review(labelled)
    assert store.reviews(uuid_of(1)) == [plain, labelled]
    assert store.latest_reviews([uuid_of(1)]) == {uuid_of(1): labelled}
    with pytest.raises(StoreError, match="none is changed"):
        store.add_review(a_review(2, 1, true_class="chip"))
    with pytest.raises(StoreError, match="blank class"):
        store.add_review(a_review(3, 1, true_class=" "))
    (row,) = rows_of(store, None)
    assert row["review_class"] == "균열"
    found = audit(store.database)
    assert (found.sealed["review"], found.sealed["labelled_review"]) == (1, 1)


def unguarded(database: Database, statement: str) -> None:
    """Change the database as one could who owns it."""
    with database.writing() as connection:
        if connection.dialect.name == "sqlite":
            for table in ("people", "reviews"):
                connection.exec_driver_sql(f"DROP TRIGGER {table}_no_update")
        else:
            connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
        assert connection.exec_driver_sql(statement).rowcount == 1


@pytest.mark.parametrize(
    ("statement", "fault", "kind"),
    [
        ("UPDATE people SET role = 'administrator' WHERE id = 4", Fault.CHANGED_ROW, "person"),
        ("UPDATE people SET state = 'inactive' WHERE id = 2", Fault.CHANGED_ROW, "person"),
        ("UPDATE reviews SET true_class = 'ok' WHERE id = 2", Fault.CHANGED_ROW, "labelled_review"),
        ("UPDATE reviews SET true_class = NULL WHERE id = 2", Fault.MISSING_ROW, "labelled_review"),
        ("UPDATE reviews SET true_class = 'ok' WHERE id = 1", Fault.MISSING_ROW, "review"),
    ],
)
def test_a_change_behind_its_back_is_found(
    store: Store, statement: str, fault: Fault, kind: str
) -> None:
    store.add(numbered(1, Decision.REJECT))
    store.add_review(a_review(1, 1))
    store.add_review(a_review(2, 1, true_class="crack"))
    add_everybody(store)
    assert audit(store.database).broken is None
    unguarded(store.database, statement)
    broken = audit(store.database).broken
    assert broken is not None
    assert (broken.fault, broken.kind) == (fault, kind)


def test_people_come_back_as_they_went_in(store: Store) -> None:
    add_everybody(store)
    set_role(store, BY_ADMIN, OTHER.name, Role.SUPERVISOR)
    found = list_people(store)
    assert [known.role.name for known in found] == [
        "ADMINISTRATOR", "SUPERVISOR", "OPERATOR", "SUPERVISOR",
    ]  # fmt: skip
    assert fits(found[3].secret, SECRETS[OTHER.name])
    assert found[3].at.utcoffset() is not None
    assert found[3].changed_by == "Kim Younghee"


@pytest.mark.parametrize("change", ["UPDATE people SET role = 'operator'", "DELETE FROM people"])
def test_the_database_refuses_changes(store: Store, change: str) -> None:
    add_everybody(store)
    with (
        pytest.raises(StoreError, match="rows of people are kept as they are"),
        store.database.writing() as connection,
    ):
        connection.exec_driver_sql(change)


def test_a_package_tells_the_class_and_nobody_s_hash(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    db, out = tmp_path / "x.db", tmp_path / "A.zip"
    with open_store(str(db)) as store:
        for number in range(1, 5):
            lot = "A" if number % 2 else "B"
            store.add(numbered(number, Decision.REJECT, lot=lot, image_sha256=None))
        store.add_review(a_review(1, 1, true_class="crack"))
        store.add_review(a_review(2, 2, true_class="of the other lot"))
        add_everybody(store)
        store.add_bundle("c" * 64, "demo", {"classes": []}, WHEN)
        store.add_review(a_review(3, 3))
        done = write_package(store, "A", tmp_path / "images", out)
        secrets = [known.secret for known in list_people(store)]
    assert done.rows["labelled_review"] == 1
    assert done.rows["person"] == 0
    checked = check_package(out)
    assert checked.faults == []
    assert (checked.rows["labelled_review"], checked.rows["review"]) == (1, 1)
    with zipfile.ZipFile(out) as archive:
        everything = b"".join(archive.read(name) for name in archive.namelist()).decode()
        chain = archive.read("chain.csv").decode()
    assert chain.count(",person,") == 4, "their seals are links like any other"
    assert '"true_class":"crack"' in everything
    assert "of the other lot" not in everything
    for secret in secrets:
        assert secret not in everything
    assert main(["audit", "verify", str(out)]) == 0
    assert "1 reviews with a class" in capsys.readouterr().out


def test_a_class_changed_in_a_package_is_found(tmp_path: Path) -> None:
    out = tmp_path / "A.zip"
    with open_store(str(tmp_path / "x.db")) as store:
        store.add(numbered(1, Decision.REJECT, lot="A", image_sha256=None))
        store.add_review(a_review(1, 1, true_class="crack"))
        write_package(store, "A", tmp_path / "images", out)
    with zipfile.ZipFile(out) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    files["rows.jsonl"] = files["rows.jsonl"].replace(b'"crack"}', b'"chip"}')
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    assert any("labelled_review" in fault for fault in check_package(out).faults)


def test_the_command_takes_a_class(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    db = str(tmp_path / "x.db")
    with open_store(db) as store:
        store.add(numbered(1, Decision.REVIEW))
    arguments = ["--operator", "A. Smith", "--decision", "REJECT", "--reason", "seen"]
    assert main(["review", "--db", db, uuid_of(1), *arguments, "--class", "crack"]) == 0
    with open_store(db) as store:
        assert store.reviews(uuid_of(1))[0].true_class == "crack"
    capsys.readouterr()
    assert main(["history", "--db", db, "--json"]) == 0
    assert '"true_class": "crack"' in capsys.readouterr().out
