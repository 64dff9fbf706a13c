"""The configured database: whole, at this station's schema, writable, and backed up lately."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path

from station.backups.manifest import Manifest, last_backup
from station.config import StationConfig, database_file
from station.doctor.finding import Finding, State
from station.errors import StoreError
from station.store.glance import Glance, look_at_database
from station.store.schema import HEAD, is_known
from station.store.snapshot import OnStage

GROUP = "database"
BACKUP_EVERY = timedelta(hours=48)
"""An older back-up than this is told: the installed timer makes one each day."""


def look_at_store(
    config: StationConfig, file: Path | None, on_stage: OnStage, newest: list[datetime]
) -> Iterator[Finding]:
    """file: the configuration's. newest: gets the time of the newest record. Raises OSError where
    this user may not even look at it."""
    path = database_file(config.database)
    where = str(path) if path is not None else "the server"
    if path is not None and not path.is_file():
        yield Finding(GROUP, "file", State.ABSENT, f"no {path} yet", _start(file))
        return
    try:
        seen = look_at_database(config.database, on_stage)
    except StoreError as error:
        remedy = "sudo -u scaffold-station station doctor, as the user whose it is"
        if path is None:
            remedy = "Is the server running, and may this user connect? psql shows."
        yield Finding(GROUP, where, State.FAILED, str(error), remedy)
        return
    newest.extend([] if seen.newest is None else [seen.newest])
    which = _which(config, file)
    last = None if path is None else last_backup(path.resolve())
    yield from judge_glance(where, seen, last, which, config.database)
    if path is None:
        yield Finding(
            GROUP, "back-up", State.NOT_EXECUTED, "what pg_dump did is not known here",
            f"station backup {which} --to DIR says the command",
        )  # fmt: skip
    else:
        yield judge_backup(last, datetime.now(timezone.utc), which)


def judge_glance(
    where: str, seen: Glance, last: Manifest | None, which: str, db: str
) -> Iterator[Finding]:
    """last: the back-up that would be put back. which: the option that names the database."""
    back = f"station backup {which} --to DIR; then look for a copy with `audit verify`"
    if last is not None and last.is_here:
        back = f"stop the station, then: station restore {shlex.quote(str(last.file))} {which}"
    if seen.damage:
        yield Finding(GROUP, where, State.FAILED, f"damaged: {seen.damage}", back)
        return
    if seen.damage is None:
        yield Finding(
            GROUP, where, State.NOT_EXECUTED, "not searched for damage here: it takes minutes",
            f"station backup {which} --to DIR reads every page",
        )  # fmt: skip
    else:
        yield Finding(GROUP, where, State.OK, "no damage found")
    yield _schema(seen, which, db)
    yield _chain(seen, db)
    if seen.unwritable:
        yield Finding(
            GROUP, "writable", State.FAILED, seen.unwritable,
            f"sudo chown -R $USER {shlex.quote(str(Path(where).parent))}, or ask as the station's "
            "user: sudo -u scaffold-station station doctor",
        )  # fmt: skip
    elif where != "the server":
        yield Finding(GROUP, "writable", State.OK, "a transaction was begun and taken back")


def _schema(seen: Glance, which: str, db: str) -> Finding:
    if seen.schema is None:
        return Finding(GROUP, "schema", State.ABSENT, "no tables yet: the first start makes them")
    if seen.schema == HEAD:
        return Finding(GROUP, "schema", State.OK, seen.schema)
    if is_known(seen.schema):
        return Finding(
            GROUP, "schema", State.ABSENT,
            f"{seen.schema}, this station's is {HEAD}: the next start brings it up to date, with a "
            "copy beside it",
            f"station backup {which} --to DIR, then station account --db {shlex.quote(db)}",
        )  # fmt: skip
    return Finding(
        GROUP, "schema", State.FAILED, f"{seen.schema!r}, this station knows up to {HEAD}",
        "Install the version that wrote it: sudo deploy/install.sh",
    )  # fmt: skip


def _chain(seen: Glance, db: str) -> Finding:
    verify = f"station audit verify --db {shlex.quote(db)}"
    if seen.chain is None:
        return Finding(GROUP, "chain", State.NOT_EXECUTED, f"not walked; head {seen.end}", verify)
    if seen.chain:
        return Finding(GROUP, "chain", State.FAILED, f"broken: {seen.chain}", verify)
    return Finding(GROUP, "chain", State.OK, f"holds; head {seen.end}")


def judge_backup(last: Manifest | None, now: datetime, which: str) -> Finding:
    """Whether there is a good one, still in its place, and young enough."""
    make = f"station backup {which} --to DIR --keep 14"
    if last is None:
        return Finding(
            GROUP, "back-up", State.ABSENT, "none was ever made by `station backup`", make
        )
    again = make.replace("DIR", shlex.quote(str(last.file.parent)))
    age_h = (now - last.made_at).total_seconds() / 3600.0
    seen = f"{last.file}, {age_h:.0f} h old, head {last.end}"
    if not last.is_here:
        return Finding(GROUP, "back-up", State.FAILED, f"{last.file} is no longer there", again)
    if now - last.made_at > BACKUP_EVERY:
        limit_h = BACKUP_EVERY.total_seconds() / 3600.0
        return Finding(
            GROUP, "back-up", State.FAILED, f"{seen}; expected one of the last {limit_h:.0f} h",
            again,
        )  # fmt: skip
    return Finding(GROUP, "back-up", State.OK, seen)


def _which(config: StationConfig, file: Path | None) -> str:
    if file is not None:
        return f"--config {shlex.quote(str(file))}"
    return f"--db {shlex.quote(config.database)}"


def _start(file: Path | None) -> str:
    if file is None:
        return "station watch makes it"
    return f"station run --config {shlex.quote(str(file))} makes it"
