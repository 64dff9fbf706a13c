"""station.toml -> StationConfig. Every error names the key, the value and what to do.

A table of the file is one frozen dataclass; its keys are the dataclass's fields.
"""

from __future__ import annotations

import difflib
import sys
import types
import typing
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any, TypeVar

from engines.sentence import sentence
from station.capture.settings import CaptureSettings
from station.config import DiskSettings, LogSettings, OutboxConfig, StationConfig
from station.errors import ConfigError
from station.gate.settings import GateSettings
from station.locate.settings import LocateSettings
from station.models.active import in_force
from station.outbox.destinations import DESTINATIONS
from station.outbox.settings import DeliverySettings
from station.shift.settings import ShiftSettings
from station.toml_trouble import remedy_of
from station.trigger.settings import TriggerSettings
from station.trust import TrustSettings
from station.verdict import Overrides
from station.window_settings import WindowSettings

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

Settings = TypeVar("Settings")
OFF = "off"
"""TOML has no word for nothing: `max_ovality_mm = "off"` switches a check off."""
STATION, OUTBOX = "station", "outbox"
NAMES = {"station": "name"}
"""Field of StationConfig -> key of [station], where they differ."""
NO_KEYS = (OUTBOX, "configured_bundle")
"""Fields of StationConfig that are no key of [station]."""
TABLES: dict[str, type[Any]] = {
    "capture": CaptureSettings,
    "trigger": TriggerSettings,
    "locate": LocateSettings,
    "policy": Overrides,
    "trust": TrustSettings,
    "gate": GateSettings,
    "disk": DiskSettings,
    "shift": ShiftSettings,
    "log": LogSettings,
    "window": WindowSettings,
}
"""Table, and field of StationConfig -> its dataclass."""
KINDS = {bool: "true or false", int: "a whole number", float: "a number", str: "a text in quotes",
         Path: "a path in quotes", tuple: "a list"}  # fmt: skip


def read_toml(path: Path) -> dict[str, Any]:
    """The tables of a file. Raises ConfigError."""
    try:
        tables: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
        return tables
    except OSError as error:
        raise ConfigError(
            "the configuration {path} cannot be read ({strerror}). Give another with "
            "--config, or start from the example deploy/station.toml.",
            path=path,
            strerror=error.strerror,
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(
            "the configuration {path} is not TOML ({error}). {remedy}",
            path=path,
            error=error,
            remedy=remedy_of(error),
        ) from error


def load_config(path: Path | None, given: Mapping[str, Any]) -> StationConfig:
    """A file's settings (None: none), under what the command line gave; its bundle is the model
    that was activated in place of the one named, if one was (see station.models.active).

    Raises ConfigError.
    """
    body = {} if path is None else read_toml(path)
    return config_from(body, Path() if path is None else path.resolve().parent, given)


def config_from(body: Mapping[str, Any], folder: Path, given: Mapping[str, Any]) -> StationConfig:
    """A file's tables, its paths taken from `folder`, under what goes before them.

    Raises ConfigError.
    """
    values: dict[str, Any] = {}
    for name, table in body.items():
        if name not in (STATION, OUTBOX, *TABLES):
            known = {STATION: 0, OUTBOX: 0, **TABLES}
            raise ConfigError(
                "[{name}] is no table. {nearest}", name=name, nearest=_nearest(name, known)
            )
        if name == OUTBOX:
            values[OUTBOX] = _outboxes(table, folder)
            continue
        if not isinstance(table, dict):
            raise ConfigError(
                "{name} is {table!r}; expected a table, [{name}].", name=name, table=table
            )
        if name == STATION:
            values |= station_values(table, folder)
        else:
            values[name] = read_settings(TABLES[name], table, name, folder)
    values |= given
    if "inbox" in given or "camera" in given:  # either takes the place of the file's other
        other = "camera" if "inbox" in given else "inbox"
        values.setdefault(other, None)
        values[other] = given.get(other)
    for needed, remedy in (("bundle", "--bundle B"), ("out", "--out DIR")):
        if needed not in values:
            raise ConfigError(
                "no {needed} was given. Give {remedy}, or [station] {needed}.",
                needed=needed,
                remedy=remedy,
            )
    return in_force(StationConfig(**values))


def _outboxes(tables: Any, folder: Path) -> tuple[OutboxConfig, ...]:
    """[[outbox]]: `kind`, `name`, how patiently, and the keys of that kind."""
    if not isinstance(tables, list) or not all(isinstance(t, dict) for t in tables):
        raise ConfigError("outbox is no list of tables; write [[outbox]] above each.")
    return tuple(_outbox(dict(table), folder) for table in tables)


def _outbox(table: dict[str, Any], folder: Path) -> OutboxConfig:
    kind = table.pop("kind", None)
    if kind not in DESTINATIONS:
        raise ConfigError(
            "outbox.kind is {kind!r}; expected one of {destinations}.",
            kind=kind,
            destinations=", ".join(DESTINATIONS),
        )
    name = table.pop("name", kind)
    if not isinstance(name, str) or not name:
        raise ConfigError("outbox.name is {name!r}; expected a text in quotes.", name=name)
    patience = {f.name for f in fields(DeliverySettings)}
    delivery = {key: table.pop(key) for key in patience & table.keys()}
    return OutboxConfig(
        name,
        read_settings(DESTINATIONS[kind].settings, table, OUTBOX, folder),
        read_settings(DeliverySettings, delivery, OUTBOX, folder),
    )


def station_values(table: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    """The keys of [station] as fields of StationConfig: `name` is what records call the station.

    Raises ConfigError.
    """
    hints = typing.get_type_hints(StationConfig)
    known = {NAMES.get(k, k): t for k, t in hints.items() if k not in (*NO_KEYS, *TABLES)}
    back = {v: k for k, v in NAMES.items()}
    values = {}
    for key, value in table.items():
        if key not in known:
            raise ConfigError(
                "{station}.{key} is no setting. {nearest}",
                station=STATION,
                key=key,
                nearest=_nearest(key, known),
            )
        values[back.get(key, key)] = _value(known[key], value, f"{STATION}.{key}", folder)
    return values


def read_settings(
    kind: type[Settings], table: Mapping[str, Any], name: str, folder: Path
) -> Settings:
    """A table as its dataclass, paths taken from `folder`. Raises ConfigError."""
    types_of = typing.get_type_hints(kind)
    known = {field.name: types_of[field.name] for field in fields(kind)}  # type: ignore[arg-type]
    values = {}
    for key, value in table.items():
        if key not in known:
            raise ConfigError(
                "{name}.{key} is no setting. {nearest}",
                name=name,
                key=key,
                nearest=_nearest(key, known),
            )
        values[key] = _value(known[key], value, f"{name}.{key}", folder)
    try:
        return kind(**values)
    except TypeError as error:
        raise ConfigError(
            "[{name}] is not complete: {error}. Add the missing keys.", name=name, error=error
        ) from error


def _nearest(key: str, known: Mapping[str, Any]) -> str:
    near = difflib.get_close_matches(key, known, n=1)
    if near:
        return sentence("Did you mean {near!r}?", near=near[0])
    return sentence("Expected one of {known}.", known=", ".join(known))


def _value(wanted: Any, value: Any, name: str, folder: Path) -> Any:
    choices = _choices(wanted)
    if value == OFF and types.NoneType in typing.get_args(wanted):
        return None
    for choice in choices:
        plain = typing.get_origin(choice) or choice
        if plain is Path and isinstance(value, str):
            return folder / Path(value).expanduser()
        if plain is float and isinstance(value, int) and not isinstance(value, bool):
            return float(value)
        if plain is tuple and isinstance(value, list):
            return _tuple(value)
        if type(value) is plain:
            return value
    expected = " or ".join(KINDS.get(typing.get_origin(c) or c, str(c)) for c in choices)
    raise ConfigError(
        "{name} is {value!r}; expected {expected}.", name=name, value=value, expected=expected
    )


def _choices(wanted: Any) -> list[Any]:
    """The types a value may have, None left out: a key that is not given is None already."""
    if typing.get_origin(wanted) in (typing.Union, types.UnionType):
        return [t for t in typing.get_args(wanted) if t is not types.NoneType]
    return [wanted]


def _tuple(value: list[Any]) -> tuple[Any, ...]:
    return tuple(_tuple(v) if isinstance(v, list) else v for v in value)
