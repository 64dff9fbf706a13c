"""A bench's settings changed by a person: tried as a whole, before anything is written.

station.settings_save then writes: nothing over what somebody else wrote in the meantime, and
nothing without an event that says who changed what.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields, replace
from pathlib import Path
from typing import Any

from engines.errors import EngineError
from station.calibrate import locator_from
from station.capture.address import shown
from station.config import StationConfig
from station.errors import ConfigError
from station.settings_fields import fields_of, key_in
from station.settings_file import (
    NAMES,
    OFF,
    OUTBOX,
    STATION,
    TABLES,
    config_from,
    read_settings,
    station_values,
)
from station.settings_tables import outbox_table, plain_value, toml_of
from station.settings_text import UNSET, tables_of, with_changes
from station.trust import trusted_bundle
from station.verdict import policy_of

SHOWN_MOST = 160
"""Letters of a value in an event."""
BENCH = ("policy.", "locate.", "station.bundle")
"""Settings that only the bundle can say yes to."""
SOURCES = ("inbox", "camera")


@dataclass(frozen=True, slots=True)
class SettingsFile:
    """A station.toml as it was read, or as it would be written first."""

    path: Path
    text: str
    on_disk: bytes | None
    """What the file held then; None: there was none."""


@dataclass(frozen=True, slots=True)
class ChangedKey:
    """One setting: as it was, and as it is to be. None: its default."""

    key: str
    """`table.key`."""
    old: object
    new: object

    @property
    def text(self) -> str:
        """`trigger.mode from 'automatic' to 'manual'`; no password is in it."""
        return f"{self.key} from {_said(self.key, self.old)} to {_said(self.key, self.new)}"


@dataclass(frozen=True, slots=True)
class Changed:
    """What would be written, and the configuration that comes of it."""

    file: SettingsFile
    text: str
    config: StationConfig
    keys: tuple[ChangedKey, ...]


def read_settings_file(path: Path) -> SettingsFile:
    """Raises ConfigError where it cannot be read."""
    try:
        data = path.read_bytes()
        return SettingsFile(path, data.decode("utf-8"), data)
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(
            "{path} cannot be read ({error}). Give this user the right to read it; nothing "
            "was changed.",
            path=path,
            error=error,
        ) from error


def new_settings_file(path: Path, config: StationConfig) -> SettingsFile:
    """The file that a bench without one would get: what it runs with now. Raises ConfigError
    where there is a file already, which may be another bench's."""
    if path.exists():
        raise ConfigError(
            "{path} exists, and this bench was not started from it. Start it with --config "
            "{path}, or move that file away.",
            path=path,
        )
    return SettingsFile(path, toml_of(config, path.resolve().parent), None)


def default_place(config: StationConfig) -> Path:
    """Where a bench without a station.toml gets one: beside its results."""
    return config.out.resolve().parent / "station.toml"


def change_settings(
    file: SettingsFile, running: StationConfig, changes: Mapping[str, object]
) -> Changed:
    """The file with other values, and what the station would run with; nothing is written.

    running: as it runs now, with the command line's part; what is changed here goes before that.
    changes: `table.key` -> value, UNSET for its default; `gate` -> UNSET; `outbox` ->
    OutboxConfigs.
    Raises ConfigError, as the station itself would at its start.
    """
    folder = file.path.resolve().parent
    before = tables_of(file.text)
    wanted: dict[str, Any] = {}
    for name, value in changes.items():
        if name == OUTBOX:
            assert isinstance(value, tuple)
            wanted[name] = [outbox_table(each, folder) for each in value]
        else:
            wanted[name] = _for_file(name, value, folder)
    text = with_changes(file.text, wanted)
    after = tables_of(text)
    given = _given(before, folder, running, changes)
    config = config_from(after, folder, given)
    keys = tuple(
        ChangedKey(name, _of(before, name), _of(after, name))
        for name in changes
        if _of(before, name) != _of(after, name)
    )
    return Changed(file, text, config, keys)


def faults_in(
    file: SettingsFile, running: StationConfig, changes: Mapping[str, object]
) -> dict[str, str]:
    """Everything that the station says against these changes: key -> its sentence, under the empty
    key what is no single setting's; empty: nothing. A key may be a neighbour of a changed one."""
    left = dict(changes)
    found: dict[str, str] = {}
    while True:
        try:
            change_settings(file, running, left)
            return found
        except ConfigError as error:
            text = str(error)
        tables = {key.partition(".")[0] for key in left}
        near = [k for t in tables if t in (STATION, *TABLES) for k in fields_of(t)]
        key = key_in(text, left) or key_in(text, near) or ""
        found[key] = text
        # Without this one the others can be heard, too.
        if key not in left:
            return found
        del left[key]


def check_bench(changed: Changed) -> None:
    """What the bundle and the calibration say to it; may take long. Raises ConfigError.

    Only where a setting changed that depends on them: a missing bundle does not lock the lamp.
    """
    if not any(each.key.startswith(BENCH) for each in changed.keys):
        return
    try:
        bundle = trusted_bundle(changed.config.bundle, changed.config.trust)
        policy_of(bundle, None, changed.config.policy)
        locator_from(bundle.input, changed.config.locate)
    except EngineError as error:
        raise ConfigError("station.bundle: {error}", error=error) from error


def _for_file(name: str, value: object, folder: Path) -> object:
    """A value as the file writes it: nothing is a missing key, or `off` where a default is not."""
    if value is UNSET or (value is None and default_of(name) is None):
        return UNSET
    return OFF if value is None else plain_value(value, folder)


def default_of(name: str) -> object:
    """What holds where the file does not say `table.key`; None also for what must be given."""
    table, _, key = name.partition(".")
    kind: Any = StationConfig if table == STATION else TABLES[table]
    for field in fields(kind):
        if NAMES.get(field.name, field.name) == key if table == STATION else field.name == key:
            if field.default is not MISSING:
                return field.default
            return field.default_factory() if field.default_factory is not MISSING else None
    return None


def _given(
    before: Mapping[str, Any], folder: Path, running: StationConfig, changes: Mapping[str, object]
) -> dict[str, Any]:
    """What the bench runs with that the file does not say: the command line's, and the window's."""
    known = station_values(before.get(STATION, {}), folder)
    touched = {name.partition(".")[2] for name in changes if name.startswith(f"{STATION}.")}
    if touched & set(SOURCES):
        touched |= set(SOURCES)
    given: dict[str, Any] = {}
    for field in fields(StationConfig):
        name, value = field.name, getattr(running, field.name)
        if name == OUTBOX:
            continue
        if name in TABLES:
            table = before.get(name)
            was = read_settings(TABLES[name], table, name, folder) if table is not None else None
            if value is not None and value != (was if was is not None else default_table(name)):
                given[name] = _touched(name, value, changes)
        elif NAMES.get(name, name) not in touched:
            default = default_of(f"{STATION}.{NAMES.get(name, name)}")
            if value != known.get(name, default):
                given[name] = value
    return {name: value for name, value in given.items() if value is not UNSET}


def _touched(table: str, settings: Any, changes: Mapping[str, object]) -> Any:
    """A table that was given to the station by a program, with what is changed in it now."""
    if changes.get(table) is UNSET:
        return UNSET
    new = {
        name.partition(".")[2]: default_of(name) if value is UNSET else value
        for name, value in changes.items()
        if name.startswith(f"{table}.")
    }
    return replace(settings, **new)


def default_table(name: str) -> Any:
    """A table with every setting at its default; None for one that cannot be without any."""
    try:
        return TABLES[name]()
    except (TypeError, ConfigError):
        return None


def _of(body: Mapping[str, Any], name: str) -> object:
    table, _, key = name.partition(".")
    if not key:
        return body.get(table)
    return body.get(table, {}).get(key)


def _said(key: str, value: object) -> str:
    if value is None:
        default = default_of(key) if "." in key else None
        return "nothing" if default is None else f"its default {default!r}"
    if key == OUTBOX and isinstance(value, list):
        return "; ".join(_outbox_said(each) for each in value) or "nobody"
    text = repr(value)
    if key == f"{STATION}.camera":
        text = shown(text)
    return text if len(text) <= SHOWN_MOST else f"{text[:SHOWN_MOST]}..."


def _outbox_said(table: Mapping[str, Any]) -> str:
    """A receiver in a line; what stands behind a `?` in its address may be a secret."""
    where = str(table.get("url", table.get("host", "")))
    where = shown(where.partition("?")[0])
    more = {k: v for k, v in table.items() if k not in ("kind", "name", "url", "host")}
    return f"{table.get('kind')} {table.get('name', '')!r} at {where!r} {more or ''}".strip()
