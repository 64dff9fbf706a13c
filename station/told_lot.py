"""The lot that a person told by hand, kept until the configuration names another one.

OUT/lot-STATION.json names the configured lot that it took the place of: where the configuration
says something else since, that counts, and the lot told by hand has ended.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from engines.atomic_file import write_atomically
from station.config import StationConfig
from station.errors import ConfigError, StationError
from station.labels import check_label
from station.station_files import file_of_station


@dataclass(frozen=True, slots=True)
class ToldLot:
    """One lot, by hand."""

    lot: str | None
    """None: parts without a lot."""
    configured: str | None
    """What the configuration said then."""
    by: str | None
    """None: somebody who was not named."""
    at: datetime
    """Aware, UTC."""


def place_of(config: StationConfig) -> Path:
    """The file of this station's lot."""
    return file_of_station(config.out, "lot", config.station)


def read_told(config: StationConfig) -> ToldLot | None:
    """What was told last; None: what the configuration says. Raises ConfigError where damaged."""
    path = place_of(config)
    try:
        body = json.loads(path.read_text(encoding="utf-8"))
        at = datetime.fromisoformat(body["at"])
        told = ToldLot(body["lot"], body["configured"], body["by"], at)
        if at.tzinfo is None:
            raise ValueError("its time has no zone")
        for name, value in (("lot", told.lot), ("lot", told.configured), ("operator", told.by)):
            if value is not None:
                check_label(name, value)
        return told
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError, KeyError, TypeError, AttributeError, ConfigError) as error:
        raise ConfigError(
            "the lot that was told by hand cannot be read from {path}: {error}. The lot of the "
            "configuration holds; tell the lot again, which writes the file anew.",
            path=path,
            error=error,
        ) from error


def goes_on(told: ToldLot, config: StationConfig) -> bool:
    """Whether it still holds: the configuration says what it said then, and allows that name."""
    if told.configured != config.lot:
        return False
    try:
        if told.lot is not None:
            check_label("lot", told.lot, config.window.lot_pattern)
    except ConfigError:
        return False
    return True


def keep_told(config: StationConfig, told: ToldLot) -> None:
    """Keep it, whole or not at all; a lot that the configuration says anyway needs no file.
    Raises StationError."""
    path = place_of(config)
    try:
        if told.lot == told.configured:
            path.unlink(missing_ok=True)
            return
        body = {"lot": told.lot, "configured": told.configured, "by": told.by}
        text = json.dumps(body | {"at": told.at.isoformat()}, indent=2, ensure_ascii=False)
        write_atomically(path, f"{text}\n".encode())
    except OSError as error:
        raise StationError(
            "the lot cannot be kept for the next start: {path} ({why}). It holds until the window "
            "is closed. Give this user a folder that it may write.",
            path=path,
            why=error.strerror or error,
        ) from error


def forget_told(config: StationConfig) -> None:
    """The configuration says the lot again. Raises StationError."""
    path = place_of(config)
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise StationError(
            "{path} cannot be removed ({why}): it names a lot that has ended. Remove it by hand.",
            path=path,
            why=error.strerror or error,
        ) from error
