"""Signing in: the right secret, a wrong one, too many wrong ones; what is written of it."""

from __future__ import annotations

import pytest
from argon2 import PasswordHasher
from bench_people import BY_ADMIN, OPERATOR, OTHER, SECRETS, SUPERVISOR, add_everybody

from station.people import hashing
from station.people.changes import list_people, set_active, set_secret
from station.people.sign_in import FIRST_WAIT_S, LONGEST_WAIT_S, Tries, sign_in
from station.people.trouble import PeopleError, Trouble
from station.person import Person
from station.sayings import Severity
from station.store.store import Store
from station.store.verify import audit


class Clock:
    """Seconds that pass when told."""

    def __init__(self) -> None:
        self.now_s = 1000.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def tries(clock: Clock) -> Tries:
    return Tries(clock)


@pytest.fixture(autouse=True)
def everybody(store: Store) -> None:
    add_everybody(store)


def attempt(store: Store, tries: Tries, name: str, secret: str) -> Person | Trouble:
    try:
        return sign_in(store, name, secret, tries=tries, station="bench-1")
    except PeopleError as error:
        return error.trouble


def test_name_and_secret_that_belong_together_let_in(store: Store, tries: Tries) -> None:
    assert attempt(store, tries, OPERATOR.name, "2580") == OPERATOR
    assert attempt(store, tries, " b. JONES", "correct horse") == SUPERVISOR
    texts = [event.text for event in store.events()][-2:]
    assert texts == ["김 철수 signed in as operator.", "B. Jones signed in as supervisor."]
    assert audit(store.database).broken is None


@pytest.mark.parametrize("secret", ["", "2581", "25800", " 2580", "7391", "correct horse"])
def test_any_other_secret_does_not(store: Store, tries: Tries, secret: str) -> None:
    before = len(store.events())
    assert attempt(store, tries, OPERATOR.name, secret) is Trouble.WRONG
    assert len(store.events()) == before


def test_nobody_unknown_or_shut_out_is_let_in_and_neither_is_told_apart(
    store: Store, tries: Tries
) -> None:
    set_active(store, BY_ADMIN, OTHER.name, False)
    said = []
    for name, secret in (("Lee", "2580"), (OTHER.name, SECRETS[OTHER.name]), (OTHER.name, "1")):
        with pytest.raises(PeopleError) as caught:
            sign_in(store, name, secret, tries=Tries(), station="bench-1")
        said.append(str(caught.value).replace(name, "NAME"))
        assert caught.value.trouble is Trouble.WRONG
    assert len(set(said)) == 1


def test_after_three_wrong_ones_nothing_is_tried_and_longer_each_time(
    store: Store, tries: Tries, clock: Clock
) -> None:
    name = OPERATOR.name
    assert [attempt(store, tries, name, "0001") for _ in range(3)] == [Trouble.WRONG] * 3
    waits = []
    for _ in range(9):
        waits.append(tries.wait_s(name))
        # The right one is not even looked at.
        assert attempt(store, tries, name, "2580") is Trouble.WAIT
        clock.now_s += waits[-1] - 0.001
        assert attempt(store, tries, name, "2580") is Trouble.WAIT
        clock.now_s += 0.001
        assert attempt(store, tries, name, "0001") is Trouble.WRONG
    assert waits[:4] == pytest.approx([FIRST_WAIT_S, 10.0, 20.0, 40.0])
    assert waits[-1] == pytest.approx(LONGEST_WAIT_S)
    told = [e for e in store.events() if e.severity is Severity.WARNING]
    assert len(told) == 10
    assert "3 wrong tries in a row to sign in as '김 철수'" in told[0].text
    assert not any("0001" in event.text for event in store.events())


def test_others_do_not_wait_and_the_right_one_ends_the_row(
    store: Store, tries: Tries, clock: Clock
) -> None:
    for _ in range(3):
        attempt(store, tries, OPERATOR.name, "0001")
    assert attempt(store, tries, OTHER.name, SECRETS[OTHER.name]) == OTHER
    clock.now_s += FIRST_WAIT_S
    assert attempt(store, tries, OPERATOR.name, "2580") == OPERATOR
    assert attempt(store, tries, OPERATOR.name, "0001") is Trouble.WRONG
    assert tries.wait_s(OPERATOR.name) == 0.0


def test_a_new_secret_counts_at_once(store: Store, tries: Tries) -> None:
    set_secret(store, BY_ADMIN, OPERATOR.name, "8642")
    assert attempt(store, tries, OPERATOR.name, "2580") is Trouble.WRONG
    assert attempt(store, tries, OPERATOR.name, "8642") == OPERATOR


def test_an_old_hash_is_made_anew_at_the_next_sign_in(
    store: Store, tries: Tries, monkeypatch: pytest.MonkeyPatch
) -> None:
    stronger = PasswordHasher(time_cost=2, memory_cost=16, parallelism=1)
    monkeypatch.setattr(hashing, "HASHER", stronger)
    before = list_people(store)[2].secret
    assert attempt(store, tries, OPERATOR.name, "2581") is Trouble.WRONG
    assert list_people(store)[2].secret == before
    assert attempt(store, tries, OPERATOR.name, "2580") == OPERATOR
    after = list_people(store)[2].secret
    assert "m=16,t=2,p=1" in after and "m=16" not in before
    assert attempt(store, tries, OPERATOR.name, "2580") == OPERATOR
    assert list_people(store)[2].secret == after
    assert audit(store.database).broken is None
