"""Who may sign in, as the database keeps it: a row for every change, sealed like any other."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import RowMapping, func, select
from sqlalchemy.engine import Connection

from station.people.known import ROLES, Known, key_of
from station.sayings import Event
from station.store.rows import event_columns
from station.store.store import Store
from station.store.tables import EventRow, PersonRow, StationRow
from station.store.writing import write_names, write_sealed

Change = tuple[Known | None, Event]
"""What somebody is from now on (None: as before), and what the log says of it."""


def people(store: Store) -> dict[str, Known]:
    """Everybody who is known, active or not, by `key_of`; in the order of first being added.
    Raises StoreError."""
    with store.database.reading() as connection:
        return _people(connection)


def change_people(store: Store, change: Callable[[Mapping[str, Known]], Change]) -> Change:
    """Change somebody, and write down that it was done: both, or neither.

    change: is told who is known and says what is to be written; what it raises leaves everything
    as it was. Nobody else changes anything meanwhile. Raises StoreError.
    """
    with store.database.writing() as connection:
        known, event = change(_people(connection))
        write_names(connection, {(StationRow, event.station)})
        if known is not None:
            write_sealed(connection, "person", PersonRow, [_columns(known)])
        write_sealed(connection, "event", EventRow, [event_columns(event)])
    return known, event


def _people(connection: Connection) -> dict[str, Known]:
    newest = select(func.max(PersonRow.id)).group_by(PersonRow.name_key)
    first = (
        select(PersonRow.name_key, func.min(PersonRow.id).label("id"))
        .group_by(PersonRow.name_key)
        .subquery()
    )
    query = (
        select(PersonRow)
        .join(first, first.c.name_key == PersonRow.name_key)
        .where(PersonRow.id.in_(newest))
        .order_by(first.c.id)
    )
    return {row["name_key"]: _known(row) for row in connection.execute(query).mappings()}


def _known(row: RowMapping) -> Known:
    return Known(
        row["name"], ROLES[row["role"]], row["secret"], row["state"] == "active",
        row["changed_by"], row["at"],
    )  # fmt: skip


def _columns(known: Known) -> dict[str, Any]:
    return {
        "name_key": key_of(known.name),
        "name": known.name,
        "role": known.role.name.lower(),
        "secret": known.secret,
        "state": "active" if known.active else "inactive",
        "changed_by": known.changed_by,
        "at": known.at,
    }
