"""A part is there when a key or a foot switch is pressed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from station.grabbed import Grabbed
from station.trigger.asked import asked
from station.trigger.settings import TriggerSettings
from station.trigger.shot import Presses, Shot


def manual(
    grabbed: Iterable[Grabbed], settings: TriggerSettings, presses: Presses
) -> Iterator[Shot]:
    """One Shot for every press; a switch that bounces presses once."""
    yield from asked(grabbed, settings, presses, settings.debounce_s)
