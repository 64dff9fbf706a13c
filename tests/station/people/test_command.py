"""`station users`, as somebody types it."""

from __future__ import annotations

import getpass
import io
import json
import sys
from pathlib import Path

import pytest

from station.cli import main
from station.people.changes import list_people
from station.people.hashing import fits
from station.store.store import open_store

Said = pytest.CaptureFixture[str]


@pytest.fixture
def db(tmp_path: Path) -> str:
    return str(tmp_path / "new" / "x.db")


def typed(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(text))


def users(*arguments: str, db: str) -> int:
    return main(["users", *arguments, "--db", db])


def listed(db: str, said: Said) -> list[dict[str, object]]:
    said.readouterr()
    assert users("list", "--json", db=db) == 0
    return [json.loads(line) for line in said.readouterr().out.splitlines()]


def test_people_are_added_changed_and_listed(
    db: str, monkeypatch: pytest.MonkeyPatch, capsys: Said
) -> None:
    typed(monkeypatch, "7391\n")
    assert users("add", "김 철수", "--role", "administrator", "--pin-stdin", db=db) == 0
    assert "From now on one signs in" in capsys.readouterr().out
    typed(monkeypatch, "correct horse\r\n")
    assert users("add", "B. Jones", "--role", "operator", "--pin-stdin", db=db) == 0
    assert "From now on" not in capsys.readouterr().out
    assert users("role", "b. jones", "supervisor", db=db) == 0
    assert users("deactivate", "B. Jones", db=db) == 0
    found = listed(db, capsys)
    assert [(f["name"], f["role"], f["active"]) for f in found] == [
        ("김 철수", "administrator", True),
        ("B. Jones", "supervisor", False),
    ]
    assert found[1]["changed_by"] == f"{getpass.getuser()} at the command line"
    assert not any("secret" in f or "hash" in f for f in found)
    assert users("activate", "B. Jones", db=db) == 0
    assert users("list", db=db) == 0
    table = capsys.readouterr().out
    assert "김 철수" in table and "supervisor" in table
    assert main(["audit", "verify", "--db", db]) == 0
    assert "5 entries of people" in capsys.readouterr().out
    with open_store(db) as store:
        assert fits(list_people(store)[1].secret, "correct horse")


def test_a_forgotten_pin_is_set_anew_and_that_is_written_down(
    db: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    typed(monkeypatch, "7391\n")
    users("add", "Kim", "--role", "administrator", "--pin-stdin", db=db)
    typed(monkeypatch, "2580\n")
    assert users("pin", "KIM", "--pin-stdin", "--station", "bench-7", db=db) == 0
    with open_store(db) as store:
        (kim,) = list_people(store)
        assert fits(kim.secret, "2580")
        event = store.events()[-1]
    assert event.text.startswith("Kim has a new PIN or password, by ")
    assert event.text.endswith(" at the command line.")
    assert event.station == "bench-7"


@pytest.mark.parametrize(
    ("arguments", "stdin", "said"),
    [
        (("add", "Lee", "--role", "operator", "--pin-stdin"), "", "a PIN of 0 digits is too short"),
        (("add", "Lee", "--role", "operator", "--pin-stdin"), "1234", "tried first"),
        (("add", "kim", "--role", "operator", "--pin-stdin"), "2580", "there is 'Kim' already"),
        (("add", "Lee", "--role", "operator"), "2580", "no terminal .* --pin-stdin"),
        (("role", "Lee", "operator"), "", "nobody called 'Lee'; known: Kim"),
        (("pin", "Lee", "--pin-stdin"), "2580", "nobody called 'Lee'; known: Kim"),
        (("role", "Kim", "operator"), "", "last administrator"),
        (("deactivate", "Kim"), "", "last administrator"),
    ],
)
def test_what_cannot_be_is_said_and_changes_nothing(
    db: str, monkeypatch: pytest.MonkeyPatch, capsys: Said,
    arguments: tuple[str, ...], stdin: str, said: str,
) -> None:  # fmt: skip
    import re

    typed(monkeypatch, "7391\n")
    users("add", "Kim", "--role", "administrator", "--pin-stdin", db=db)
    before = listed(db, capsys)
    typed(monkeypatch, stdin)
    assert users(*arguments, db=db) == 2
    assert re.search(said, capsys.readouterr().err)
    assert listed(db, capsys) == before


def test_the_pin_is_asked_for_twice_and_not_shown(
    db: str, monkeypatch: pytest.MonkeyPatch, capsys: Said
) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setattr(sys, "stdin", Terminal())
    answers = iter(["7391", "7392", "7391", "7391", "1111"])
    monkeypatch.setattr(getpass, "getpass", lambda _: next(answers))
    arguments = ("add", "Kim", "--role", "administrator")
    assert users(*arguments, db=db) == 2
    assert "not the same" in capsys.readouterr().err
    assert users(*arguments, db=db) == 0
    # What is no good is said before it is asked for again.
    assert users("pin", "Kim", db=db) == 2
    output = capsys.readouterr()
    assert "7391" not in output.out + output.err


def test_nobody_is_listed_as_nobody(db: str, capsys: Said) -> None:
    with open_store(db):
        pass
    assert users("list", db=db) == 0
    assert "nobody: everybody may do everything" in capsys.readouterr().out
    assert listed(db, capsys) == []


def test_a_database_that_is_not_there_is_not_made_by_looking(tmp_path: Path, capsys: Said) -> None:
    missing = tmp_path / "none.db"
    for action in (("list",), ("role", "Kim", "operator"), ("deactivate", "Kim")):
        assert users(*action, db=str(missing)) == 2
        assert "there is no database" in capsys.readouterr().err
    assert not missing.exists()
