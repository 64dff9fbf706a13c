"""Whom results can be told: one name, one kind of settings and one opener for each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from station.outbox.message import Message
from station.outbox.mqtt import open_mqtt
from station.outbox.settings import MqttSettings, WebhookSettings
from station.outbox.webhook import open_webhook


class Destination(Protocol):
    """Takes one message after the other, from one thread."""

    def deliver(self, message: Message) -> None:
        """Hand over one message; on return the receiver has it.

        Raises RefusedError where the receiver does not want it, else DeliveryError.
        """

    def idle(self) -> None:
        """Called now and then while nothing waits. Raises DeliveryError."""

    def close(self) -> None:
        """Leave, within a second."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One way to tell others."""

    settings: type[WebhookSettings] | type[MqttSettings]
    """Fields are the keys of an `[[outbox]]` table."""
    open: Callable[[Any, str], Destination]
    """Settings and the station's name -> Destination. Raises ConfigError; connects later."""


DESTINATIONS = {
    "webhook": Kind(WebhookSettings, open_webhook),
    "mqtt": Kind(MqttSettings, open_mqtt),
}


def open_destination(settings: WebhookSettings | MqttSettings, station: str) -> Destination:
    """The destination that these settings describe. Raises ConfigError."""
    kind = next(k for k in DESTINATIONS.values() if isinstance(settings, k.settings))
    return kind.open(settings, station)
