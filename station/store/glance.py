"""A database looked at as it is: nothing is written to it, nor brought up to date."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import Connection, create_engine, inspect, text
from sqlalchemy.engine import URL
from sqlalchemy.exc import SQLAlchemyError

from station.errors import StoreError
from station.store.chain import BEFORE_THE_FIRST
from station.store.database import Database, parse_url
from station.store.lot import MANY_LINKS
from station.store.schema import HEAD
from station.store.snapshot import OnStage, refuse_other_files
from station.store.verify import audit

SEARCHED_BYTES = 500_000_000
"""A larger SQLite file is not searched for damage: that takes minutes."""
PATIENCE_S = 5
"""How long a server is waited for."""


@dataclass(frozen=True, slots=True)
class Glance:
    """What was seen."""

    schema: str | None
    """None: there are no tables yet."""
    links: int = 0
    head: str = BEFORE_THE_FIRST
    newest: datetime | None = None
    """When the newest record was decided; aware."""
    damage: str | None = None
    """What SQLite found; empty: nothing; None: it was not searched."""
    chain: str | None = None
    """Where the chain breaks; empty: it holds; None: it was not walked."""
    unwritable: str = ""
    """Why this user cannot write it; empty: it can."""

    @property
    def end(self) -> str:
        """The head as `audit verify` prints it."""
        return f"{self.links}:{self.head}"


def look_at_database(db: str, on_stage: OnStage) -> Glance:
    """db: URL, or path of an SQLite file that is there. Raises StoreError where it cannot be read,
    in words of its driver."""
    url = parse_url(db, create=False)
    damage, unwritable = None, ""
    if url.get_backend_name() == "sqlite":
        path = Path(db.removeprefix("sqlite:///"))
        try:
            damage = _searched(path, on_stage)
        except OSError as error:
            raise StoreError("{path}: {said}", path=path, said=error.strerror) from error
        if damage:
            return Glance(None, damage=damage)
        unwritable = _unwritable(path)
    options = {} if url.get_backend_name() == "sqlite" else {"connect_timeout": PATIENCE_S}
    engine = create_engine(url, connect_args=options)
    try:
        with engine.connect() as connection:
            schema, links, head, newest = _facts(connection)
    except SQLAlchemyError as error:
        said = str(getattr(error, "orig", error)).strip()
        raise StoreError("{where}: {said}", where=url.render_as_string(), said=said) from error
    finally:
        engine.dispose()
    chain = _walked(url, on_stage) if schema == HEAD and links <= MANY_LINKS else None
    return Glance(schema, links, head, newest, damage, chain, unwritable)


def _facts(connection: Connection) -> tuple[str | None, int, str, datetime | None]:
    tables = inspect(connection).get_table_names()
    if "alembic_version" not in tables:
        return None, 0, BEFORE_THE_FIRST, None
    schema = connection.scalar(text("SELECT max(version_num) FROM alembic_version"))
    last, newest = None, None
    if "links" in tables:
        query = "SELECT id, link_sha256 FROM links ORDER BY id DESC LIMIT 1"
        last = connection.execute(text(query)).first()
    if "inspections" in tables:
        query = "SELECT decided_at FROM inspections ORDER BY id DESC LIMIT 1"
        newest = connection.scalar(text(query))
    if isinstance(newest, str):
        newest = datetime.fromisoformat(newest)
    if newest is not None and newest.tzinfo is None:
        newest = newest.replace(tzinfo=timezone.utc)
    links, head = (0, BEFORE_THE_FIRST) if last is None else (int(last[0]), str(last[1]))
    return (None if schema is None else str(schema)), links, head, newest


def _walked(url: URL, on_stage: OnStage) -> str:
    database = Database(url, PATIENCE_S)  # it is at HEAD: nothing is brought up to date
    try:
        found = audit(database, None, lambda done, of: on_stage("walking the chain", done, of))
    finally:
        database.close()
    if found.broken is None:
        return ""
    return f"{found.broken.fault.value} at link {found.broken.link}: {found.broken.text}"


def _searched(path: Path, on_stage: OnStage) -> str | None:
    """What SQLite's own check finds, or why it cannot even begin."""
    if path.stat().st_size > SEARCHED_BYTES:
        return None
    on_stage("searching the database for damage", 0, 1)
    try:
        refuse_other_files(path)
        with closing(_open(path, "ro")) as database:
            found = [str(row[0]) for row in database.execute("PRAGMA quick_check(3)")]
    except sqlite3.OperationalError as error:
        # Not damage: a journal that this user may not write beside it, or somebody's lock.
        return None if "malformed" not in str(error) else str(error)
    except sqlite3.DatabaseError as error:
        return str(error)
    finally:
        on_stage("searching the database for damage", 1, 1)
    return "" if found == ["ok"] else "; ".join(" ".join(each.split()) for each in found)


def _unwritable(path: Path) -> str:
    """Tried for real, and taken back. A station that is writing just then is no hindrance."""
    for each in (path, path.parent):
        if not os.access(each, os.W_OK):
            return f"{each} may not be written by this user"
    try:
        with closing(_open(path, "rw")) as database:
            database.execute("BEGIN IMMEDIATE")
            database.execute("ROLLBACK")
    except sqlite3.Error as error:
        return "" if "locked" in str(error) else str(error)
    return ""


def _open(path: Path, mode: str) -> sqlite3.Connection:
    address = f"file:{quote(str(path.absolute()))}?mode={mode}"
    return sqlite3.connect(address, uri=True, isolation_level=None, timeout=1.0)
