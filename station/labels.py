"""What a person tells of the parts to come: lot, operator, and the next part's serial number.

It may be told while the line runs, from any thread; a part carries what held when it arrived.
"""

from __future__ import annotations

import re
import threading
from dataclasses import dataclass, replace

from station.errors import ConfigError
from station.trigger.external import SERIAL_MOST

NAME_MOST = 100
"""Letters of a lot or an operator."""
MOST = {"lot": NAME_MOST, "operator": NAME_MOST, "serial": SERIAL_MOST}
"""Letters of each label."""
SHOWN_MOST = 160
"""Letters of a refused one in the error."""


def check_label(name: str, value: str, pattern: str | None = None, what: str | None = None) -> None:
    """Whether a text may stand in records as that label, one of MOST.

    pattern: a regular expression that all of it must match. what: how the error calls it; None: by
    its name. Raises ConfigError.
    """
    what, most = what or f"the {name}", MOST[name]
    shown = value if len(value) <= SHOWN_MOST else f"{value[:SHOWN_MOST]}..."
    if not value.strip() or not value.isprintable() or len(value) > most:
        raise ConfigError(
            "{what} is {shown!r}; expected 1 to {most} letters that print.",
            what=what,
            shown=shown,
            most=most,
        )
    if pattern is not None and re.fullmatch(pattern, value) is None:
        raise ConfigError(
            "{what} is {shown!r}; expected what matches {pattern!r} (window.{name}_pattern). Give "
            "another, or correct the pattern.",
            what=what,
            shown=shown,
            pattern=pattern,
            name=name,
        )


@dataclass(frozen=True, slots=True)
class Labels:
    """What is written into the records of the parts that arrive now. Raises ConfigError."""

    lot: str | None = None
    operator: str | None = None
    serial: str | None = None
    """Of the next part alone."""

    def __post_init__(self) -> None:
        for name in MOST:
            value = getattr(self, name)
            if value is not None:
                check_label(name, value)


class LabelDesk:
    """The labels that hold now. May be used from several threads."""

    def __init__(self, labels: Labels) -> None:
        self._lock = threading.Lock()
        self._labels = labels

    @property
    def now(self) -> Labels:
        """As they are; a serial stays for the next part."""
        with self._lock:
            return self._labels

    def set(self, labels: Labels) -> None:
        """They hold from the next arrival on."""
        with self._lock:
            self._labels = labels

    def take(self) -> Labels:
        """For the part that arrives now: its serial is spent."""
        with self._lock:
            taken = self._labels
            self._labels = replace(taken, serial=None)
        return taken
