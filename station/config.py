"""What the station is asked to do: frozen, checked at birth, read once and passed on."""

from __future__ import annotations

import math
import platform
from dataclasses import dataclass, field
from pathlib import Path

from engines.decode import MAX_PIXELS
from engines.engine import DEVICES
from station.errors import ConfigError

DATABASE = "inspections.db"
"""Name of the SQLite file in the output folder."""
OVERLAYS = "overlays"
"""Name of the folder of overlays in the output folder."""


def database_file(db: str) -> Path | None:
    """The SQLite file that a database URL or path names; None for a server."""
    path = db.removeprefix("sqlite:///")
    return None if "://" in path else Path(path)


def default_out(inbox: Path) -> Path:
    """Where results go unless told otherwise: the folder `inspections` beside the inbox."""
    return inbox.resolve().parent / "inspections"


@dataclass(frozen=True, slots=True)
class WatchConfig:
    """One inbox, one bundle, one place for results. Raises ConfigError for an impossible value."""

    inbox: Path
    bundle: Path
    out: Path
    """Overlays, and the database unless `db` names another."""
    db: str = ""
    """Database URL, or the path of an SQLite file; empty: `inspections.db` in `out`."""
    once: bool = False
    """End when the inbox is empty, instead of waiting for more."""
    station: str = field(default_factory=platform.node)
    lot: str | None = None
    operator: str | None = None
    device: str = "auto"
    max_pixels: int = MAX_PIXELS
    settle_s: float = 0.5
    """A file whose size and time rest so long is complete, if it decodes."""
    patience_s: float = 5.0
    """A file that does not decode is given up after resting so long."""
    busy_timeout_s: float = 10.0
    """How long to wait for a database that another program holds."""
    cache_dir: Path | None = None
    """Where compiled models are kept; None: the user's cache folder."""

    def __post_init__(self) -> None:
        if self.device not in DEVICES:
            raise ConfigError(f"--device is {self.device!r}; expected one of {', '.join(DEVICES)}.")
        file = database_file(self.database)
        for what, folder in (("--out", self.out), ("--db", file and file.parent)):
            if folder is not None and folder.resolve() in self._inbox_folders():
                raise ConfigError(
                    f"{what} lies in the inbox: {folder}. Its files would be taken for pictures. "
                    "Give a folder beside the inbox."
                )
        if self.max_pixels < 1:
            raise ConfigError(f"--max-pixels is {self.max_pixels}; expected at least 1.")
        for name, value in (
            ("settle_s", self.settle_s),
            ("patience_s", self.patience_s),
            ("busy_timeout_s", self.busy_timeout_s),
        ):
            if not (math.isfinite(value) and value >= 0.0):
                raise ConfigError(f"{name} is {value}; expected a number of seconds, 0 or more.")

    def _inbox_folders(self) -> tuple[Path, ...]:
        inbox = self.inbox.resolve()
        return (inbox, inbox / "processed", inbox / "quarantine")

    @property
    def database(self) -> str:
        """URL or path of the database."""
        return self.db or str(self.out / DATABASE)

    @property
    def overlays(self) -> Path:
        """Folder of overlays."""
        return self.out / OVERLAYS
