"""The outbox: what must be told to others, kept until each of them has it, in order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.engine import Connection

from station.errors import StoreError
from station.store.tables import DestinationRow, MessageRow


@dataclass(frozen=True, slots=True)
class Message:
    """One thing to tell."""

    id: int
    """Higher than of all messages before; never given twice."""
    kind: str
    """What the payload is: `inspection`..."""
    payload: Mapping[str, Any]
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Destination:
    """One of the others, and how far it has been told."""

    name: str
    delivered_up_to: int
    """Number of the last message it has; 0: none yet."""
    waiting: int
    """Messages it has not."""
    oldest_at: datetime | None
    """When the first of those was written; None where nothing waits."""
    attempts: int
    """In a row without success."""
    next_try_at: datetime | None
    last_error: str | None


def set_destinations(connection: Connection, names: Sequence[str]) -> list[Destination]:
    """Make these the destinations: a new one is told what is written from now on.

    Returns those that are no longer among them: what waited for them only is removed.
    """
    before = destinations(connection)
    known = {destination.name for destination in before}
    gone = known - set(names)
    if gone:
        connection.execute(delete(DestinationRow).where(DestinationRow.name.in_(gone)))
    last = _last_given(connection)
    for name in dict.fromkeys(names):
        if name not in known:
            row = {"name": name, "delivered_up_to": last, "attempts": 0}
            connection.execute(insert(DestinationRow), [row])
    _trim(connection)
    return [destination for destination in before if destination.name in gone]


def write_messages(
    connection: Connection, kind: str, payloads: Sequence[tuple[str | None, Mapping[str, Any]]]
) -> None:
    """One message for each (part uuid, payload), where there is anyone to tell."""
    if not payloads or not connection.scalar(select(func.count()).select_from(DestinationRow)):
        return
    now = datetime.now(timezone.utc)
    connection.execute(
        insert(MessageRow),
        [
            {"kind": kind, "part_uuid": uuid, "payload": dict(payload), "created_at": now}
            for uuid, payload in payloads
        ],
    )


def messages_after(connection: Connection, destination: str, limit: int) -> list[Message]:
    """The next messages for a destination, oldest first."""
    row = _destination(connection, destination)
    found = connection.execute(
        select(MessageRow)
        .where(MessageRow.id > row.delivered_up_to)
        .order_by(MessageRow.id)
        .limit(limit)
    )
    return [Message(m.id, m.kind, m.payload, m.created_at) for m in found]


def mark_delivered(connection: Connection, destination: str, message_id: int) -> None:
    """A destination has everything up to this message; what all have is removed."""
    row = _destination(connection, destination)
    if message_id > _last_given(connection):
        raise StoreError(
            "{destination!r} cannot have message {message_id}: no such message was written.",
            destination=destination,
            message_id=message_id,
        )
    connection.execute(
        update(DestinationRow)
        .where(DestinationRow.name == destination)
        .values(
            delivered_up_to=max(message_id, row.delivered_up_to),
            attempts=0,
            next_try_at=None,
            last_error=None,
        )
    )
    _trim(connection)


def mark_failed(
    connection: Connection, destination: str, error: str, next_try_at: datetime
) -> None:
    """A destination could not be told."""
    row = _destination(connection, destination)
    connection.execute(
        update(DestinationRow)
        .where(DestinationRow.name == destination)
        .values(attempts=row.attempts + 1, next_try_at=next_try_at, last_error=error)
    )


def destinations(connection: Connection) -> list[Destination]:
    """All destinations, by name."""
    found = []
    for row in connection.execute(select(DestinationRow).order_by(DestinationRow.name)).all():
        waiting, oldest = connection.execute(
            select(func.count(), func.min(MessageRow.created_at)).where(
                MessageRow.id > row.delivered_up_to
            )
        ).one()
        found.append(
            Destination(
                row.name, row.delivered_up_to, waiting, oldest,
                row.attempts, row.next_try_at, row.last_error,
            )
        )  # fmt: skip
    return found


def _destination(connection: Connection, name: str) -> Any:
    row = connection.execute(select(DestinationRow).where(DestinationRow.name == name)).first()
    if row is None:
        known = ", ".join(connection.scalars(select(DestinationRow.name))) or "none"
        raise StoreError(
            "{name!r} is not a destination of this database (there: {known}). Name it in "
            "station.toml under [[outbox]], and start the station.",
            name=name,
            known=known,
        )
    return row


def _last_given(connection: Connection) -> int:
    """The highest number that a message or a destination has; removed messages count too."""
    last = connection.scalar(select(func.max(MessageRow.id))) or 0
    told = connection.scalar(select(func.max(DestinationRow.delivered_up_to))) or 0
    return max(last, told)


def _trim(connection: Connection) -> None:
    least = connection.scalar(select(func.min(DestinationRow.delivered_up_to)))
    if least is None:
        connection.execute(delete(MessageRow))
    else:
        connection.execute(delete(MessageRow).where(MessageRow.id <= least))
