"""The connection: one database, SQLite or PostgreSQL, one writer at a time.

SQLite in WAL mode with synchronous=FULL: what a transaction wrote survives a power cut.
"""

from __future__ import annotations

import logging
import re
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, event, make_url, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import URL, Connection
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, SQLAlchemyError

from engines.sentence import Sentence, sentence, together
from station.errors import StoreError
from station.store.read_only import as_allowed, is_read_only, named, state_of
from station.store.schema import migrate

log = logging.getLogger(__name__)
WRITERS = 0x5CAFF01D
"""Key of the PostgreSQL advisory lock that writers take one after the other."""
KNOWN = ("sqlite", "postgresql")
AGAIN_S = 0.01
"""Between two tries to switch a new database that another connection holds."""


DONE = {
    "opened": sentence("opened"),
    "read": sentence("read"),
    "written": sentence("written"),
}
"""What could not be done to it."""


class Database:
    """An open database at the schema this station needs. Raises StoreError where it cannot be."""

    def __init__(self, url: URL, busy_timeout_s: float) -> None:
        self.where = named(url)
        self._busy_timeout_s = busy_timeout_s
        self._turn = threading.Lock()
        self._before = state_of(url)
        self.engine = create_engine(url, **_options(url, busy_timeout_s))
        self._writers = self.engine.execution_options(sqlite_begin="BEGIN IMMEDIATE")
        if url.get_backend_name() == "sqlite":
            prepare = _prepare_reading if is_read_only(url) else _prepare_sqlite
            event.listen(self.engine, "connect", prepare)
            event.listen(self.engine, "begin", _begin_sqlite)
        try:
            with self._talking("opened"):
                migrate(self.engine, self.where)
        except OSError as error:
            self.engine.dispose()
            raise self._trouble("opened", str(error)) from error
        except StoreError:
            self.engine.dispose()
            raise

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """One state of the database, however long it is read. Raises StoreError."""
        with self._talking("read"), self.engine.connect() as connection:
            if connection.dialect.name == "postgresql":
                connection = connection.execution_options(isolation_level="REPEATABLE READ")
            yield connection
        if self._before != state_of(self.engine.url):
            raise self._trouble("read", "")

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """One transaction, durable on leaving, and no other writer in it. Raises StoreError."""
        if not self._turn.acquire(timeout=self._busy_timeout_s + 1.0):
            raise self._trouble("written", sentence("locked by another thread of this program"))
        try:
            with self._talking("written"), self._writers.begin() as connection:
                if connection.dialect.name == "postgresql":
                    connection.execute(text("SELECT pg_advisory_xact_lock(:k)"), {"k": WRITERS})
                yield connection
        finally:
            self._turn.release()

    def close(self) -> None:
        """Give all connections back."""
        self.engine.dispose()

    @contextmanager
    def _talking(self, done: str) -> Iterator[None]:
        try:
            yield
        except (SQLAlchemyError, ValueError, TypeError) as error:
            cause = (str(error.orig) if isinstance(error, DBAPIError) else str(error)).strip()
            raise self._trouble(done, cause) from error

    def _trouble(self, done: str, cause: str) -> StoreError:
        if self._before != state_of(self.engine.url):
            cause = sentence("a station wrote to it meanwhile; do the same again")
        return StoreError(
            "the database {where} cannot be {done} ({cause}). {remedy}",
            where=self.where,
            done=DONE.get(done, done),
            cause=cause,
            remedy=_remedy(cause),
        )


def parse_url(url: str, *, create: bool) -> URL:
    """An SQLAlchemy URL, or the path of an SQLite file; its folder is made.

    create: False refuses an SQLite file that is not there yet, and opens one that this user may
    not write for reading. Raises StoreError.
    """
    try:
        parsed = make_url(url) if "://" in url else URL.create("sqlite", database=url)
        backend = parsed.get_backend_name()
        parsed.get_dialect().import_dbapi()
    except ImportError as error:
        hidden = parsed.render_as_string(hide_password=True)
        raise StoreError(
            "--db {hidden!r} needs the Python package {name!r}, which is not installed. "
            "For PostgreSQL give postgresql+psycopg://USER@HOST/DATABASE and install it "
            "with `pip install 'scaffold-station[postgresql]'`.",
            hidden=hidden,
            name=error.name,
        ) from error
    except (ArgumentError, NoSuchModuleError, ValueError) as error:
        raise _unknown(url, str(error)) from error
    if backend not in KNOWN:
        raise _unknown(url, f"{backend} is not one of {', '.join(KNOWN)}")
    if backend == "sqlite":
        _check_file(parsed, create)
        return parsed if create else as_allowed(parsed)
    return parsed


def insert_new(connection: Connection, table: Any) -> Any:
    """An INSERT that leaves out rows whose key is there already."""
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    return dialect.insert(table).on_conflict_do_nothing()


def _unknown(url: str, why: str) -> StoreError:
    hidden = re.sub(r"://[^@/]*@", "://***@", url)
    return StoreError(
        "--db {hidden!r} is not a database URL this station knows ({why}). Give "
        "sqlite:///FOLDER/FILE.db, the path of an SQLite file, or "
        "postgresql+psycopg://USER@HOST/DATABASE.",
        hidden=hidden,
        why=why,
    )


def _check_file(url: URL, create: bool) -> None:
    if url.database in (None, "", ":memory:"):
        raise StoreError(
            "--db names a database in memory, which is lost when the station stops. "
            "Give sqlite:///FOLDER/FILE.db."
        )
    path = Path(str(url.database))
    if not create and not path.is_file():
        raise StoreError(
            "there is no database at {path}. Give the file that `watch` wrote.", path=path
        )
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(
            "the folder {parent} for the database cannot be made ({strerror}). Make it, or "
            "give another place with --db or --out.",
            parent=path.parent,
            strerror=error.strerror,
        ) from error


def _options(url: URL, busy_timeout_s: float) -> dict[str, Any]:
    if url.get_backend_name() == "sqlite":
        return {"connect_args": {"timeout": busy_timeout_s}}
    wait_ms = max(1, round(1000 * busy_timeout_s))
    return {
        # A connection that the server dropped meanwhile is opened anew.
        "pool_pre_ping": True,
        "connect_args": {
            "connect_timeout": max(2, round(busy_timeout_s)),
            "options": f"-c lock_timeout={wait_ms} -c timezone=UTC -c synchronous_commit=on",
        },
    }


def _prepare_sqlite(connection: Any, _: object) -> None:
    """Once for each connection: durable, and transactions begun by SQLAlchemy, not by the driver.

    Source: SQLAlchemy documentation, SQLite dialect, "Enabling Non-Legacy SQLite Transactional
    Modes with the sqlite3 driver".
    """
    connection.isolation_level = None
    cursor = connection.cursor()
    try:
        mode = _write_ahead(cursor)
        if mode != "wal":
            log.warning("the database keeps its %s journal: its file system knows no WAL", mode)
        cursor.execute("PRAGMA synchronous=FULL")
        cursor.execute("PRAGMA foreign_keys=ON")
    finally:
        cursor.close()


def _write_ahead(cursor: Any) -> str:
    """The journal's mode after WAL was asked for.

    A new database is switched once. While another connection does it SQLite says "locked" at once,
    whatever its busy timeout, so the patience is ours.
    """
    patience_s = cursor.execute("PRAGMA busy_timeout").fetchone()[0] / 1000.0
    until = time.monotonic() + patience_s
    while True:
        try:
            mode = cursor.execute("PRAGMA journal_mode").fetchone()[0]
            if mode != "wal":
                mode = cursor.execute("PRAGMA journal_mode=WAL").fetchone()[0]
            return str(mode)
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > until:
                raise
            time.sleep(AGAIN_S)


def _prepare_reading(connection: Any, _: object) -> None:
    connection.isolation_level = None


def _begin_sqlite(connection: Connection) -> None:
    options = connection.get_execution_options()
    connection.exec_driver_sql(str(options.get("sqlite_begin", "BEGIN")))


def _remedy(cause: str) -> Sentence:
    """What to do about a database error, from the words of its driver."""
    nothing = sentence("Nothing was recorded; the part in hand stays in the inbox.")
    for words, remedy in (
        ("locked", sentence("Another program holds it: close that program, then start again.")),
        (
            "lock timeout",
            sentence("Another program holds it: close that program, then start again."),
        ),
        ("readonly", sentence("Make the file and its folder writable for this user.")),
        (
            "unable to open",
            sentence("Check that the folder exists and that this user may write there."),
        ),
        ("full", sentence("Free space on its disk, then start again.")),
        ("No space left", sentence("Free space on the server's disk, then start again.")),
        ("I/O error", sentence("Its disk is full or failing: free space or check the disk.")),
        (
            "malformed",
            sentence(
                "It is damaged: stop the station, then `station restore BACKUP --db FILE` puts a "
                "back-up in its place and sets this one aside."
            ),
        ),
        (
            "not a database",
            sentence(
                "The file is something else: give another path with --db. Was it the station's? "
                "Then it is damaged: `station restore BACKUP --db FILE` puts a back-up in its "
                "place."
            ),
        ),
        (
            "connection",
            sentence("Check that the server runs and that this user may connect to it."),
        ),
    ):
        if words in cause:
            return together(remedy, nothing)
    return nothing
