"""Who is told of each verdict besides the database: webhooks and brokers, and the gate."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass

from station.config import StationConfig
from station.domain import Record
from station.gate.gate import Gate
from station.notices import Notices
from station.outbox.deliver import Delivery
from station.outbox.destinations import open_destination
from station.outbox.payload import payload_of
from station.store.store import Payload, Store


@dataclass(frozen=True, slots=True)
class Neighbours:
    """Threads of their own, each; none is ever waited for."""

    deliveries: tuple[Delivery, ...] = ()
    gate: Gate | None = None

    @property
    def payload(self) -> Payload | None:
        """Makes the message that is written with a record; None where nobody is to be told."""
        return payload_of if self.deliveries else None

    def tell(self, records: Sequence[Record]) -> None:
        """Records are on the disk. Returns at once."""
        if self.gate is not None:
            for record in records:
                self.gate.tell(record)
        for delivery in self.deliveries:
            delivery.nudge()


def open_neighbours(
    config: StationConfig, store: Store, notices: Notices, stack: ExitStack
) -> Neighbours:
    """Open all that the configuration names; they close with the stack.

    Raises ConfigError, and StoreError where the database does not answer.
    """
    gone = store.outbox_destinations(*(outbox.name for outbox in config.outbox))
    for destination in gone:
        notices.tell(
            "outbox",
            f"{destination.name} is no longer told of results: it is not in the configuration. "
            "What waited for it alone was removed.",
        )
    gate = None
    if config.gate is not None:
        gate = stack.enter_context(Gate(config.gate, notices.tell))
    deliveries = [
        stack.enter_context(
            Delivery(
                store,
                outbox.name,
                open_destination(outbox.to, config.station),
                notices.tell,
                outbox.delivery,
            )
        )
        for outbox in config.outbox
    ]
    return Neighbours(tuple(deliveries), gate)
