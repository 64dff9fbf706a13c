"""Records as a CSV file, written row by row."""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import fields
from datetime import datetime
from pathlib import Path

from station.domain import Decision, Record
from station.errors import StationError

NAMES = tuple(field.name for field in fields(Record))


def write_csv(records: Iterable[Record], path: Path) -> int:
    """Write one line per record, every field, as UTF-8 CSV with ISO 8601 times; returns how many.

    An empty field is a value that does not exist; JSON columns are JSON. The file replaces `path`
    whole or not at all. Raises StationError when it cannot be written.
    """
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    rows = 0
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with part.open("w", encoding="utf-8", newline="") as stream:
            writer = csv.writer(stream)
            writer.writerow(["verdict" if name == "decision" else name for name in NAMES])
            for record in records:
                writer.writerow([_value(getattr(record, name)) for name in NAMES])
                rows += 1
            stream.flush()
            os.fsync(stream.fileno())
        part.replace(path)
    except BaseException as error:
        with suppress(OSError):
            part.unlink()
        if isinstance(error, OSError):
            raise unwritable("CSV file", path, error.strerror) from error
        raise
    return rows


def unwritable(what: str, path: Path, why: str | None) -> StationError:
    """The error that tells what cannot be written, and what to do."""
    return StationError(
        f"the {what} cannot be written to {path} ({why}). Give another path, free space, or mend "
        f"the permissions of {path.parent}."
    )


def _value(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Decision):
        return value.value
    if isinstance(value, (dict, list, tuple)):
        return json.dumps(value, ensure_ascii=False)
    return value
