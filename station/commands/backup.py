"""`station backup` and `station restore`: a copy of the database, and the way back."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from station.commands.watch import HERE
from station.exits import DIFFERS, OK

if TYPE_CHECKING:
    from station.backups.make import Made
    from station.backups.restore import Restored
    from station.config import StationConfig

EXIT_CODES = """\
exit codes:
  0  done and checked
  2  not done: the message says why, and what to do; nothing was removed or changed
  4  backup: made, but its chain is broken or does not go on from the back-up before; none was
     removed
"""


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `backup` and `restore`."""
    backup = commands.add_parser(
        "backup",
        help="copy the database while a station runs, and check the copy",
        description="Copies one state of the SQLite database, checks every page, row count and "
        "link of the copy, and writes sha256, head of the chain, schema and time beside it. A "
        "station may write meanwhile. Pictures are not in it: copy OUT/images by any other means. "
        "A PostgreSQL database is backed up by pg_dump.",
        epilog="examples:\n  station backup --config station.toml --to /media/backups --keep 14\n"
        "  station backup --db inspections/inspections.db --to backups --json\n\n" + EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    backup.set_defaults(command=_backup)
    _add_which(backup)
    backup.add_argument("--to", type=Path, required=True, metavar="DIR", help="folder of back-ups")
    backup.add_argument(
        "--keep", type=_keep, metavar="N",
        help="remove what is older than the N newest good back-ups of this database, once the new "
        "one is checked (default: all are kept)",
    )  # fmt: skip
    backup.add_argument("--json", action="store_true", help="one JSON object")
    restore = commands.add_parser(
        "restore",
        help="put a back-up in the place of the database",
        description="Verifies a back-up, sets the present database aside under another name, puts "
        "a copy of the back-up in its place and verifies that. Refuses while a station or a window "
        "has the database open. It can be undone: restore what was set aside.",
        epilog="example:\n  station restore backups/inspections-20260304T050607Z.db "
        "--config station.toml\n\n" + EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    restore.set_defaults(command=_restore)
    restore.add_argument("backup", type=Path, metavar="BACKUP", help="the .db file")
    _add_which(restore)
    restore.add_argument("--json", action="store_true", help="one JSON object")


def _add_which(parser: argparse.ArgumentParser) -> None:
    which = parser.add_mutually_exclusive_group()
    which.add_argument(
        "--config", type=Path, metavar="FILE", help="the station's (default: station.toml here)"
    )
    which.add_argument("--db", metavar="DB", help="path of the SQLite file, or its URL")


def _keep(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of back-ups; expected 1 or more")
    return int(text)


def _which(arguments: argparse.Namespace) -> tuple[str, StationConfig | None]:
    """URL or path of the database, and the configuration that names it."""
    from station.errors import ConfigError
    from station.settings_file import load_config

    if arguments.db is not None:
        return arguments.db, None
    file = arguments.config or HERE
    if arguments.config is None and not HERE.is_file():
        raise ConfigError(
            "which database? Give --config station.toml, or --db inspections/inspections.db."
        )
    config = load_config(file, {})
    return config.database, config


def _file(db: str, word: str) -> Path:
    """The SQLite file. Raises ConfigError for a server, with what does it there."""
    from sqlalchemy.engine import URL

    from station.config import database_file
    from station.errors import ConfigError
    from station.store.database import parse_url

    file = database_file(db)
    if file is not None:
        return file
    url = parse_url(db, create=False)
    at = URL.create("postgresql", url.username, None, url.host, url.port, url.database)
    if word == "backup":
        remedy = (
            f'pg_dump --format=custom --file=inspections.dump "{at}" (stations may run meanwhile)'
        )
    else:
        remedy = (
            f'pg_restore --clean --if-exists --dbname="{at}" inspections.dump, stations stopped'
        )
    raise ConfigError(
        f"this database is a PostgreSQL server, which has its own tool: {remedy}. Nothing was done."
    )


@contextmanager
def _told() -> Iterator[None]:
    """What the system refuses, with whom it would let."""
    from station.errors import ConfigError

    try:
        yield
    except OSError as error:
        raise ConfigError(
            f"{error.filename or 'a file'}: {error.strerror or error}. Nothing was removed. Do it "
            "as the user whose the database is, such as: sudo -u scaffold-station station ..."
        ) from error


def _backup(arguments: argparse.Namespace) -> int:
    from station.backups.make import make_backup
    from station.console import stages

    db, _ = _which(arguments)
    database = _file(db, "backup")
    with _told(), stages() as on_stage:
        made = make_backup(database, arguments.to, arguments.keep, on_stage)
    if arguments.json:
        print(json.dumps(_made_json(made), ensure_ascii=False))
    else:
        _show_made(made)
    return OK if made.sound else DIFFERS


def _made_json(made: Made) -> dict[str, object]:
    before = made.departs_from
    return {
        **made.manifest.plain(),
        "file": str(made.manifest.file),
        "sound": made.sound,
        "departs_from": None if before is None else str(before.file),
        "removed": [str(path) for path in made.removed],
        "kept": made.kept,
    }


def _show_made(made: Made) -> None:
    found = made.manifest
    rows = ", ".join(
        f"{found.rows[name]} {name}"
        for name in ("parts", "inspections", "reviews", "events")
        if name in found.rows
    )
    print(f"{found.file}: {found.size_bytes / 1e6:.1f} MB, {rows or 'no rows'}; checked")
    print(f"head: {found.end}")
    print(f"sha256: {found.sha256}")
    if found.broken:
        print(f"BROKEN: {found.broken}")
        print("It is kept, and no older one was removed. `station audit verify` says more.")
    elif made.departs_from is not None:
        before = made.departs_from
        print(
            f"DEPARTS from {before.file.name}: its head {before.end} is not in this chain. Rows "
            "were cut off since, or another database was put in its place. No older back-up was "
            "removed; if it is meant (an older one was restored), the next back-up goes on from "
            "this one."
        )
    elif made.removed:
        print(f"{len(made.removed)} older removed, {made.kept} good ones are there")


def _restore(arguments: argparse.Namespace) -> int:
    import getpass
    import platform

    from station.backups.restore import restore
    from station.console import stages

    db, config = _which(arguments)
    database = _file(db, "restore")
    name = platform.node() or "unknown" if config is None else config.station
    with _told(), stages() as on_stage:
        done = restore(
            arguments.backup, database, [] if config is None else _locks(config), name,
            f"{getpass.getuser()} at the command line", on_stage,
        )  # fmt: skip
    if arguments.json:
        print(json.dumps(_restored_json(done), ensure_ascii=False))
    else:
        _show_restored(done)
    return OK


def _locks(config: StationConfig) -> list[tuple[Path, str]]:
    """What a station with this configuration holds while it runs."""
    from station.inbox.folder import LOCK
    from station.lock import camera_lock

    if config.inbox is not None:
        return [(config.inbox / LOCK, f"the inbox {config.inbox}")] if config.inbox.is_dir() else []
    return [(camera_lock(config.out, config.feed), config.feed)]


def _restored_json(done: Restored) -> dict[str, object]:
    return {
        "database": str(done.database),
        "made_at": None if done.made_at is None else done.made_at.isoformat(),
        "schema": done.contents.schema,
        "rows": dict(done.contents.rows),
        "links": done.contents.links,
        "head": done.contents.head,
        "set_aside": None if done.set_aside is None else str(done.set_aside),
        "links_set_aside": None if done.before is None else done.before.links,
    }


def _show_restored(done: Restored) -> None:
    from station.store.schema import HEAD

    when = "" if done.made_at is None else f", made {done.made_at:%Y-%m-%d %H:%M} UTC"
    print(f"{done.database}: the back-up is in place and verified{when}")
    print(f"head: {done.contents.end}")
    if done.contents.schema != HEAD:
        print("its schema is older: the next start brings it up to date, with a copy beside it")
    if done.set_aside is None:
        return
    if done.before is None:
        print(f"the database before, which is damaged, was set aside as {done.set_aside}")
        return
    print(f"the database before (head {done.before.end}) was set aside as {done.set_aside}")
    newer = done.before.rows.get("inspections", 0) - done.contents.rows.get("inspections", 0)
    if newer > 0:
        print(f"{newer} inspections more than in the back-up are there alone")
    print(f"to undo this: station restore {done.set_aside} --db {done.database}")
