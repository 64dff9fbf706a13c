"""The ways to know that a part is there, by name."""

from __future__ import annotations

from station.trigger.automatic import automatic
from station.trigger.external import external
from station.trigger.interval import interval
from station.trigger.manual import manual
from station.trigger.shot import Trigger

TRIGGERS: dict[str, Trigger] = {
    "automatic": automatic,
    "manual": manual,
    "interval": interval,
    "external": external,
}
"""By TriggerSettings.mode."""
