"""Who is told of each verdict besides the database: webhooks and brokers, and the gate."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass

from engines.sentence import sentence
from station.config import StationConfig
from station.domain import Record
from station.gate.gate import Gate
from station.notices import Notices
from station.outbox.deliver import Delivery
from station.outbox.destinations import open_destination
from station.outbox.payload import payload_of
from station.sayings import Severity
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


def _name_destinations(config: StationConfig, store: Store, notices: Notices) -> None:
    """Say who is to be told. What waits for others stays: one start without the right file must
    not throw it away."""
    names = [outbox.name for outbox in config.outbox]
    for other in store.outbox_state():
        if other.name not in names and other.waiting:
            names.append(other.name)
            notices.tell(
                "outbox",
                sentence(
                    "{waiting} results wait for {name}, which is not in the configuration: "
                    "nobody sends them. Add it, or see `station outbox --help`.",
                    waiting=other.waiting,
                    name=other.name,
                ),
            )
    store.outbox_destinations(*names)


def open_neighbours(
    config: StationConfig, store: Store, notices: Notices, stack: ExitStack
) -> Neighbours:
    """Open all that the configuration names; they close with the stack.

    Raises ConfigError, and StoreError where the database does not answer.
    """
    _name_destinations(config, store, notices)

    def tell(kind: str, text: str) -> None:
        notices.tell(kind, text, Severity.INFO if kind == "outbox_back" else Severity.WARNING)

    gate = None
    if config.gate is not None:
        gate = stack.enter_context(Gate(config.gate, tell))
    deliveries = [
        stack.enter_context(
            Delivery(
                store,
                outbox.name,
                open_destination(outbox.to, config.station),
                tell,
                outbox.delivery,
            )
        )
        for outbox in config.outbox
    ]
    return Neighbours(tuple(deliveries), gate)
