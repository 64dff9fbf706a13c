"""What the station is asked to do: frozen, checked at birth, read once and passed on."""

from __future__ import annotations

import math
import platform
import re
from dataclasses import dataclass, field
from pathlib import Path

from engines.decode import MAX_PIXELS
from engines.engine import DEVICES
from station.capture.settings import CaptureSettings
from station.check_lots import is_check_lot
from station.errors import ConfigError
from station.gate.settings import GateSettings
from station.labels import check_label
from station.locate.settings import LocateSettings
from station.outbox.settings import DeliverySettings, MqttSettings, WebhookSettings
from station.shift.settings import ShiftSettings
from station.trigger.settings import TriggerSettings
from station.trust import TrustSettings
from station.verdict import Overrides
from station.window_settings import WindowSettings

DATABASE = "inspections.db"
"""Name of the SQLite file in the output folder."""
OVERLAYS = "overlays"
"""Name of the folder of overlays in the output folder."""
IMAGES = "images"
"""Name of the folder of pictures, by their hash, in the output folder."""
DUPLICATES = ("skip", "inspect")


def database_file(db: str) -> Path | None:
    """The SQLite file that a database URL or path names; None for a server."""
    path = db.removeprefix("sqlite:///")
    return None if "://" in path else Path(path)


def default_out(inbox: Path) -> Path:
    """Where results go unless told otherwise: the folder `inspections` beside the inbox."""
    return inbox.resolve().parent / "inspections"


@dataclass(frozen=True, slots=True)
class DiskSettings:
    """How full the disks of the results may get, and what makes room.

    Raises ConfigError for an impossible value.
    """

    alarm_below_mb: float = 2000.0
    """Less free space than this is told, once."""
    stop_below_mb: float = 200.0
    """With less, no further part is begun: nothing of those in hand is lost."""
    passes_days: float | None = None
    """Pictures of passed parts are removed after so many days; None: kept. Rows always stay."""
    keep_free_mb: float | None = None
    """Pictures of passed parts are removed, oldest first, while less is free; None: kept."""

    def __post_init__(self) -> None:
        for name in ("alarm_below_mb", "stop_below_mb", "passes_days", "keep_free_mb"):
            value = getattr(self, name)
            if value is not None and not (math.isfinite(value) and value >= 0.0):
                raise ConfigError(
                    "disk.{name} is {value}; expected a number, 0 or more.", name=name, value=value
                )
        if self.stop_below_mb > self.alarm_below_mb:
            raise ConfigError(
                "disk.stop_below_mb is {stop_below_mb:g}, above disk.alarm_below_mb "
                "{alarm_below_mb:g}: nobody would be warned. Lower the first.",
                stop_below_mb=self.stop_below_mb,
                alarm_below_mb=self.alarm_below_mb,
            )


@dataclass(frozen=True, slots=True)
class LogSettings:
    """Where the log is kept besides what goes to stderr."""

    file: Path | None = None
    """None: nowhere."""
    level: str = "INFO"
    max_mb: float = 10.0
    """A larger file is put aside as FILE.1, and so on."""
    keep: int = 5
    """So many old files are kept."""


@dataclass(frozen=True, slots=True)
class OutboxConfig:
    """Somebody who is told of results."""

    name: str
    """Under which the database remembers how far it was told."""
    to: WebhookSettings | MqttSettings
    delivery: DeliverySettings = field(default_factory=DeliverySettings)


@dataclass(frozen=True, slots=True)
class StationConfig:
    """One inbox or camera, one bundle, one place for results.

    Raises ConfigError for an impossible value.
    """

    bundle: Path
    out: Path
    """Pictures, overlays, and the database unless `db` names another."""
    inbox: Path | None = None
    """The folder to watch; None with a camera."""
    models: Path | None = None
    """Folder of the bench's bundles; None: the one that `bundle` lies in."""
    configured_bundle: Path | None = None
    """What the configuration names, where an activated model stands in `bundle`; no setting."""
    camera: str | None = None
    """What `station.capture.source.open_source` understands: `v4l2:0`, `sim:photographs`..."""
    db: str = ""
    """Database URL, or the path of an SQLite file; empty: `inspections.db` in `out`."""
    once: bool = False
    """End when the inbox is empty, instead of waiting for more."""
    station: str = field(default_factory=platform.node)
    lot: str | None = None
    operator: str | None = None
    device: str = "auto"
    duplicates: str = "skip"
    """The same picture under a second name in one lot: `skip`, or `inspect` as another part."""
    max_pixels: int = MAX_PIXELS
    settle_s: float = 0.5
    """A file whose size and time rest so long is complete, if it decodes."""
    patience_s: float = 5.0
    """A file that does not decode is given up after resting so long."""
    busy_timeout_s: float = 10.0
    """How long to wait for a database that another program holds."""
    cache_dir: Path | None = None
    """Where compiled models are kept; None: the user's cache folder."""
    capture: CaptureSettings = field(default_factory=CaptureSettings)
    trigger: TriggerSettings = field(default_factory=TriggerSettings)
    locate: LocateSettings = field(default_factory=LocateSettings)
    policy: Overrides = field(default_factory=Overrides)
    trust: TrustSettings = field(default_factory=TrustSettings)
    disk: DiskSettings = field(default_factory=DiskSettings)
    shift: ShiftSettings = field(default_factory=ShiftSettings)
    outbox: tuple[OutboxConfig, ...] = ()
    gate: GateSettings | None = None
    log: LogSettings = field(default_factory=LogSettings)
    window: WindowSettings = field(default_factory=WindowSettings)

    def __post_init__(self) -> None:
        if (self.inbox is None) == (self.camera is None):
            raise ConfigError(
                "expected one source of parts, an inbox or a camera; got {value}. Give "
                "INBOX, or --camera URI.",
                value="both" if self.inbox else "none",
            )
        if self.device not in DEVICES:
            raise ConfigError(
                "--device is {device!r}; expected one of {devices}.",
                device=self.device,
                devices=", ".join(DEVICES),
            )
        if self.duplicates not in DUPLICATES:
            raise ConfigError(
                "--duplicates is {given!r}; expected one of {duplicates}.",
                given=self.duplicates,
                duplicates=", ".join(DUPLICATES),
            )
        names = [outbox.name for outbox in self.outbox]
        for name in names:
            if names.count(name) > 1:
                raise ConfigError(
                    "two [[outbox]] are named {name!r}. Give each its own name.", name=name
                )
        self._check_places()
        if self.lot is not None and not is_check_lot(self.lot):
            check_label("lot", self.lot, self.window.lot_pattern, "station.lot (--lot)")
        if self.max_pixels < 1:
            raise ConfigError(
                "--max-pixels is {max_pixels}; expected at least 1.", max_pixels=self.max_pixels
            )
        for name in ("settle_s", "patience_s", "busy_timeout_s"):
            value = getattr(self, name)
            if not (math.isfinite(value) and value >= 0.0):
                raise ConfigError(
                    "{name} is {value}; expected a number of seconds, 0 or more.",
                    name=name,
                    value=value,
                )

    def _check_places(self) -> None:
        if self.inbox is None:
            return
        inbox = self.inbox.resolve()
        taken = (inbox, inbox / "processed", inbox / "quarantine")
        file = database_file(self.database)
        for what, folder in (("--out", self.out), ("--db", file and file.parent)):
            if folder is not None and folder.resolve() in taken:
                raise ConfigError(
                    "{what} lies in the inbox: {folder}. Its files would be taken for "
                    "pictures. Give a folder beside the inbox.",
                    what=what,
                    folder=folder,
                )

    @property
    def feed(self) -> str:
        """Where parts come from, as it stands in their rows."""
        if self.inbox is not None:
            return f"folder:{self.inbox.resolve()}"
        return re.sub(r"//[^/@]*@", "//", str(self.camera))  # no password in any row

    @property
    def database(self) -> str:
        """URL or path of the database."""
        return self.db or str(self.out / DATABASE)

    @property
    def overlays(self) -> Path:
        """Folder of overlays."""
        return self.out / OVERLAYS

    @property
    def images(self) -> Path:
        """Folder of the image store."""
        return self.out / IMAGES
