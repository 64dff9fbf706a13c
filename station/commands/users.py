"""`station users`: who may sign in at the bench."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from station.exits import EXIT_CODES, OK

if TYPE_CHECKING:
    from station.people.changes import Word
    from station.people.known import Known

ROLES = ("operator", "supervisor", "administrator")
"""As station.people.known has them, which is heavier."""


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `users`."""
    parser = commands.add_parser(
        "users",
        help="who may sign in at the bench",
        description="Without users, everybody may do everything at the window. The first one, an "
        "administrator, switches signing in on. Every change is written down and sealed; PINs and "
        "passwords are kept as hashes only. Whoever may write the database may use this command: "
        "that is also the way out of a forgotten administrator's PIN.",
        epilog="examples:\n"
        '  station users add "A. Smith" --role administrator --db inspections/inspections.db\n'
        '  station users role "B. Jones" supervisor --db inspections/inspections.db\n'
        "  station users list --db inspections/inspections.db --json\n\n" + EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    actions = parser.add_subparsers(required=True, metavar="ACTION")
    listed = actions.add_parser("list", help="everybody who is known")
    listed.set_defaults(command=_list)
    listed.add_argument("--json", action="store_true", help="one JSON object per line")
    added = actions.add_parser("add", help="let somebody sign in; asks for the PIN or password")
    added.set_defaults(command=_add)
    added.add_argument("--role", required=True, choices=ROLES, help="what the person may do")
    role = actions.add_parser("role", help="give somebody another role")
    role.set_defaults(command=_role)
    pin = actions.add_parser("pin", help="give somebody a new PIN or password; asks for it")
    pin.set_defaults(command=_pin)
    out = actions.add_parser("deactivate", help="somebody may no longer sign in")
    out.set_defaults(command=_active, active=False)
    again = actions.add_parser("activate", help="somebody may sign in again")
    again.set_defaults(command=_active, active=True)
    for action in (added, role, pin, out, again):
        action.add_argument("name", metavar="NAME", help="as records will carry it")
        action.add_argument("--station", metavar="NAME", help="in the log; default: this machine")
    role.add_argument("role", choices=ROLES, help="what the person may do")
    for action in (added, pin):
        action.add_argument(
            "--pin-stdin", action="store_true",
            help="read the PIN or password from the first line of standard input",
        )  # fmt: skip
    for action in (listed, added, role, pin, out, again):
        action.add_argument(
            "--db", required=True, metavar="URL", help="database URL, or path of an SQLite file"
        )


def _list(arguments: argparse.Namespace) -> int:
    from station.people.changes import list_people
    from station.store.store import open_store

    with open_store(arguments.db, create=False) as store:
        known = list_people(store)
    if arguments.json:
        _print_json(known)
    elif not known:
        print("nobody: everybody may do everything at the window. Add an administrator first.")
    else:
        _print_table(known)
    return OK


def _print_json(known: list[Known]) -> None:
    import json

    for person in known:
        row = {
            "name": person.name,
            "role": person.role.name.lower(),
            "active": person.active,
            "changed_by": person.changed_by,
            "changed_at": person.at.isoformat(),
        }
        print(json.dumps(row, ensure_ascii=False))


def _print_table(known: list[Known]) -> None:
    from datetime import timezone

    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    from station.console import PIPE_COLUMNS

    console = Console()
    if not console.is_terminal:
        console = Console(width=PIPE_COLUMNS)
    table = Table()
    for column in ("name", "role", "may sign in", "changed (UTC)", "by"):
        table.add_column(column, overflow="fold")
    for person in known:
        table.add_row(
            escape(person.name),
            person.role.name.lower(),
            "yes" if person.active else "no",
            f"{person.at.astimezone(timezone.utc):%Y-%m-%d %H:%M:%S}",
            escape(person.changed_by),
        )
    console.print(table)


def _add(arguments: argparse.Namespace) -> int:
    from station.people.changes import add_person, list_people
    from station.people.known import role_of
    from station.store.store import open_store

    # The first user may well come before the first part: the database is made.
    with open_store(arguments.db) as store:
        first = not list_people(store)
        role = role_of(arguments.role)
        person = add_person(store, _word(arguments), arguments.name, role, _secret(arguments))
    print(f"{person.name} was added as {person.role.name.lower()}")
    if first:
        print("From now on one signs in at this bench's window.")
    return OK


def _role(arguments: argparse.Namespace) -> int:
    from station.people.changes import set_role
    from station.people.known import role_of
    from station.store.store import open_store

    with open_store(arguments.db, create=False) as store:
        person = set_role(store, _word(arguments), arguments.name, role_of(arguments.role))
    print(f"{person.name} is {person.role.name.lower()} now")
    return OK


def _pin(arguments: argparse.Namespace) -> int:
    from station.people.changes import list_people, set_secret
    from station.people.known import key_of
    from station.people.trouble import PeopleError, Trouble
    from station.store.store import open_store

    with open_store(arguments.db, create=False) as store:
        known = [person.name for person in list_people(store)]
        if key_of(arguments.name) not in map(key_of, known):  # before anybody types a PIN twice
            text = f"there is nobody called {arguments.name!r}; known: {', '.join(known)}."
            raise PeopleError(Trouble.NAME_UNKNOWN, text, name=arguments.name)
        person = set_secret(store, _word(arguments), arguments.name, _secret(arguments))
    print(f"{person.name} has a new PIN or password")
    if not person.active:
        print("but may not sign in: let them in again with `station users activate`")
    return OK


def _active(arguments: argparse.Namespace) -> int:
    from station.people.changes import set_active
    from station.store.store import open_store

    with open_store(arguments.db, create=False) as store:
        person = set_active(store, _word(arguments), arguments.name, arguments.active)
    print(f"{person.name} may {'sign in again' if person.active else 'no longer sign in'}")
    return OK


def _word(arguments: argparse.Namespace) -> Word:
    import getpass
    import platform

    from station.people.changes import Shell, Word

    return Word(Shell(getpass.getuser()), arguments.station or platform.node() or "unknown")


def _secret(arguments: argparse.Namespace) -> str:
    """What was typed, twice and unseen, or came in by standard input; checked before it is asked
    for again. Raises ConfigError."""
    import getpass

    from station.errors import ConfigError
    from station.people.hashing import checked_secret

    if arguments.pin_stdin:
        return checked_secret(sys.stdin.readline().rstrip("\r\n"))
    if not sys.stdin.isatty():
        raise ConfigError(
            "there is no terminal to ask for the PIN or password; give it on standard input with "
            "--pin-stdin."
        )
    first = checked_secret(getpass.getpass("PIN (4 digits or more) or password (8 or more): "))
    if getpass.getpass("the same again: ") != first:
        raise ConfigError("the two are not the same; nothing was changed. Start again.")
    return first
