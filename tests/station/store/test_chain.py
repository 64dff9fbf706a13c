"""The chain: whatever is changed behind the station's back is found, and the place is named."""

from __future__ import annotations

import hashlib
import random
import re
import shutil
import sqlite3
from contextlib import closing
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from kept import an_event, fill, numbered
from sqlalchemy.exc import IntegrityError

from station.errors import StoreError
from station.store.chain import FIELDS, TABLES, content, seal, sha256
from station.store.store import Store, open_store
from station.store.verify import Audit, Fault, walk


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with all of it, its triggers taken away: whoever changes it can do that."""
    path = tmp_path_factory.mktemp("filled") / "x.db"
    with open_store(str(path)) as store:
        fill(store)
    with closing(sqlite3.connect(path, isolation_level=None)) as raw:
        named = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
        for (name,) in raw.execute(named).fetchall():
            raw.execute(f"DROP TRIGGER {name}")
    return path


@pytest.fixture
def path(filled: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(filled, tmp_path / "x.db"))


def audit(path: Path, expect_head: str | None = None) -> Audit:
    with open_store(str(path)) as store, store.database.reading() as connection:
        return walk(connection, expect_head)


def tamper(path: Path, *statements: str) -> Audit:
    with closing(sqlite3.connect(path, isolation_level=None)) as raw:
        for statement in statements:
            assert raw.execute(statement).rowcount != 0, statement
    return audit(path)


def test_an_untouched_chain_holds(path: Path) -> None:
    found = audit(path)
    assert found.broken is None
    assert found.links == 22
    assert found.sealed == {
        "inspection": 13, "review": 2, "event": 3, "bundle": 1, "certificate": 1,
        "labelled_review": 1, "person": 1,
    }  # fmt: skip
    assert audit(path, found.head).noted_at == 22


def test_an_empty_database_has_an_empty_chain(store: Store) -> None:
    with store.database.reading() as connection:
        assert walk(connection) == Audit(0, "0" * 64, dict.fromkeys(TABLES, 0))


def test_a_link_can_be_computed_by_hand(tmp_path: Path) -> None:
    """What the docstrings promise, without a line of the station's own code."""
    with open_store(str(tmp_path / "x.db")) as store:
        store.add_event(an_event(1, text='größer "x" \\ \n'))
        store.add_event(an_event(2))
        with store.database.reading() as connection:
            links = connection.exec_driver_sql("SELECT * FROM links ORDER BY id").all()
    body = (
        '{"row":"event","at":"2026-03-04T05:06:08.891011Z","station":"bench-1","kind":"engine",'
        '"severity":"WARNING","text":"größer \\"x\\" \\\\ \\n"}'
    )
    assert links[0].content_sha256 == hashlib.sha256(body.encode()).hexdigest()
    assert [row[1:3] for row in links] == [("event", 1), ("event", 2)]
    before = "0" * 64
    for number, kind, ref, inside, link in links:
        text = f"{before} {number} {kind} {ref} {inside}"
        assert link == hashlib.sha256(text.encode()).hexdigest()
        before = link


def every_cell() -> list[tuple[str, str]]:
    cells = [(table, name) for kind, table in TABLES.items() for name in FIELDS[kind]]
    names = ("id", "kind", "ref", "content_sha256", "link_sha256")
    return cells + [("links", name) for name in names]


@pytest.mark.parametrize(("table", "column"), every_cell())
def test_a_change_of_any_field_of_any_row_is_found(path: Path, table: str, column: str) -> None:
    """Each cell in turn: one character other, one more, emptied, of another type."""
    refused = tried = 0
    with open_store(str(path)) as store, store.database.engine.connect() as connection:
        ask = connection.exec_driver_sql
        connection.rollback()
        for pragma in ("foreign_keys=OFF", "ignore_check_constraints=ON"):
            connection.connection.driver_connection.execute(f"PRAGMA {pragma}")  # type: ignore[union-attr]
        rows = ask(f"SELECT id, {column} FROM {table} ORDER BY id").all()
        for rowid, value in {rows[0], rows[len(rows) // 2], rows[-1]}:
            for changed in altered(value):
                tried += 1
                ask("SAVEPOINT s")
                try:
                    ask(f"UPDATE {table} SET {column} = ? WHERE id = ?", (changed, rowid))
                except IntegrityError:  # the database itself refuses
                    refused += 1
                else:
                    assert walk(connection).broken is not None, (rowid, value, changed)
                ask("ROLLBACK TO s")
        assert walk(connection).broken is None
    assert refused < tried


def altered(value: Any) -> list[Any]:
    other: list[Any] = [None] if value is not None else ["x", 0.5]
    if isinstance(value, str):
        place = len(value) // 2
        swapped = "0" if value[place : place + 1] != "0" else "1"
        other += [value[:place] + swapped + value[place + 1 :], value + " ", "", value.encode()]
        other += [value[:-1]]
    elif isinstance(value, float):
        other += [value * (1 + 2**-52) or 5e-324, -value or 1.0, value + 1, "x"]
    elif isinstance(value, int):
        other += [value + 1000, -value]
    return other


@pytest.mark.parametrize(
    ("statements", "fault", "said"),
    [
        (["UPDATE inspections SET verdict = 'PASS' WHERE id = 3"], Fault.CHANGED_ROW, "changed"),
        (["DELETE FROM reviews WHERE id = 3"], Fault.MISSING_ROW, "review 3, which link"),
        (["DELETE FROM events WHERE id = 3"], Fault.MISSING_ROW, "event 3, which link"),
        (["UPDATE people SET role = 'administrator'"], Fault.CHANGED_ROW, r"person 1 \(B. Jones"),
        (["UPDATE reviews SET true_class = 'chip' WHERE id = 2"], Fault.CHANGED_ROW, "changed"),
        (["UPDATE reviews SET true_class = NULL WHERE id = 2"], Fault.MISSING_ROW,
         "labelled_review 2, which link .* of another kind"),
        (["UPDATE reviews SET true_class = 'chip' WHERE id = 1"], Fault.MISSING_ROW,
         "review 1, which link .* of another kind"),
        (
            ["INSERT INTO events SELECT 99, at, station, kind, severity, text FROM events LIMIT 1"],
            Fault.EXTRA_ROW,
            "event 99 .* sealed by no link",
        ),
        (
            [
                "UPDATE events SET id = 50 WHERE id = 3",
                "INSERT INTO events SELECT 3, at, station, kind, severity, text FROM events"
                " WHERE id = 1",
                "INSERT INTO links SELECT 23, kind, 50, content_sha256, link_sha256 FROM links"
                " WHERE kind = 'event' AND ref = 3",
            ],
            Fault.CHANGED_ORDER,
            "rows changed places",
        ),
        (["DELETE FROM links WHERE id = 7"], Fault.MISSING_LINK, "link 7 is not there"),
        (
            ["DELETE FROM links WHERE id = 7", "UPDATE links SET id = -id WHERE id > 7",
             "UPDATE links SET id = -id - 1 WHERE id < 0"],
            Fault.BROKEN_HASH,
            "link 7 .* does not follow",
        ),
        (["DELETE FROM links WHERE id > 18"], Fault.EXTRA_ROW, "end of the chain was cut off"),
        (["UPDATE links SET link_sha256 = content_sha256 WHERE id = 9"], Fault.BROKEN_HASH, " 9 "),
    ],
)  # fmt: skip
def test_the_first_break_is_named(
    path: Path, statements: list[str], fault: Fault, said: str
) -> None:
    broken = tamper(path, *statements).broken
    assert broken is not None
    assert broken.fault is fault
    assert re.search(said, broken.text)


SWAP = """
UPDATE {table} SET id = -1 WHERE id = {a};
UPDATE {table} SET id = {a} WHERE id = {b};
UPDATE {table} SET id = {b} WHERE id = -1;
"""


@pytest.mark.parametrize("table", ["inspections", "links"])
@pytest.mark.parametrize(("a", "b"), [(1, 2), (2, 9), (12, 13)])
def test_swapped_rows_are_found(path: Path, table: str, a: int, b: int) -> None:
    broken = tamper(path, *SWAP.format(table=table, a=a, b=b).strip().splitlines()).broken
    assert broken is not None
    assert broken.fault is (Fault.CHANGED_ORDER if table == "inspections" else Fault.BROKEN_HASH)
    if table == "inspections":
        assert broken.ref == a
    else:
        assert broken.link == a


def forge(path: Path, start: int) -> None:
    """Write the chain anew from a link on, as one could who knows the station's code."""
    with closing(sqlite3.connect(path, isolation_level=None)) as raw:
        links = raw.execute("SELECT * FROM links ORDER BY id").fetchall()
        before = links[start - 2][4] if start > 1 else "0" * 64
        for number, kind, ref, _, _ in links[start - 1 :]:
            raw.row_factory = sqlite3.Row
            found = raw.execute(f"SELECT * FROM {TABLES[kind]} WHERE id = ?", (ref,)).fetchone()
            inside = sha256(content(kind, dict(found)))
            before = seal(before, number, kind, ref, inside)
            raw.execute(
                "UPDATE links SET content_sha256 = ?, link_sha256 = ? WHERE id = ?",
                (inside, before, number),
            )


def test_a_forged_chain_and_a_cut_off_end_are_seen_against_a_noted_head_only(path: Path) -> None:
    noted = audit(path).head
    with closing(sqlite3.connect(path, isolation_level=None)) as raw:
        for table, kind in ((t, k) for k, t in TABLES.items()):
            raw.execute(
                f"DELETE FROM {table} WHERE id IN"
                " (SELECT ref FROM links WHERE id > 15 AND kind = ?)", (kind,),
            )  # fmt: skip
        raw.execute("DELETE FROM links WHERE id > 15")
    assert audit(path).broken is None
    broken = audit(path, noted).broken
    assert broken is not None
    assert broken.fault is Fault.HEAD_NOT_FOUND
    assert "cut off" in broken.text

    noted = audit(path).head
    tamper(path, "UPDATE inspections SET verdict = 'PASS' WHERE id = 3")
    forge(path, 1)
    assert audit(path).broken is None
    broken = audit(path, noted).broken
    assert broken is not None
    assert broken.fault is Fault.HEAD_NOT_FOUND


def test_a_head_noted_earlier_is_found_in_a_longer_chain(path: Path) -> None:
    noted = audit(path)
    with open_store(str(path)) as store:
        store.add(numbered(50))
    found = audit(path, noted.head)
    assert found.broken is None
    assert (found.noted_at, found.links) == (22, 23)


@pytest.mark.parametrize("change", ["UPDATE {} SET id = id", "DELETE FROM {}"])
@pytest.mark.parametrize("table", [*TABLES.values(), "links", "parts", "stations", "lots"])
def test_the_database_refuses_changes(tmp_path: Path, table: str, change: str) -> None:
    with open_store(str(tmp_path / "x.db")) as store:
        fill(store)
    column = "name" if table in ("stations", "lots") else "id"
    with closing(sqlite3.connect(tmp_path / "x.db", isolation_level=None)) as raw:
        before = raw.execute(f"SELECT * FROM {table}").fetchall()
        with pytest.raises(sqlite3.IntegrityError, match=f"rows of {table} are kept"):
            raw.execute(change.format(table).replace("id", column))
        assert raw.execute(f"SELECT * FROM {table}").fetchall() == before


def odd(rng: random.Random) -> float | None:
    return rng.choice(
        [None, 0.0, -0.0, 1, 1e-17, 0.1 + 0.2, 5e-324, 1.7976931348623157e308, rng.random()]
    )


def test_whatever_is_written_holds(store: Store) -> None:
    """Odd numbers, texts, times and zones come back from the database as they were sealed."""
    rng = random.Random(4)
    texts = ["", "größer\n\t\"'", "x" * 5000, "?", "\u2028 \U0001f600", "None", "null"]
    for number in range(200):
        zone = timezone(timedelta(hours=rng.randint(-12, 14)))
        when = datetime(2026, 1, 1, tzinfo=zone) + timedelta(microseconds=rng.randrange(10**13))
        store.add(
            numbered(
                number,
                part_serial=rng.choice([None, *texts]),
                reason=rng.choice(texts),
                confidence=odd(rng),
                latency_ms=odd(rng),
                defect_x_mm=odd(rng),
                probabilities={t: odd(rng) for t in rng.sample(texts, 3)},
                evidence=rng.choice([None, {}, {"b": 1.0, "a": -0.0, "c": 1e300}]),
                codes=tuple(rng.sample(texts, rng.randint(0, 3))),
                decided_at=when,
            )
        )
    with store.database.reading() as connection:
        assert walk(connection).broken is None


@pytest.mark.parametrize(
    "changes",
    [
        {"confidence": float("nan")},
        {"latency_ms": float("inf")},
        {"evidence": {"focus": float("nan")}},
        {"probabilities": {"ok": object()}},
    ],
)
def test_what_no_database_keeps_is_refused_by_name(store: Store, changes: dict[str, Any]) -> None:
    (name,) = changes
    with pytest.raises(StoreError, match=name):
        store.add(numbered(1, **changes))
    assert store.records() == []
    store.add(numbered(1))


def test_progress_is_told(path: Path) -> None:
    told: list[tuple[int, int]] = []
    with open_store(str(path)) as store, store.database.reading() as connection:
        walk(connection, None, lambda done, total: told.append((done, total)))
    assert told == [(22, 22)]
