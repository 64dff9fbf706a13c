"""The database: SQLAlchemy rows <-> Record and Event. Rows never leave this file.

SQLite in WAL mode with synchronous=FULL: a record that `add` returned from survives a power cut.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any

from sqlalchemy import create_engine, event, func, insert, make_url, select
from sqlalchemy.engine import URL, Connection
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, SQLAlchemyError
from sqlalchemy.orm import Session
from typing_extensions import Self

from station.domain import Decision, Record
from station.errors import StoreError
from station.sayings import Event, Severity
from station.store.schema import migrate
from station.store.tables import EventRow, Row

log = logging.getLogger(__name__)
NAMES = {"decision": "verdict"}
"""Record field -> column, where they differ."""


class Store:
    """An open database. A context manager; made by `open_store`."""

    def __init__(self, url: URL, busy_timeout_s: float) -> None:
        self._where = url.render_as_string(hide_password=True)
        self._engine = create_engine(url, connect_args=_arguments(url, busy_timeout_s))
        if url.get_backend_name() == "sqlite":
            event.listen(self._engine, "connect", _prepare_sqlite)
            event.listen(self._engine, "begin", _begin_sqlite)
        try:
            with self._talking("opened"):
                migrate(self._engine, self._where)
        except StoreError:
            self._engine.dispose()
            raise

    def add(self, *records: Record) -> None:
        """Write records durably, all or none: on return they are on the disk. Raises StoreError."""
        rows = [_to_columns(record) for record in records]
        with self._talking("written"), self._engine.begin() as connection:
            connection.execute(insert(Row), rows)

    def records(
        self, *, lot: str | None = None, image_sha256: str | None = None, limit: int | None = None
    ) -> list[Record]:
        """Records, oldest first; with `limit`, the latest so many. Raises StoreError."""
        query = select(Row).order_by(Row.id.desc()).limit(limit)
        if lot is not None:
            query = query.where(Row.lot == lot)
        if image_sha256 is not None:
            query = query.where(Row.image_sha256 == image_sha256)
        with self._talking("read"), Session(self._engine) as session:
            return [_to_record(row) for row in session.scalars(query)][::-1]

    def find(self, uuid: str) -> Record | None:
        """The record of that uuid, or None. Raises StoreError."""
        with self._talking("read"), Session(self._engine) as session:
            row = session.scalar(select(Row).where(Row.uuid == uuid))
            return None if row is None else _to_record(row)

    def counts(self, *, lot: str | None = None) -> dict[Decision, int]:
        """How many records of each decision, zeros included. Raises StoreError."""
        query = select(Row.verdict, func.count()).group_by(Row.verdict)
        if lot is not None:
            query = query.where(Row.lot == lot)
        with self._talking("read"), Session(self._engine) as session:
            found = {row[0]: row[1] for row in session.execute(query)}
        return {decision: found.get(decision.value, 0) for decision in Decision}

    def add_event(self, happened: Event) -> None:
        """Write one event durably. Raises StoreError."""
        values = {name: getattr(happened, name) for name in Event.__dataclass_fields__}
        with self._talking("written"), self._engine.begin() as connection:
            connection.execute(insert(EventRow), [values | {"severity": happened.severity.value}])

    def events(self, *, limit: int | None = None) -> list[Event]:
        """Events, oldest first; with `limit`, the latest so many. Raises StoreError."""
        query = select(EventRow).order_by(EventRow.id.desc()).limit(limit)
        with self._talking("read"), Session(self._engine) as session:
            return [_to_event(row) for row in session.scalars(query)][::-1]

    @contextmanager
    def _talking(self, done: str) -> Iterator[None]:
        try:
            yield
        except (SQLAlchemyError, OSError) as error:
            cause = str(error.orig) if isinstance(error, DBAPIError) else str(error)
            raise StoreError(
                f"the database {self._where} cannot be {done} ({cause}). {_remedy(cause)}"
            ) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._engine.dispose()


def open_store(url: str, *, create: bool = True, busy_timeout_s: float = 10.0) -> Store:
    """Open a database, and bring its schema up to date.

    url: an SQLAlchemy URL, or the path of an SQLite file. create: False refuses a file that is
    not there yet. Raises StoreError.
    """
    try:
        parsed = make_url(url) if "://" in url else URL.create("sqlite", database=url)
        backend = parsed.get_backend_name()
        parsed.get_dialect()
    except (ArgumentError, NoSuchModuleError, ImportError, ValueError) as error:
        raise StoreError(
            f"--db {url!r} is not a database URL this station knows ({error}). "
            "Give sqlite:///FOLDER/FILE.db, or the path of an SQLite file."
        ) from error
    if backend == "sqlite":
        _check_file(parsed, create)
    return Store(parsed, busy_timeout_s)


def _check_file(url: URL, create: bool) -> None:
    if url.database in (None, "", ":memory:"):
        raise StoreError(
            "--db names a database in memory, which is lost when the station stops. "
            "Give sqlite:///FOLDER/FILE.db."
        )
    path = Path(str(url.database))
    if not create and not path.is_file():
        raise StoreError(f"there is no database at {path}. Give the file that `watch` wrote.")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(
            f"the folder {path.parent} for the database cannot be made ({error.strerror}). "
            "Make it, or give another place with --db or --out."
        ) from error


def _arguments(url: URL, busy_timeout_s: float) -> dict[str, Any]:
    return {"timeout": busy_timeout_s} if url.get_backend_name() == "sqlite" else {}


def _prepare_sqlite(connection: Any, _: object) -> None:
    """Once for each connection: durable, and transactions begun by SQLAlchemy, not by the driver.

    Source: SQLAlchemy documentation, SQLite dialect, "Enabling Non-Legacy SQLite Transactional
    Modes with the sqlite3 driver".
    """
    connection.isolation_level = None
    cursor = connection.cursor()
    try:
        mode = cursor.execute("PRAGMA journal_mode").fetchone()[0]
        if mode != "wal":
            mode = cursor.execute("PRAGMA journal_mode=WAL").fetchone()[0]
        if mode != "wal":
            log.warning("the database keeps its %s journal: its file system knows no WAL", mode)
        cursor.execute("PRAGMA synchronous=FULL")
        cursor.execute("PRAGMA foreign_keys=ON")
    finally:
        cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    options = connection.get_execution_options()
    connection.exec_driver_sql(str(options.get("sqlite_begin", "BEGIN")))


def _remedy(cause: str) -> str:
    """What to do about a database error, from the words of its driver."""
    for words, remedy in (
        ("locked", "Another program holds it: close that program, then start again."),
        ("readonly", "Make the file and its folder writable for this user."),
        ("unable to open", "Check that the folder exists and that this user may write there."),
        ("full", "Free space on its disk, then start again."),
        ("I/O error", "Its disk is full or failing: free space or check the disk."),
        ("malformed", "It is damaged: move it aside and restore it from a copy."),
        ("not a database", "The file is something else: give another path with --db."),
    ):
        if words in cause:
            return f"{remedy} Nothing was recorded; the part in hand stays in the inbox."
    return "Nothing was recorded; the part in hand stays in the inbox."


def _to_columns(record: Record) -> dict[str, Any]:
    values = {NAMES.get(n, n): getattr(record, n) for n in Record.__dataclass_fields__}
    return values | {"verdict": record.decision.value, "codes": list(record.codes)}


def _to_record(row: Row) -> Record:
    values = {n: getattr(row, NAMES.get(n, n)) for n in Record.__dataclass_fields__}
    values |= {"decision": Decision(row.verdict), "codes": tuple(row.codes)}
    return Record(**values)


def _to_event(row: EventRow) -> Event:
    values = {name: getattr(row, name) for name in Event.__dataclass_fields__}
    return Event(**values | {"severity": Severity(row.severity)})
