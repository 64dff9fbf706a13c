"""One state of an SQLite database as a file of its own, and what such a file holds.

The copy is made by SQLite's online back-up within one reading transaction: stations go on writing
meanwhile, and what they write then is not in it. Source: sqlite.org, "SQLite Backup API".
"""

from __future__ import annotations

import sqlite3
import stat
from collections.abc import Callable, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from sqlalchemy.engine import URL

from station.errors import StoreError
from station.store.backup import flush
from station.store.chain import BEFORE_THE_FIRST
from station.store.database import Database
from station.store.read_only import as_allowed, is_read_only
from station.store.schema import HEAD, is_known
from station.store.verify import Fault, audit

if TYPE_CHECKING:
    from collections.abc import Iterator

PAGES = 2048
"""So many pages are copied between two words about the progress."""
MAGIC = b"SQLite format 3\x00"
"""How every SQLite file begins. Source: sqlite.org, "Database File Format", section 1.3.1."""
SIDES = ("-wal", "-shm", "-journal")
"""What SQLite may keep beside a database."""
OnStage = Callable[[str, int, int], None]
"""Told what is being done, and how much of how much is."""


@dataclass(frozen=True, slots=True)
class Contents:
    """What a database file holds, every page and every link of it looked at."""

    schema: str | None
    """Version; None: an empty file."""
    rows: Mapping[str, int] = field(default_factory=dict)
    """Table -> rows."""
    links: int = 0
    """Links that hold, from the first; where the chain was not walked, all that are there."""
    head: str = BEFORE_THE_FIRST
    """Hash of the last of them."""
    origin: str = ""
    """Hash of the first: databases that went on from the same beginning share it."""
    walked: bool = False
    """Whether the chain was walked: not in a schema older than this station's."""
    broken: str = ""
    """Where the chain breaks; empty: it holds, or was not walked."""
    goes_on: bool = True
    """Whether it holds the head that was noted before."""

    @property
    def end(self) -> str:
        """The head as `audit verify` prints it."""
        return f"{self.links}:{self.head}"


def snapshot(source: Path, target: Path, on_stage: OnStage) -> Mapping[str, int]:
    """Copy one state of a database to a new file, whole in itself and flushed; returns its rows by
    table as counted in the source.

    Raises StoreError, nothing then being left of the copy: for a source that is damaged or no
    database, and for a disk without room.
    """
    try:
        with _reading(source) as database, closing(sqlite3.connect(target)) as copy:
            database.execute("BEGIN")
            rows = _rows(database)
            copy.execute("PRAGMA synchronous=OFF")  # flushed below, once and whole
            database.backup(
                copy,
                pages=PAGES,
                progress=lambda _, left, total: on_stage("copying", total - left, total),
            )
            database.execute("ROLLBACK")
            # One file: readers of a copy in WAL mode would write two more beside it.
            copy.execute("PRAGMA journal_mode=DELETE")
        target.chmod(stat.S_IMODE(source.stat().st_mode))  # what few may read, few may read there
        flush(target)
    except (OSError, sqlite3.Error) as error:
        remove(target)
        raise _trouble(source, target, error) from error
    except BaseException:
        remove(target)
        raise
    return rows


def look_into(path: Path, on_stage: OnStage, noted: str | None = None) -> Contents:
    """Read every page of a file that nobody writes to, count its rows and walk its chain.

    noted: 64 hex digits that the chain must hold. Raises StoreError for a damaged file, one that
    is no database of a station, and one of a newer schema.
    """
    on_stage("checking", 0, 1)
    try:
        with closing(_connect(path, "mode=ro&immutable=1")) as database:
            found = [row[0] for row in database.execute("PRAGMA integrity_check(3)")]
            if found != ["ok"]:
                raise sqlite3.DatabaseError("; ".join(" ".join(f.split()) for f in found))
            rows = _rows(database)
            schema = _schema(database, path, rows)
            ends = _ends(database) if "links" in rows else (0, BEFORE_THE_FIRST, "")
    except (OSError, sqlite3.Error) as error:
        raise StoreError("{path} is damaged ({error}).", path=path, error=error) from error
    finally:
        on_stage("checking", 1, 1)
    links, head, origin = ends
    if schema != HEAD:
        return Contents(schema, rows, links, head, origin)
    options = {"mode": "ro", "immutable": "1", "uri": "true"}
    url = URL.create("sqlite", database=f"file:{quote(str(path.absolute()))}", query=options)
    database_there = Database(url, 10.0)
    try:
        walked = audit(
            database_there, noted, lambda done, of: on_stage("walking the chain", done, of)
        )
    finally:
        database_there.close()
    broken, goes_on = "", True
    if walked.broken is not None and walked.broken.fault is Fault.HEAD_NOT_FOUND:
        goes_on = False
    elif walked.broken is not None:
        text = walked.broken.text
        broken = f"{walked.broken.fault.value} at link {walked.broken.link}: {text}"
    return Contents(schema, rows, walked.links, walked.head, origin, True, broken, goes_on)


def remove(path: Path) -> None:
    """A database file that is not wanted, and what SQLite keeps beside it."""
    for name in ("", *SIDES):
        path.with_name(path.name + name).unlink(missing_ok=True)


def refuse_other_files(path: Path) -> None:
    """Before SQLite opens it: an empty or strange file would cost the journal beside it.

    Raises sqlite3.DatabaseError, OSError.
    """
    with path.open("rb") as stream:
        if stream.read(len(MAGIC)) != MAGIC:
            raise sqlite3.DatabaseError("file is not a database")


@contextmanager
def _reading(source: Path) -> Iterator[sqlite3.Connection]:
    refuse_other_files(source)
    url = as_allowed(URL.create("sqlite", database=str(source)))
    options = "mode=rw"
    if is_read_only(url):
        options = "&".join(f"{k}={v}" for k, v in url.query.items() if k != "uri")
    with closing(_connect(source, options)) as database:
        yield database


def _connect(path: Path, options: str) -> sqlite3.Connection:
    address = f"file:{quote(str(path.absolute()))}?{options}"
    return sqlite3.connect(address, uri=True, isolation_level=None, timeout=10.0)


def _rows(database: sqlite3.Connection) -> dict[str, int]:
    tables = database.execute(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
    ).fetchall()
    return {
        name: database.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0]
        for (name,) in sorted(tables)
    }


def _schema(database: sqlite3.Connection, path: Path, rows: Mapping[str, int]) -> str | None:
    if not rows:
        return None
    version = None
    if "alembic_version" in rows:
        (version,) = database.execute("SELECT max(version_num) FROM alembic_version").fetchone()
    if version is None or not is_known(version):
        raise StoreError(
            "{path} is no database that this station knows (schema {version!r}, known up to "
            "{head}). Give a file that a station wrote, or install the version that wrote it.",
            path=path,
            version=version,
            head=HEAD,
        )
    return str(version)


def _ends(database: sqlite3.Connection) -> tuple[int, str, str]:
    """Number and hash of the last link, and the hash of the first."""
    last = database.execute("SELECT id, link_sha256 FROM links ORDER BY id DESC LIMIT 1").fetchone()
    if last is None:
        return 0, BEFORE_THE_FIRST, ""
    first = database.execute("SELECT link_sha256 FROM links ORDER BY id LIMIT 1").fetchone()
    return int(last[0]), str(last[1]), str(first[0])


def _trouble(source: Path, target: Path, error: Exception) -> StoreError:
    said = str(error)
    if "full" in said or "No space left" in said:
        return StoreError(
            "the disk of {folder} is full: no back-up was made, and none was removed. Free space "
            "there, or give another folder with --to.",
            folder=target.parent,
        )
    if "malformed" in said or "not a database" in said:
        return StoreError("{source} is damaged ({error}).", source=source, error=error)
    return StoreError(
        "{source} cannot be copied to {folder} ({error}). No back-up was made, and none was "
        "removed. Check that this user may read the one and write the other.",
        source=source,
        folder=target.parent,
        error=error,
    )
