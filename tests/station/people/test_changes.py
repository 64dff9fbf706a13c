"""Who may sign in is changed by administrators only, and every change is sealed."""

from __future__ import annotations

import sqlite3
import threading
from contextlib import closing
from pathlib import Path

import pytest
from bench_people import ADMIN, BY_ADMIN, OPERATOR, OTHER, SECRETS, SHELL, SUPERVISOR, add_everybody

from station.errors import StoreError
from station.people.changes import (
    Word,
    add_person,
    list_people,
    set_active,
    set_role,
    set_secret,
)
from station.people.hashing import fits
from station.people.trouble import PeopleError, Trouble
from station.person import Person, Role
from station.store.store import Store, open_store
from station.store.verify import Fault, audit


def refused(trouble: Trouble) -> pytest.RaisesExc[PeopleError]:
    return pytest.RaisesExc(PeopleError, check=lambda error: error.trouble is trouble)


def test_the_first_must_be_an_administrator(store: Store) -> None:
    with refused(Trouble.FIRST_RULES):
        add_person(store, SHELL, "Kim", Role.OPERATOR, "2580")
    assert list_people(store) == []
    assert store.events() == []
    # At the window, the first one adds themself.
    added = add_person(store, BY_ADMIN, ADMIN.name, Role.ADMINISTRATOR, "7391")
    assert added.person == ADMIN
    (event,) = store.events()
    assert event.kind == "people"
    assert "Kim Younghee was added as administrator" in event.text
    assert "From now on one signs in here" in event.text


def test_everybody_is_listed_in_order_with_what_they_are_now(store: Store) -> None:
    add_everybody(store)
    set_role(store, BY_ADMIN, OTHER.name, Role.SUPERVISOR)
    set_active(store, BY_ADMIN, "b. JONES", False)
    found = [(known.name, known.role, known.active) for known in list_people(store)]
    assert found == [
        (ADMIN.name, Role.ADMINISTRATOR, True),
        (SUPERVISOR.name, Role.SUPERVISOR, False),
        (OPERATOR.name, Role.OPERATOR, True),
        (OTHER.name, Role.SUPERVISOR, True),
    ]
    assert list_people(store)[1].changed_by == ADMIN.name
    set_active(store, BY_ADMIN, SUPERVISOR.name, True)
    assert list_people(store)[1].active


@pytest.mark.parametrize("spelling", ["김 철수", " 김  철수 ", "\u1100\u1175\u11b7 철수"])
def test_a_name_is_taken_in_any_spelling(store: Store, spelling: str) -> None:
    """Doubled spaces, and Hangul in the pieces that some keyboards send."""
    add_everybody(store)
    with refused(Trouble.NAME_TAKEN):
        add_person(store, BY_ADMIN, spelling, Role.OPERATOR, "2580")


def test_capitals_do_not_make_another_person(store: Store) -> None:
    add_everybody(store)
    set_active(store, BY_ADMIN, OTHER.name, False)
    with pytest.raises(PeopleError, match=r"'A. Smith' already \(who may not sign in"):
        add_person(store, BY_ADMIN, "a. SMITH", Role.OPERATOR, "2580")


@pytest.mark.parametrize("name", ["", "   ", "x" * 61, "A\u0000B", "A\u202eB"])
def test_what_is_no_name_is_refused(store: Store, name: str) -> None:
    with refused(Trouble.NAME_ODD):
        add_person(store, SHELL, name, Role.ADMINISTRATOR, "7391")


def test_the_last_administrator_stays(store: Store) -> None:
    add_everybody(store)
    for change in (
        lambda: set_active(store, SHELL, ADMIN.name, False),
        lambda: set_role(store, SHELL, ADMIN.name, Role.SUPERVISOR),
        lambda: set_role(store, BY_ADMIN, "KIM younghee", Role.OPERATOR),
    ):
        with refused(Trouble.LAST_RULES):
            change()
    set_role(store, BY_ADMIN, OTHER.name, Role.ADMINISTRATOR)
    set_active(store, BY_ADMIN, OTHER.name, False)
    with refused(Trouble.LAST_RULES):  # one who may not sign in does not count
        set_active(store, BY_ADMIN, ADMIN.name, False)
    set_active(store, BY_ADMIN, OTHER.name, True)
    set_active(store, BY_ADMIN, ADMIN.name, False)
    assert [k.name for k in list_people(store) if not k.active] == [ADMIN.name]


@pytest.mark.parametrize("author", [SUPERVISOR, OPERATOR, Person("Nobody", Role.ADMINISTRATOR)])
def test_only_an_administrator_changes_anything(store: Store, author: Person) -> None:
    """What counts is what the database says of the author, not what the window believes."""
    add_everybody(store)
    word = Word(Person(author.name, Role.ADMINISTRATOR), "bench-1")
    before, told = list_people(store), len(store.events())
    for change in (
        lambda: add_person(store, word, "New", Role.OPERATOR, "2580"),
        lambda: set_role(store, word, OPERATOR.name, Role.ADMINISTRATOR),
        lambda: set_active(store, word, OTHER.name, False),
        lambda: set_secret(store, word, OTHER.name, "2580"),
    ):
        with refused(Trouble.NO_RIGHT):
            change()
    assert list_people(store) == before
    assert len(store.events()) == told


def test_an_administrator_who_was_shut_out_changes_nothing_more(store: Store) -> None:
    add_everybody(store)
    set_role(store, BY_ADMIN, OTHER.name, Role.ADMINISTRATOR)
    set_active(store, Word(OTHER, "bench-1"), ADMIN.name, False)
    with refused(Trouble.NO_RIGHT):
        set_active(store, BY_ADMIN, ADMIN.name, True)


def test_a_secret_is_changed_by_its_owner_or_an_administrator(store: Store) -> None:
    add_everybody(store)
    own = Word(OPERATOR, "bench-1")
    with refused(Trouble.WRONG):
        set_secret(store, own, OPERATOR.name, "8642", old_secret="1111")
    with refused(Trouble.NO_RIGHT):  # the right one, but of somebody else
        set_secret(store, own, OTHER.name, "8642", old_secret=SECRETS[OTHER.name])
    set_secret(store, own, OPERATOR.name, "8642", old_secret=SECRETS[OPERATOR.name])
    set_secret(store, BY_ADMIN, SUPERVISOR.name, "a new password")
    known = {k.name: k for k in list_people(store)}
    assert fits(known[OPERATOR.name].secret, "8642")
    assert not fits(known[OPERATOR.name].secret, SECRETS[OPERATOR.name])
    assert fits(known[SUPERVISOR.name].secret, "a new password")


def test_nobody_of_that_name_is_told_with_who_there_is(store: Store) -> None:
    add_everybody(store)
    with pytest.raises(PeopleError, match=r"nobody called 'Lee'; known: Kim Younghee, B. Jones"):
        set_role(store, BY_ADMIN, "Lee", Role.OPERATOR)


def test_all_of_it_stands_in_the_chain_and_no_secret_does(store: Store, tmp_path: Path) -> None:
    add_everybody(store)
    set_role(store, BY_ADMIN, OTHER.name, Role.SUPERVISOR)
    set_secret(store, BY_ADMIN, OTHER.name, "864213")
    set_active(store, BY_ADMIN, OTHER.name, False)
    texts = [event.text for event in store.events()]
    assert texts[4:] == [
        "A. Smith is supervisor now, was operator, by Kim Younghee.",
        "A. Smith has a new PIN or password, by Kim Younghee.",
        "A. Smith may no longer sign in, by Kim Younghee.",
    ]
    found = audit(store.database)
    assert found.broken is None
    assert found.sealed["person"] == 7
    store.database.close()
    everything = b"".join(path.read_bytes() for path in tmp_path.glob("x.db*"))
    assert "864213" not in " ".join(texts)
    for secret in (*SECRETS.values(), "864213"):
        # As a text of its own: the digits may well be part of some hash.
        assert f'"{secret}"'.encode() not in everything
        assert f" {secret} ".encode() not in everything
    assert b"correct horse" not in everything


@pytest.mark.parametrize(
    ("statement", "fault"),
    [
        ("UPDATE people SET role = 'administrator' WHERE name = 'A. Smith'", Fault.CHANGED_ROW),
        ("UPDATE people SET secret = (SELECT secret FROM people) WHERE id = 4", Fault.CHANGED_ROW),
        ("DELETE FROM people WHERE id = 4", Fault.MISSING_ROW),
        ("INSERT INTO people SELECT 9, name_key, name, 'administrator', secret, state, changed_by,"
         " at FROM people WHERE id = 4", Fault.EXTRA_ROW),
    ],
)  # fmt: skip
def test_a_right_that_somebody_gave_themself_is_found(
    tmp_path: Path, statement: str, fault: Fault
) -> None:
    path = tmp_path / "y.db"
    with open_store(str(path)) as store:
        add_everybody(store)
    with closing(sqlite3.connect(path, isolation_level=None)) as raw:
        for change in ("update", "delete"):
            raw.execute(f"DROP TRIGGER people_no_{change}")
        assert raw.execute(statement).rowcount == 1
    with open_store(str(path)) as store:
        broken = audit(store.database).broken
    assert broken is not None
    assert (broken.fault, broken.kind) == (fault, "person")


def test_two_windows_cannot_shut_out_the_last_two_administrators(tmp_path: Path) -> None:
    """Each looks, each sees another administrator: only one of them may act on it."""
    url = str(tmp_path / "y.db")
    with open_store(url) as store:
        add_everybody(store)
        set_role(store, BY_ADMIN, OTHER.name, Role.ADMINISTRATOR)
    outcomes: list[object] = []
    barrier = threading.Barrier(2)

    def shut_out(name: str) -> None:
        with open_store(url) as store:
            barrier.wait()
            try:
                outcomes.append(set_active(store, SHELL, name, False).name)
            except PeopleError as error:
                outcomes.append(error.trouble)

    threads = [threading.Thread(target=shut_out, args=(p.name,)) for p in (ADMIN, OTHER)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outcomes.count(Trouble.LAST_RULES) == 1
    with open_store(url) as store:
        active = [k for k in list_people(store) if k.active and k.role is Role.ADMINISTRATOR]
        assert len(active) == 1


def test_a_change_that_cannot_be_written_down_is_not_made(store: Store) -> None:
    """The event is of the same transaction: without it, no right is given."""
    add_everybody(store)
    with store.database.writing() as connection:
        connection.exec_driver_sql(
            "CREATE TRIGGER no_more BEFORE INSERT ON events BEGIN SELECT RAISE(ABORT, 'full'); END"
        )
    with pytest.raises(StoreError, match="full"):
        set_role(store, BY_ADMIN, OTHER.name, Role.ADMINISTRATOR)
    assert list_people(store)[3].role is Role.OPERATOR
