"""StationConfig -> what TOML can hold: paths from the file's folder, lists for tuples."""

from __future__ import annotations

from dataclasses import MISSING, fields
from pathlib import Path
from typing import Any

import tomlkit

from station.config import OutboxConfig, StationConfig
from station.outbox.destinations import DESTINATIONS
from station.settings_file import NAMES, NO_KEYS, OFF, OUTBOX, STATION, TABLES

ALWAYS = ("station", "bundle", "out")
"""Of [station]: written whatever their value."""
MOMENTARY = ("once",)
"""Never written: they belong to one start."""
TOP = (
    "# The station's configuration, written by its window; what is not here is at its default.\n"
    "# Every setting is explained in deploy/station.toml.\n\n"
)


def plain_value(value: object, folder: Path) -> object:
    """A value as TOML holds it; a path below the folder as seen from there."""
    if isinstance(value, Path):
        path = value.expanduser().resolve()
        return str(path.relative_to(folder) if path.is_relative_to(folder) else path)
    if isinstance(value, (tuple, list)):
        return [plain_value(each, folder) for each in value]
    return value


def settings_table(settings: Any, folder: Path) -> dict[str, Any]:
    """What of a dataclass differs from its defaults."""
    table: dict[str, Any] = {}
    for field in fields(settings):
        value, default = getattr(settings, field.name), field.default
        if default is MISSING and field.default_factory is not MISSING:
            default = field.default_factory()
        if value == default:
            continue
        table[field.name] = OFF if value is None else plain_value(value, folder)
    return table


def outbox_table(outbox: OutboxConfig, folder: Path) -> dict[str, Any]:
    """A receiver as its [[outbox]] table."""
    kind = next(k for k, v in DESTINATIONS.items() if isinstance(outbox.to, v.settings))
    named = {"kind": kind, "name": outbox.name}
    return named | settings_table(outbox.to, folder) | settings_table(outbox.delivery, folder)


def toml_of(config: StationConfig, folder: Path) -> str:
    """A whole configuration as a new station.toml in that folder."""
    document = tomlkit.parse(TOP)
    station = tomlkit.table()
    for field in fields(StationConfig):
        name, value = field.name, getattr(config, field.name)
        if name in (*TABLES, *NO_KEYS, *MOMENTARY) or value is None:
            continue
        if name == "bundle":  # what is activated is remembered elsewhere
            value = config.configured_bundle or value
        if name in ALWAYS or value != field.default:
            station[NAMES.get(name, name)] = plain_value(value, folder)
    document[STATION] = station
    for name in TABLES:
        settings = getattr(config, name)
        if settings is not None and (body := settings_table(settings, folder)):
            document.add(tomlkit.nl())
            document[name] = body
    if config.outbox:
        document.add(tomlkit.nl())
        receivers = tomlkit.aot()
        for each in config.outbox:
            receiver = tomlkit.table()
            receiver.update(outbox_table(each, folder))
            receivers.append(receiver)
        document[OUTBOX] = receivers
    return tomlkit.dumps(document)
