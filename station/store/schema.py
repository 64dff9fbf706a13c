"""The database's schema: which version is there, and the way to the one this station needs."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, Engine, inspect, text

from station.errors import StoreError
from station.store.backup import back_up
from station.store.read_only import is_read_only

HEAD = "0008"
"""The newest migration; a test holds it against the folder of migrations."""
MIGRATIONS = Path(__file__).with_name("migrations")


def migrate(engine: Engine, where: str) -> None:
    """Bring a database to HEAD, in one transaction; an SQLite file with rows is copied before.

    Raises StoreError for a schema this station does not know, or a table that is not its own;
    SQLAlchemyError when the database does not answer.
    """
    with engine.connect() as connection:
        version = _version(connection, where)
        if version == HEAD:
            return
    if is_read_only(engine.url):
        raise StoreError(
            "the database {where} has schema {version}, this station reads {head}. Let a "
            "user who may write it open it once, as with `station account`: that brings it "
            "up to date.",
            where=where,
            version=version,
            head=HEAD,
        )
    # Imported here: half a second that a database in use does not need.
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    exclusive = engine.execution_options(sqlite_begin="BEGIN IMMEDIATE")
    with exclusive.begin() as connection:
        if _version(connection, where) == HEAD:  # another station was quicker
            return
        copy = None
        if engine.dialect.name == "sqlite" and _has_rows(connection):
            copy = back_up(Path(str(engine.url.database)), HEAD)
        config.attributes["connection"] = connection
        try:
            command.upgrade(config, HEAD)
        except BaseException:
            # All is taken back: a copy for every try would fill the disk.
            if copy is not None:
                copy.unlink()
            raise


def is_known(version: str) -> bool:
    """Whether there is a migration of that name."""
    return version in {path.name[1:5] for path in (MIGRATIONS / "versions").glob("v[0-9]*.py")}


def _has_rows(connection: Connection) -> bool:
    tables = inspect(connection).get_table_names()
    return any(
        connection.scalar(text(f"SELECT 1 FROM {table} LIMIT 1"))
        for table in ("inspections", "events", "parts")
        if table in tables
    )


def _version(connection: Connection, where: str) -> str | None:
    """The schema version found, None for an empty database."""
    tables = inspect(connection).get_table_names()
    if "alembic_version" not in tables:
        if "inspections" in tables:
            raise StoreError(
                "the database {where} has a table `inspections` of another origin. Give "
                "another database with --db.",
                where=where,
            )
        return None
    version = connection.scalar(text("SELECT version_num FROM alembic_version"))
    if version is not None and not is_known(version):
        raise StoreError(
            "the database {where} has schema {version!r}, this station knows up to {head}. "
            "Install the station version that wrote it, or give another database with --db.",
            where=where,
            version=version,
            head=HEAD,
        )
    return None if version is None else str(version)
