"""An SQLite file that this user may read but not write: opened without leaving a trace beside it.

A reader of a WAL database makes two files beside it, which the station that owns the database may
then not be able to write: so a reader that may not write there gets its own way in.
"""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import quote, unquote

from sqlalchemy.engine import URL

from station.errors import StoreError

WAL_FORMAT = 2
"""The header's read version of a database in WAL mode. Source: sqlite.org, "Database File
Format", section 1.3."""
READ_VERSION_AT = 19
State = tuple[int, int, bool]


def as_allowed(url: URL) -> URL:
    """The URL as this user may open it: the same where the file and its folder can be written.

    Else `mode=ro` beside a station that is running, and `immutable=1` where none is: nothing is
    then locked, and `state_of` tells whether the file stayed as it was. Raises StoreError where
    some of the rows lie in a journal that only a writer can bring home.
    """
    path = Path(str(url.database))
    if url.query.get("uri") or (_may_write(path) and _may_write(path.parent)):
        return url
    options = {"mode": "ro", "uri": "true"}
    try:
        if not _is_shared(path):
            options["immutable"] = "1"
    except OSError as error:
        raise StoreError(
            "the database {path} cannot be read ({strerror}). Give this user the right to "
            "read it, or give another path.",
            path=path,
            strerror=error.strerror,
        ) from error
    return url.set(database=f"file:{quote(str(path.absolute()))}", query=options)


def is_read_only(url: URL) -> bool:
    """Whether it was made by `as_allowed` for a file that may only be read."""
    return "uri" in url.query and url.query.get("mode") == "ro"


def named(url: URL) -> str:
    """The URL as it is told to people."""
    if not is_read_only(url):
        return url.render_as_string(hide_password=True)
    return f"sqlite:///{_path(url)} (which this user may only read)"


def state_of(url: URL) -> State | None:
    """What changes when somebody writes to a file that is read as immutable; None for others."""
    if "immutable" not in url.query:
        return None
    path = _path(url)
    try:
        status = path.stat()
    except FileNotFoundError:
        return None
    return status.st_mtime_ns, status.st_size, Path(f"{path}-wal").exists()


def _may_write(path: Path) -> bool:
    return os.access(path, os.W_OK, effective_ids=os.access in os.supports_effective_ids)


def _path(url: URL) -> Path:
    return Path(unquote(str(url.database).removeprefix("file:")))


def _is_shared(path: Path) -> bool:
    """Whether readers and writers find each other without a file that is not there yet."""
    with path.open("rb") as stream:
        header = stream.read(READ_VERSION_AT + 1)
    if header[-1:] != bytes([WAL_FORMAT]):
        return True  # by locks on the file itself
    wal, index = Path(f"{path}-wal"), Path(f"{path}-shm")
    if not wal.exists() or (wal.stat().st_size == 0 and not index.exists()):
        return False
    if index.exists():
        return True
    raise StoreError(
        "some rows of {path} lie in {name}, which a station left that was cut short, and "
        "this user may not write there. Start that station once, or copy both files to a "
        "folder that this user may write and give the copy.",
        path=path,
        name=wal.name,
    )
