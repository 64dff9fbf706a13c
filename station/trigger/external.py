"""A part is there when a machine says so, by a line of text or an electrical edge."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from station.grabbed import Grabbed
from station.trigger.asked import asked
from station.trigger.settings import TriggerSettings
from station.trigger.shot import Consider, Presses, Shot, unconsidered

SERIAL_MOST = 128
"""Characters of a serial."""


def external(
    grabbed: Iterable[Grabbed],
    settings: TriggerSettings,
    presses: Presses,
    consider: Consider = unconsidered,
) -> Iterator[Shot]:
    """One Shot for every line; a machine does not bounce, so each counts."""
    del consider  # what is pressed for comes too soon
    yield from asked(grabbed, settings, presses, 0.0)


def read_line(line: bytes) -> str | None:
    """The serial in a machine's line; None for an empty line, a part without one.

    Raises ValueError for what is no serial: not UTF-8, too long, or with control characters.
    """
    try:
        text = line.decode("utf-8").strip()
    except UnicodeDecodeError:
        raise ValueError("the line is not UTF-8; expected a serial or an empty line") from None
    if len(text) > SERIAL_MOST:
        raise ValueError(f"the serial has {len(text)} characters; expected {SERIAL_MOST} at most")
    if not text.isprintable():
        raise ValueError("the serial has control characters; expected printable ones")
    return text or None
