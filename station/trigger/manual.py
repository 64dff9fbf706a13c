"""A part is there when a key or a foot switch is pressed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from station.grabbed import Grabbed
from station.trigger.asked import asked
from station.trigger.settings import TriggerSettings
from station.trigger.shot import Consider, Presses, Shot, unconsidered


def manual(
    grabbed: Iterable[Grabbed],
    settings: TriggerSettings,
    presses: Presses,
    consider: Consider = unconsidered,
) -> Iterator[Shot]:
    """One Shot for every press; a switch that bounces presses once."""
    del consider  # what is pressed for comes too soon
    yield from asked(grabbed, settings, presses, settings.debounce_s)
