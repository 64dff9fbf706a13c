"""What a person tells of the parts to come: lot, operator, and the next part's serial number.

It may be told while the line runs, from any thread; a part carries what held when it arrived.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace

from station.errors import ConfigError
from station.trigger.external import SERIAL_MOST

NAME_MOST = 100
"""Letters of a lot or an operator."""


@dataclass(frozen=True, slots=True)
class Labels:
    """What is written into the records of the parts that arrive now. Raises ConfigError."""

    lot: str | None = None
    operator: str | None = None
    serial: str | None = None
    """Of the next part alone."""

    def __post_init__(self) -> None:
        for name, most in (("lot", NAME_MOST), ("operator", NAME_MOST), ("serial", SERIAL_MOST)):
            value = getattr(self, name)
            if value is None:
                continue
            if not value.strip() or not value.isprintable():
                raise ConfigError(
                    "the {name} {value!r} is blank or has letters that do not print.",
                    name=name,
                    value=value,
                )
            if len(value) > most:
                raise ConfigError(
                    "the {name} has {count} letters; expected at most {most}.",
                    name=name,
                    count=len(value),
                    most=most,
                )


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
