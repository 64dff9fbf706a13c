"""What a source tells of itself while it runs."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum


class Alarm(str, Enum):
    """What befell a source. Each trouble has its end, which is told as well."""

    LOST = "lost"
    BACK = "back"
    STUCK = "stuck"
    MOVING = "moving"
    """No longer stuck."""
    BLACK = "black"
    LIGHT = "light"
    """No longer black."""
    SLOW = "slow"
    BRISK = "brisk"
    """No longer slow."""
    IGNORED = "ignored"
    """The device did not take a setting."""
    UNREADABLE = "unreadable"
    """One picture of a folder or film could not be read, and is left out."""


OnAlarm = Callable[[Alarm, str], None]
"""Told the kind and a sentence or two; may be called from another thread."""


def nobody(kind: Alarm, text: str) -> None:
    """Tells nobody."""
    del kind, text
