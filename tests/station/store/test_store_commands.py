"""What the store's commands print, and how they end."""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from kept import WHEN, a_review, an_event, an_intent, numbered, uuid_of

from station.cli import main
from station.domain import Decision
from station.store.store import open_store

Said = pytest.CaptureFixture[str]


@pytest.fixture
def db(tmp_path: Path) -> str:
    path = str(tmp_path / "x.db")
    with open_store(path) as store:
        store.open_parts(*(an_intent(n, lot="A") for n in range(1, 6)))
        for number in range(1, 5):
            store.add(numbered(number, list(Decision)[number - 1], lot="A"))
        store.add(numbered(9, Decision.REJECT, lot="B", part_serial="S-9"))
        store.add_review(a_review(1, 9))
        store.add_event(an_event())
    return path


def change(db: str, *statements: str) -> None:
    with closing(sqlite3.connect(db, isolation_level=None)) as raw:
        for statement in statements:
            raw.execute(statement)


def test_the_account_names_the_open_part_and_ends_with_4(db: str, capsys: Said) -> None:
    assert main(["account", "--db", db]) == 4
    said = capsys.readouterr().out
    assert "all lots: parts in 6 != PASS 1 + REVIEW 1 + REJECT 2 + ERROR 1" in said
    assert f"1 of 6 parts have no verdict: part-5.png ({uuid_of(5)})" in said
    assert main(["account", "--db", db, "--lot", "B", "--json"]) == 0
    account = json.loads(capsys.readouterr().out)
    assert account["balanced"] is True
    assert account["counts"] == {"PASS": 0, "REVIEW": 0, "REJECT": 1, "ERROR": 0}
    assert main(["account", "--db", db, "--lot", "A", "--json"]) == 4
    account = json.loads(capsys.readouterr().out)
    assert [part["uuid"] for part in account["open"]] == [uuid_of(5)]
    with open_store(db) as store:
        store.add(numbered(5, lot="A"))
    assert main(["account", "--db", db]) == 0
    assert "parts in 6 = PASS 2" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("at", "cause"), [(0, "not a database"), (8192, "malformed")], ids=["its-beginning", "a-page"]
)
def test_an_account_of_a_damaged_database_names_what_puts_a_backup_back(
    db: str, tmp_path: Path, capsys: Said, at: int, cause: str
) -> None:
    backups = tmp_path / "backups"
    assert main(["backup", "--db", db, "--to", str(backups)]) == 0
    with Path(db).open("r+b") as file:
        file.seek(at)
        file.write(b"\xa5" * (Path(db).stat().st_size - at))
    capsys.readouterr()
    assert main(["account", "--db", db]) == 2
    said = capsys.readouterr().err
    assert cause in said
    assert "`station restore BACKUP --db FILE` puts a back-up in its place" in said
    (backup,) = backups.glob("*.db")
    assert main(["restore", str(backup), "--db", db]) == 0
    assert main(["account", "--db", db, "--lot", "B"]) == 0


def test_an_audit_ends_with_0_and_with_4_once_a_row_was_changed(db: str, capsys: Said) -> None:
    assert main(["audit", "verify", "--db", db]) == 0
    said = capsys.readouterr().out
    assert "the chain holds: 7 links over 5 inspections, 1 reviews, 1 events" in said
    head = said.split("head: ")[1].split()[0]
    assert main(["audit", "verify", "--db", db, "--expect-head", head]) == 0
    assert "the head noted earlier is link 7" in capsys.readouterr().out
    assert main(["audit", "verify", "--db", db, "--expect-head", "0" * 64, "--json"]) == 4
    assert json.loads(capsys.readouterr().out)["broken"]["fault"] == "head not found"
    change(
        db,
        "DROP TRIGGER inspections_no_update",
        "UPDATE inspections SET verdict = 'PASS' WHERE id = 3",
    )
    assert main(["audit", "verify", "--db", db]) == 4
    said = capsys.readouterr().out
    assert "BROKEN at link 3: changed row" in said
    assert uuid_of(3) in said


def test_an_audit_looks_at_the_pictures(tmp_path: Path, capsys: Said) -> None:
    db, images = str(tmp_path / "x.db"), tmp_path / "images"
    with open_store(db) as store:
        for number, decision in enumerate([Decision.PASS, Decision.REJECT, Decision.REJECT]):
            data = b"picture %d" % number
            sha256 = hashlib.sha256(data).hexdigest()
            place = images / sha256[:2] / f"{sha256}.png"
            place.parent.mkdir(parents=True)
            place.write_bytes(data)
            store.add(numbered(number, decision, image_sha256=sha256))
    places = [
        next(images.rglob(hashlib.sha256(b"picture %d" % n).hexdigest() + ".png")) for n in range(3)
    ]
    arguments = ["audit", "verify", "--db", db, "--images", str(images)]
    assert main(arguments) == 0
    assert "pictures: 3 as they were, missing: none" in capsys.readouterr().out
    # Another folder is looked at, not where the rows say.
    empty = tmp_path / "empty"
    empty.mkdir()
    assert main([*arguments[:-1], str(empty)]) == 4
    assert "0 as they were, missing: 1 of PASS, 2 of REJECT" in capsys.readouterr().out
    # Taken away by hand a pass's picture is lost; let go by retention it is only missing.
    os.utime(places[0], (0, 0))
    kept = places[0].read_bytes()
    places[0].unlink()
    assert main(arguments) == 4
    assert f"LOST: the picture of {uuid_of(0)}" in capsys.readouterr().out
    places[0].write_bytes(kept)
    os.utime(places[0], (0, 0))
    assert main(["prune", "--db", db, "--out", str(tmp_path), "--passes-older-than", "0h"]) == 0
    assert not places[0].exists()
    capsys.readouterr()
    assert main(arguments) == 0
    assert "2 as they were, missing: 1 of PASS" in capsys.readouterr().out
    places[1].write_bytes(b"picture x")
    places[2].unlink()
    assert main(arguments) == 4
    said = capsys.readouterr().out
    assert f"ALTERED: {places[1]}" in said
    assert f"LOST: the picture of {uuid_of(2)}" in said
    assert main([*arguments[:-1], str(tmp_path / "none")]) == 2


def test_the_history_is_listed_and_goes_on_where_it_ended(db: str, capsys: Said) -> None:
    assert main(["history", "--db", db, "--verdict", "reject"]) == 0
    said = capsys.readouterr().out
    assert said.index(uuid_of(9)) < said.index(uuid_of(3))
    assert "PASS by B. Jones" in said
    assert uuid_of(1) not in said
    assert main(["history", "--db", db, "--limit", "2", "--json"]) == 0
    *lines, last = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["uuid"] for line in lines] == [uuid_of(9), uuid_of(4)]
    assert lines[0]["review"]["decision"] == "PASS"
    assert lines[1]["review"] is None
    assert main(["history", "--db", db, "--json", "--after", str(last["next"])]) == 0
    *lines, last = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["uuid"] for line in lines] == [uuid_of(3), uuid_of(2), uuid_of(1)]
    assert last == {"next": None}


@pytest.mark.parametrize(
    ("arguments", "found"),
    [
        (["--serial", "S-9"], [9]),
        (["--lot", "A", "--class", "crack", "--limit", "1"], [4]),
        (["--text", "part-2.png"], [2]),
        (["--since", "2026-03-04T05:06:15Z"], [9]),
        (["--until", "2026-03-04T05:06:09Z"], [1]),
        (["--operator", "nobody"], []),
    ],
)
def test_the_history_is_searched(
    db: str, capsys: Said, arguments: list[str], found: list[int]
) -> None:
    assert main(["history", "--db", db, "--json", *arguments]) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()][:-1]
    assert [line["uuid"] for line in lines] == [uuid_of(n) for n in found]


@pytest.mark.parametrize(
    "arguments", [["--since", "2026-03-05", "--until", "2026-03-04"], ["--text", "-"]]
)
def test_an_impossible_question_ends_with_2(db: str, capsys: Said, arguments: list[str]) -> None:
    assert main(["history", "--db", db, *arguments]) == 2
    assert "station: " in capsys.readouterr().err


def test_a_review_is_written_and_shown(db: str, capsys: Said) -> None:
    arguments = ["review", "--db", db, "--operator", "C. Day", "--reason", "a real crack"]
    assert main([*arguments, "--decision", "reject", uuid_of(9)]) == 0
    assert f"{uuid_of(9)}, decided as REJECT: REJECT by C. Day" in capsys.readouterr().out
    with open_store(db) as store:
        first, second = store.reviews(uuid_of(9))
    assert (first.operator, second.operator, second.reason) == (
        "B. Jones", "C. Day", "a real crack",
    )  # fmt: skip
    assert second.at > WHEN
    assert main([*arguments, "--decision", "PASS", uuid_of(77)]) == 2
    assert "no verdict on a part" in capsys.readouterr().err
    assert main([*arguments[:-1], " ", "--decision", "PASS", uuid_of(9)]) == 2
    assert "needs a name and a reason" in capsys.readouterr().err
