"""A real database with results in it, and a way to deliver them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from builders import a_record

from station.outbox.deliver import Delivery
from station.outbox.destinations import open_destination
from station.outbox.payload import payload_of
from station.outbox.settings import DeliverySettings, MqttSettings, WebhookSettings
from station.store.store import Store, open_store

QUICK = DeliverySettings(first_retry_s=0.02, longest_retry_s=0.1, alarm_after=3)


class Outbox:
    """A database whose results one destination, `mes`, is told."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.store: Store = open_store(str(path))
        self.store.outbox_destinations("mes")
        self.uuids: list[str] = []
        self.told: list[tuple[str, str]] = []

    def add(self, count: int = 1, **changes: Any) -> list[str]:
        """Write so many records, as inspection does; returns their uuids."""
        first = len(self.uuids)
        new = [f"{n:08d}-0000-4000-8000-000000000000" for n in range(first, first + count)]
        for uuid in new:
            self.store.add(a_record(uuid=uuid, **changes), outbox=payload_of)
        self.uuids += new
        return new

    @property
    def waiting(self) -> int:
        (state,) = self.store.outbox_state()
        return state.waiting

    @property
    def last_error(self) -> str | None:
        (state,) = self.store.outbox_state()
        return state.last_error

    @contextmanager
    def delivered_to(
        self, to: WebhookSettings | MqttSettings, settings: DeliverySettings = QUICK
    ) -> Iterator[Delivery]:
        destination = open_destination(to, "bench-1")
        with Delivery(
            self.store,
            "mes",
            destination,
            lambda kind, text: self.told.append((kind, text)),
            settings,
            poll_s=0.05,
        ) as delivery:
            yield delivery
