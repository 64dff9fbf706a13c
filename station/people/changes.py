"""Who may sign in: added, given another role or secret, shut out, let in again. By whose word each
was done stands in the chain; a PIN or password never does."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timezone

from station.people.hashing import checked_secret, fits, hash_of
from station.people.known import Known, key_of, name_of
from station.people.trouble import PeopleError, Trouble
from station.person import Person, Role
from station.sayings import Event, Severity
from station.store.people import Change, change_people, people
from station.store.store import Store

KIND = "people"
"""Of the events."""


@dataclass(frozen=True, slots=True)
class Shell:
    """Somebody with the machine's command line, who may do everything: for a forgotten PIN."""

    user: str

    @property
    def name(self) -> str:
        """As it stands in the chain."""
        return f"{self.user} at the command line"


Author = Person | Shell
"""By whose word something is changed."""


@dataclass(frozen=True, slots=True)
class Word:
    """Whose word it is, and where."""

    author: Author
    station: str


def list_people(store: Store) -> list[Known]:
    """Everybody who is known, active or not, in the order of being added. Raises StoreError."""
    return list(people(store).values())


def add_person(store: Store, word: Word, name: str, role: Role, secret: str) -> Known:
    """Let somebody sign in from now on; the first must be an administrator.

    Raises PeopleError: a name that is taken, also in another spelling, or none at all, a secret
    that is no good, no right to do it. Raises StoreError.
    """
    name, hashed = name_of(name), hash_of(checked_secret(secret))

    def change(known: Mapping[str, Known]) -> Change:
        if not known and role is not Role.ADMINISTRATOR:
            raise PeopleError(
                Trouble.FIRST_RULES,
                f"{name} would be the first who may sign in, and nobody could let in anybody "
                "else; add an administrator first.",
                name=name,
            )
        if known:
            _require_right(known, word)
        taken = known.get(key_of(name))
        if taken is not None:
            how = "" if taken.active else " (who may not sign in at present: let them in again)"
            text = f"there is {taken.name!r} already{how}; give another name."
            raise PeopleError(Trouble.NAME_TAKEN, text, name=taken.name)
        now = datetime.now(timezone.utc)
        first = "" if known else " From now on one signs in here."
        added = Known(name, role, hashed, True, word.author.name, now)
        return added, _event(word, now, f"{name} was added as {_said(role)}", first)

    return _changed(change_people(store, change))


def set_role(store: Store, word: Word, name: str, role: Role) -> Known:
    """Give somebody another role. Raises PeopleError, for the last administrator too, and
    StoreError."""

    def change(known: Mapping[str, Known]) -> Change:
        person = _found(known, word, name)
        if role is not Role.ADMINISTRATOR:
            _require_another_administrator(known, person)
        now = datetime.now(timezone.utc)
        changed = replace(person, role=role, changed_by=word.author.name, at=now)
        was = f"{person.name} is {_said(role)} now, was {_said(person.role)}"
        return changed, _event(word, now, was)

    return _changed(change_people(store, change))


def set_active(store: Store, word: Word, name: str, active: bool) -> Known:
    """Shut somebody out, or let them in again. Raises PeopleError, for the last administrator too,
    and StoreError."""

    def change(known: Mapping[str, Known]) -> Change:
        person = _found(known, word, name)
        if not active:
            _require_another_administrator(known, person)
        now = datetime.now(timezone.utc)
        changed = replace(person, active=active, changed_by=word.author.name, at=now)
        may = "may sign in again" if active else "may no longer sign in"
        return changed, _event(word, now, f"{person.name} {may}")

    return _changed(change_people(store, change))


def set_secret(
    store: Store, word: Word, name: str, secret: str, *, old_secret: str | None = None
) -> Known:
    """Give somebody a new PIN or password.

    old_secret: with the right one everybody may change their own. Raises PeopleError, StoreError.
    """
    hashed = hash_of(checked_secret(secret))
    own = old_secret is not None and _is_own(store, word, name, old_secret)

    def change(known: Mapping[str, Known]) -> Change:
        person = _found(known, word, name, needs_right=not own)
        now = datetime.now(timezone.utc)
        changed = replace(person, secret=hashed, changed_by=word.author.name, at=now)
        return changed, _event(word, now, f"{person.name} has a new PIN or password")

    return _changed(change_people(store, change))


def _is_own(store: Store, word: Word, name: str, old_secret: str) -> bool:
    person = people(store).get(key_of(name))
    if isinstance(word.author, Shell) or key_of(word.author.name) != key_of(name):
        return False
    if person is None or not fits(person.secret, old_secret):
        raise PeopleError(
            Trouble.WRONG, "the old PIN or password is not right; nothing was changed.", name=name
        )
    return True


def _found(known: Mapping[str, Known], word: Word, name: str, needs_right: bool = True) -> Known:
    if needs_right:
        _require_right(known, word)
    person = known.get(key_of(name))
    if person is None:
        there = ", ".join(p.name for p in known.values()) or "nobody"
        text = f"there is nobody called {name!r}; known: {there}."
        raise PeopleError(Trouble.NAME_UNKNOWN, text, name=name)
    return person


def _require_right(known: Mapping[str, Known], word: Word) -> None:
    if isinstance(word.author, Shell):
        return
    author = known.get(key_of(word.author.name))
    if author is None or not author.active or author.role is not Role.ADMINISTRATOR:
        raise PeopleError(
            Trouble.NO_RIGHT,
            f"{word.author.name} is no administrator, and only administrators say who may sign in.",
            name=word.author.name,
        )


def _require_another_administrator(known: Mapping[str, Known], person: Known) -> None:
    others = [
        p for p in known.values()
        if p.active and p.role is Role.ADMINISTRATOR and key_of(p.name) != key_of(person.name)
    ]  # fmt: skip
    if not others:
        raise PeopleError(
            Trouble.LAST_RULES,
            f"{person.name} is the last administrator: nobody could let in anybody any more. Make "
            "somebody else an administrator first.",
            name=person.name,
        )


def _said(role: Role) -> str:
    return role.name.lower()


def _event(word: Word, now: datetime, what: str, more: str = "") -> Event:
    text = f"{what}, by {word.author.name}.{more}"
    return Event(now, word.station, KIND, Severity.INFO, text)


def _changed(change: Change) -> Known:
    known, _ = change
    assert known is not None
    return known
