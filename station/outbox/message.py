"""A message as it waits in the database, and as it is sent."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from station.outbox.errors import RefusedError


class Message(Protocol):
    """One message of the outbox, as the store hands it out."""

    @property
    def id(self) -> int:
        """Its place in the order of one database."""

    @property
    def kind(self) -> str:
        """What it tells of: `inspection`."""

    @property
    def payload(self) -> Mapping[str, Any]:
        """What `station.outbox.payload` made."""

    @property
    def created_at(self) -> datetime:
        """Aware, UTC."""


class State(Protocol):
    """How one destination stands."""

    @property
    def name(self) -> str:
        """As in the configuration."""

    @property
    def next_try_at(self) -> datetime | None:
        """Aware, UTC; None after a success, and when a person wants it tried now."""


class Queue(Protocol):
    """What delivering asks of `station.store`."""

    def outbox_after(self, destination: str, limit: int) -> Sequence[Message]:
        """The next messages that the destination has not had, in order."""

    def outbox_delivered(self, destination: str, message_id: int) -> None:
        """The destination has everything up to this message."""

    def outbox_failed(self, destination: str, error: str, next_try_at: datetime) -> None:
        """The next message did not get through."""

    def outbox_state(self) -> Sequence[State]:
        """All destinations."""


def key_of(message: Message) -> str:
    """What tells a repeated message from a new one, for ever and across databases.

    `KIND:UUID` from the payload, not the row's number: that one starts again at 1 in a new
    database, and a receiver that remembers it would take new results for old ones.
    """
    return f"{message.kind}:{message.payload.get('uuid', message.id)}"


def body_of(message: Message) -> bytes:
    """UTF-8 JSON: `id`, `kind`, then the payload. The same bytes at every attempt.

    Raises RefusedError for a payload that JSON cannot hold.
    """
    body = {"id": key_of(message), "kind": message.kind, **message.payload}
    try:
        text = json.dumps(body, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        return text.encode()
    except (TypeError, ValueError) as error:
        raise RefusedError(
            "message {id} cannot be written as JSON ({error}). It can only be set aside; "
            "its record is in the database.",
            id=message.id,
            error=error,
        ) from error
