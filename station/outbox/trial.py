"""A message for trying a destination: told as the real ones are, and marked as what it is."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from typing import Any

from station.errors import StationError
from station.outbox.destinations import open_destination
from station.outbox.errors import DeliveryError
from station.outbox.settings import MqttSettings, WebhookSettings

KIND = "test"
"""Of the message, where a verdict has `inspection`: no receiver takes it for one."""


@dataclass(frozen=True, slots=True)
class TrialMessage:
    """A message that stands in no database."""

    payload: Mapping[str, Any]
    created_at: datetime
    id: int = 0
    kind: str = KIND


def send_trial(settings: WebhookSettings | MqttSettings, station: str) -> str:
    """Tell a destination that this is a test; blocks until it has it. Returns the message's id.

    Nothing waits in the database for it, and it is told once. A broker sees another client, so
    that it does not send the running station away. Raises ConfigError for a secret that is not in
    the environment, StationError with what the destination said.
    """
    now = datetime.now(timezone.utc)
    payload = {
        "uuid": str(uuid.uuid4()),
        "station": station,
        "at": now.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "text": "This is a test: no part was inspected.",
    }
    if isinstance(settings, MqttSettings):
        settings = replace(
            settings,
            client_id=f"{settings.client_id}-test",
            availability_topic=f"{settings.availability_topic}-test",
            retain=False,
        )
    destination = open_destination(settings, station)
    try:
        destination.deliver(TrialMessage(payload, now))
    except DeliveryError as error:
        raise StationError("The test did not get through: {error}", error=error) from error
    finally:
        destination.close()
    return str(payload["uuid"])
