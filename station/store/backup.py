"""A copy of an SQLite database beside it, before its schema is changed."""

from __future__ import annotations

import logging
import os
import shutil
import sqlite3
import stat
from contextlib import closing
from datetime import datetime, timezone
from pathlib import Path

from station.errors import StoreError

log = logging.getLogger(__name__)
ROOM = 3.0
"""Times the database's size that must be free: the copy, the rows written anew, their journal."""
SPARE = 16 * 2**20
"""Bytes besides."""


def back_up(path: Path, version: str) -> Path:
    """Copy a database whole as NAME.before-VERSION-UTC.db, and check the copy.

    Other connections may read meanwhile; the caller keeps writers out. Raises StoreError, no copy
    then being left, where the disk has no room for it and for what comes after.
    """
    now = datetime.now(timezone.utc)
    target = path.with_name(f"{path.stem}.before-{version}-{now:%Y%m%dT%H%M%SZ}.db")
    part = target.with_name(target.name + ".part")
    _refuse_full_disk(path)
    try:
        _copy(path, part)
        part.replace(target)
        flush(target)
    except (OSError, sqlite3.Error) as error:
        part.unlink(missing_ok=True)
        raise StoreError(
            "the database {path} is of an older version, and no copy of it can be made at "
            "{target} ({error}). Free space or mend the folder's permissions, then start "
            "again: the database is as it was.",
            path=path,
            target=target,
            error=error,
        ) from error
    log.warning("%s is of an older version; before it is changed it is kept as %s", path, target)
    return target


def _refuse_full_disk(path: Path) -> None:
    journal = path.with_name(path.name + "-wal")
    size = path.stat().st_size + (journal.stat().st_size if journal.exists() else 0)
    free, needed = shutil.disk_usage(path.parent).free, int(ROOM * size) + SPARE
    if free < needed:
        raise StoreError(
            "the database {path} is of an older version and must be brought up to date, "
            "with a copy beside it. That takes {needed:.0f} MB, and {free:.0f} MB are "
            "free. Free space on its disk, then start again: the database is as it was.",
            path=path,
            needed=needed / 1000000.0,
            free=free / 1000000.0,
        )


def _copy(path: Path, part: Path) -> None:
    part.unlink(missing_ok=True)
    with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(part)) as copy:
        source.backup(copy)
        found = copy.execute("PRAGMA integrity_check").fetchone()[0]
        if found != "ok":
            raise sqlite3.DatabaseError(f"the copy is damaged: {found}")
    part.chmod(stat.S_IMODE(path.stat().st_mode))
    flush(part)


def flush(path: Path) -> None:
    """Put the file and its name on the disk. Raises OSError."""
    for place in (path, path.parent):
        handle = os.open(place, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
