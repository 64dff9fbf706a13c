"""What a scanned code says: a lot or a serial number, by its prefix, held against its pattern."""

from __future__ import annotations

from dataclasses import dataclass

from station.errors import ConfigError
from station.labels import check_label
from station.window_settings import WindowSettings

LOT, SERIAL = "lot", "serial"


@dataclass(frozen=True, slots=True)
class Scan:
    """A code that was understood."""

    kind: str
    """LOT or SERIAL."""
    value: str
    """Without its prefix."""


def read_scan(text: str, settings: WindowSettings) -> Scan:
    """A scanner's letters, as the bench understands them.

    Raises ConfigError, with what was read and what was expected, for a code that is neither.
    """
    code = text.strip()
    if not code:
        raise ConfigError("the scan is empty. Scan again.")
    lot, serial = settings.lot_prefix, settings.serial_prefix
    # Of two prefixes of which one begins with the other, the longer is meant.
    is_lot = bool(lot) and code.startswith(lot)
    if is_lot and code.startswith(serial) and len(serial) > len(lot):
        is_lot = False
    if is_lot:
        return Scan(LOT, check_lot(code[len(lot) :], settings))
    if not code.startswith(serial):
        prefixes = " or ".join(repr(prefix) for prefix in (serial, lot) if prefix)
        raise ConfigError(
            "the scan is {code!r}; expected one that begins with {prefixes}.",
            code=code,
            prefixes=prefixes,
        )
    return Scan(SERIAL, check_serial(code[len(serial) :], settings))


def check_lot(text: str, settings: WindowSettings) -> str:
    """A lot's name as it goes into records, scanned or typed. Raises ConfigError."""
    value = text.strip()
    check_label(LOT, value, settings.lot_pattern)
    return value


def check_serial(text: str, settings: WindowSettings) -> str:
    """A serial number as it goes into records, scanned or typed. Raises ConfigError."""
    value = text.strip()
    check_label(SERIAL, value, settings.serial_pattern)
    return value
