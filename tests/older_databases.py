"""Databases as older stations left them."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from datetime import timezone
from pathlib import Path

from alembic import command
from alembic.config import Config
from kept import numbered
from sqlalchemy import create_engine

from station.domain import Decision
from station.store.rows import NAMES, RECORD_FIELDS
from station.store.schema import MIGRATIONS

ROWS = 25


def to_version(path: Path, version: str) -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("path_separator", "os")
    engine = create_engine(f"sqlite:///{path}")
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, version)
    engine.dispose()


def older(path: Path, version: str) -> Path:
    """A database as an older station left it, with rows."""
    to_version(path, version)
    late = {"codes", "evidence"} if version < "0003" else set()
    names = [name for name in RECORD_FIELDS if name not in late]
    with closing(sqlite3.connect(path)) as raw:
        raw.execute("PRAGMA journal_mode=WAL")
        for number in range(1, ROWS + 1):
            record = numbered(number, list(Decision)[number % 4], lot=f"L{number % 2}")
            values = [getattr(record, name) for name in names]
            raw.execute(
                f"INSERT INTO inspections ({', '.join(NAMES.get(n, n) for n in names)})"
                f" VALUES ({', '.join('?' * len(names))})",
                [as_written(value) for value in values],
            )
        if version >= "0002":
            raw.execute(
                "INSERT INTO events (at, station, kind, severity, text) VALUES"
                " ('2026-03-04 05:06:08.891011', 'bench-9', 'engine', 'ERROR', 'Old.')"
            )
        raw.commit()
    return path


def as_written(value: object) -> object:
    if isinstance(value, (dict, list, tuple)):
        return json.dumps(value)
    if isinstance(value, Decision):
        return value.value
    if hasattr(value, "astimezone"):
        return value.astimezone(timezone.utc).strftime("%Y-%m-%d %H:%M:%S.%f")
    return value
