"""What can be set, told by the types of the settings themselves: for a form that asks for it."""

from __future__ import annotations

import types
import typing
from dataclasses import MISSING, Field, dataclass, fields
from enum import Enum
from functools import cache
from pathlib import Path
from typing import Any

from engines.engine import DEVICES
from station import window_settings
from station.config import DUPLICATES, StationConfig
from station.errors import ConfigError
from station.locate import settings as locate_settings
from station.logs import LEVELS
from station.outbox.settings import DeliverySettings, MqttSettings, WebhookSettings
from station.settings_file import NAMES, NO_KEYS, STATION, TABLES
from station.trigger import settings as trigger_settings

CHOICES: dict[str, tuple[str, ...]] = {
    "trigger.mode": trigger_settings.MODES,
    "locate.mode": locate_settings.MODES,
    "window.language": window_settings.LANGUAGES,
    "window.theme": window_settings.THEMES,
    "station.device": tuple(DEVICES),
    "station.duplicates": DUPLICATES,
    "log.level": tuple(LEVELS),
    "mqtt.protocol": ("5", "3.1.1"),
}
"""Texts of which there are only these."""
UNITS = {
    "s": "s", "ms": "ms", "px": "px", "mm": "mm", "mb": "MB", "days": "d", "h": "h", "min": "min",
    "k": "K", "fps": "1/s",
}  # fmt: skip
"""Last word of a key -> unit."""
RECEIVERS: dict[str, type[Any]] = {
    "webhook": WebhookSettings,
    "mqtt": MqttSettings,
    "delivery": DeliverySettings,
}


class Kind(Enum):
    """How a setting is asked for."""

    FLAG = "flag"
    WHOLE = "whole"
    NUMBER = "number"
    TEXT = "text"
    CHOICE = "choice"
    PATH = "path"
    TEXTS = "texts"
    BOX = "box"
    """x, y, width, height."""
    BOXES = "boxes"


@dataclass(frozen=True, slots=True)
class SettingField:
    """One setting."""

    key: str
    """`table.key`, as in station.toml."""
    kind: Kind
    optional: bool
    """Whether it may be nothing."""
    default: object
    """None too where it must be given."""
    required: bool
    choices: tuple[str, ...] = ()
    unit: str = ""
    """`mm`; empty for a number without."""

    @property
    def table(self) -> str:
        """Of station.toml."""
        return self.key.partition(".")[0]

    @property
    def name(self) -> str:
        """Within its table."""
        return self.key.partition(".")[2]


@cache
def fields_of(table: str) -> dict[str, SettingField]:
    """Key -> field, for `station`, each of settings_file.TABLES, `webhook`, `mqtt`, `delivery`."""
    kind: Any = StationConfig if table == STATION else {**TABLES, **RECEIVERS}[table]
    hints = typing.get_type_hints(kind)
    found = {}
    for field in fields(kind):
        if table == STATION and (field.name in TABLES or field.name in NO_KEYS):
            continue
        name = NAMES.get(field.name, field.name) if table == STATION else field.name
        found[f"{table}.{name}"] = _field(f"{table}.{name}", hints[field.name], field)
    return found


def field_of(key: str) -> SettingField:
    """The field of `table.key`. Raises KeyError."""
    return fields_of(key.partition(".")[0])[key]


def _field(key: str, hint: Any, field: Field[Any]) -> SettingField:
    required = field.default is MISSING and field.default_factory is MISSING
    default = field.default
    if default is MISSING:
        default = None if field.default_factory is MISSING else field.default_factory()
    last = key.rpartition("_")[2] if "_" in key else key.partition(".")[2]
    is_optional, kind = _kind(key, hint)
    unit = UNITS.get(last, "") if kind in (Kind.NUMBER, Kind.WHOLE, Kind.BOX, Kind.BOXES) else ""
    return SettingField(key, kind, is_optional, default, required, CHOICES.get(key, ()), unit)


def _kind(key: str, hint: Any) -> tuple[bool, Kind]:
    options = [hint]
    if typing.get_origin(hint) in (typing.Union, types.UnionType):
        options = list(typing.get_args(hint))
    plain = [each for each in options if each is not types.NoneType]
    is_optional = len(plain) < len(options)
    if key in CHOICES:
        return is_optional, Kind.CHOICE
    kinds = {bool: Kind.FLAG, int: Kind.WHOLE, float: Kind.NUMBER, str: Kind.TEXT, Path: Kind.PATH}
    if typing.get_origin(plain[0]) is tuple:
        inner = typing.get_args(plain[0])
        if inner[0] is str:
            return is_optional, Kind.TEXTS
        return is_optional, Kind.BOX if len(inner) == 4 else Kind.BOXES
    # A line of a GPIO chip has a number or a name: it is asked for as a text.
    return is_optional, Kind.TEXT if len(plain) > 1 else kinds[plain[0]]


def value_of(config: StationConfig, key: str) -> object:
    """What a configuration holds for `table.key`; the default where the table is not there."""
    table, _, name = key.partition(".")
    if table == STATION:
        back = {shown: field for field, shown in NAMES.items()}
        return getattr(config, back.get(name, name))
    settings = getattr(config, table)
    return field_of(key).default if settings is None else getattr(settings, name)


def key_in(error: ConfigError | str, keys: typing.Iterable[str]) -> str | None:
    """The key that the station's error speaks of, of those that a form has; None: of none."""
    text = str(error)
    found = [(text.find(key), -len(key), key) for key in keys if key in text]
    return min(found)[2] if found else None
