"""Signing in, and what is written of who came and went. Wrong tries are counted in memory, by name:
after a few in a row nothing is tried for a while, and longer each time."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timezone

from station.people.changes import KIND, Word, set_secret
from station.people.hashing import fits, hash_of, is_outdated
from station.people.known import Known, key_of
from station.people.trouble import PeopleError, Trouble
from station.person import Person
from station.sayings import Event, Severity
from station.store.people import Change, change_people, people
from station.store.store import Store

FREE_TRIES = 3
"""So many wrong ones in a row cost nothing but themselves."""
FIRST_WAIT_S, LONGEST_WAIT_S = 5.0, 300.0
"""After the last of them; doubled by each further one, up to this. A PIN of 4 digits then takes a
month to be tried through, on average half of that; every row of tries stands in the chain."""


@dataclass(slots=True)
class Tries:
    """Wrong tries in a row, by name; one for each window. May be used from several threads."""

    clock: Callable[[], float] = time.monotonic
    """Seconds."""
    _wrong: dict[str, int] = field(default_factory=dict)
    _until: dict[str, float] = field(default_factory=dict)
    _turn: threading.Lock = field(default_factory=threading.Lock)

    def wait_s(self, name: str) -> float:
        """How long nothing is tried for that name; 0: now."""
        return max(0.0, self._until.get(key_of(name), 0.0) - self.clock())

    def failed(self, name: str) -> int:
        """One more; how many there are in a row now."""
        with self._turn:
            key = key_of(name)
            wrong = self._wrong[key] = self._wrong.get(key, 0) + 1
            if wrong >= FREE_TRIES:
                doubled = min(wrong - FREE_TRIES, 16)
                wait_s = min(FIRST_WAIT_S * 2.0**doubled, LONGEST_WAIT_S)
                self._until[key] = self.clock() + wait_s
            return wrong

    def forget(self, name: str) -> None:
        """The right one was given."""
        with self._turn:
            self._wrong.pop(key_of(name), None)
            self._until.pop(key_of(name), None)


def sign_in(store: Store, name: str, secret: str, *, tries: Tries, station: str) -> Person:
    """Who this is, if name and secret belong together, which is written down; and so is a row of
    wrong tries. Raises PeopleError (Trouble.WRONG, WAIT), StoreError."""
    _refuse_early(tries, name)
    known = people(store).get(key_of(name))
    # As long for a name that nobody has as for one that somebody has.
    right = fits(_NOBODY if known is None else known.secret, secret)
    if known is None or not known.active or not right:
        raise _refusal(store, tries, name, station)
    tries.forget(name)
    # Outside the transaction, for it takes a while.
    renewed = hash_of(secret) if is_outdated(known.secret) else None
    change_people(store, lambda now: _let_in(now, known, renewed, station))
    return known.person


def change_own_secret(store: Store, word: Word, old: str, new: str, *, tries: Tries) -> Known:
    """Change the PIN or password of whose word it is; a wrong old one counts as a wrong try.

    Raises PeopleError, StoreError.
    """
    name = word.author.name
    _refuse_early(tries, name)
    try:
        return set_secret(store, word, name, new, old_secret=old)
    except PeopleError as error:
        if error.trouble is Trouble.WRONG:
            raise _refusal(store, tries, name, word.station) from error
        raise


def write_event(store: Store, station: str, text: str, severity: Severity = Severity.INFO) -> None:
    """Write of who came or went. text: English, one sentence. Raises StoreError."""
    store.add_event(Event(datetime.now(timezone.utc), station, KIND, severity, text))


def _let_in(now: Mapping[str, Known], known: Known, renewed: str | None, station: str) -> Change:
    if now.get(key_of(known.name)) != known:
        raise PeopleError(
            Trouble.WRONG,
            f"{known.name} was changed by somebody at this moment; try again.",
            name=known.name,
        )
    at = datetime.now(timezone.utc)
    text = f"{known.name} signed in as {known.role.name.lower()}."
    event = Event(at, station, KIND, Severity.INFO, text)
    if renewed is None:
        return None, event
    return replace(known, secret=renewed, changed_by=known.name, at=at), event


def _refuse_early(tries: Tries, name: str) -> None:
    wait_s = tries.wait_s(name)
    if wait_s > 0.0:
        raise PeopleError(
            Trouble.WAIT,
            f"too many wrong tries for {name!r}; try again in {wait_s:.0f} seconds.",
            name=name,
            wait_s=wait_s,
        )


def _refusal(store: Store, tries: Tries, name: str, station: str) -> PeopleError:
    wrong = tries.failed(name)
    wait_s = tries.wait_s(name)
    if wrong >= FREE_TRIES:
        text = f"{wrong} wrong tries in a row to sign in as {name!r}; nothing is tried for "
        write_event(store, station, f"{text}{wait_s:.0f} s.", Severity.WARNING)
    return PeopleError(
        Trouble.WRONG,
        f"name and PIN or password do not belong together ({wrong} wrong in a row for {name!r}).",
        name=name,
        wait_s=wait_s,
    )


_NOBODY = "$argon2id$v=19$m=65536,t=3,p=1$c29tZWJvZHktZWxzZQ$" + "A" * 43
"""The hash of no secret, with the settings of HASHER."""
