"""People of a bench, for tests: an administrator, a supervisor, two operators."""

from __future__ import annotations

from station.people.changes import Shell, Word, add_person
from station.person import Person, Role
from station.store.store import Store

ADMIN = Person("Kim Younghee", Role.ADMINISTRATOR)
SUPERVISOR = Person("B. Jones", Role.SUPERVISOR)
OPERATOR = Person("김 철수", Role.OPERATOR)
OTHER = Person("A. Smith", Role.OPERATOR)
SECRETS = {ADMIN.name: "7391", SUPERVISOR.name: "correct horse", OPERATOR.name: "2580",
           OTHER.name: "90210"}  # fmt: skip
SHELL = Word(Shell("root"), "bench-1")
BY_ADMIN = Word(ADMIN, "bench-1")


def add_everybody(store: Store) -> None:
    for person in (ADMIN, SUPERVISOR, OPERATOR, OTHER):
        add_person(store, SHELL, person.name, person.role, SECRETS[person.name])
