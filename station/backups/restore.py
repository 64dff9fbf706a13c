"""A back-up put in the place of the database; what was there is set aside, never removed."""

from __future__ import annotations

import os
import shutil
import sqlite3
import stat
from collections.abc import Callable, Sequence
from contextlib import ExitStack, closing, suppress
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path

from engines.bundle import file_sha256
from station.backups.make import newest_in
from station.backups.manifest import Manifest, place_beside, read_manifest
from station.errors import ConfigError, StoreError
from station.lock import held
from station.sayings import Event, Severity
from station.store.backup import flush
from station.store.schema import HEAD
from station.store.snapshot import SIDES, Contents, look_into, refuse_other_files, remove
from station.store.store import open_store

SPARE = 16 * 2**20
"""Bytes that must stay free beside the copy."""
OnStage = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Restored:
    """What was put in place, and where what was there lies now."""

    database: Path
    contents: Contents
    """Of the back-up."""
    made_at: datetime | None
    """When it was made; None: it came without a manifest."""
    set_aside: Path | None
    """None: there was no database."""
    before: Contents | None
    """Of what was set aside; None: nothing, or it is damaged."""


def restore(
    backup: Path,
    database: Path,
    locks: Sequence[tuple[Path, str]],
    station: str,
    user: str,
    on_stage: OnStage,
) -> Restored:
    """Verify a back-up, set the present database aside, put a copy in its place, verify again.

    locks: files that a running station holds, and what each is of. user: who does it, for the
    event in the chain. Raises ConfigError while anything has the database open, StoreError for a
    back-up that is not whole; the database is then as it was.
    """
    backup, database = backup.resolve(), database.resolve()
    if backup == database:
        raise ConfigError("{path} is the database itself; give a back-up of it.", path=backup)
    manifest, contents = verified(backup, on_stage)
    with ExitStack() as stack:
        for path, what in locks:
            stack.enter_context(held(path, what))
        database.parent.mkdir(parents=True, exist_ok=True)
        before = _alone(database, on_stage)
        part = database.with_name(f".{database.name}.{os.getpid()}.0.part")
        try:
            _copy(backup, part, None if manifest is None else manifest.sha256)
            _give(part, database)
            aside = _set_aside(database)
            try:
                _put(part, database, aside, contents, on_stage)
            except BaseException:
                _put_back(aside, database)
                raise
        finally:
            remove(part)
        made_at = None if manifest is None else manifest.made_at
        done = Restored(database, contents, made_at, aside, before)
        if contents.schema == HEAD:
            _note(done, backup, station, user)
    return done


def verified(backup: Path, on_stage: OnStage) -> tuple[Manifest | None, Contents]:
    """A back-up, held against its manifest where it has one. Raises StoreError."""
    if not backup.is_file() or backup.suffix == ".json":
        raise StoreError(
            "{path} is no back-up. Give the .db file that `station backup` wrote.{others}",
            path=backup,
            others=_others(backup if backup.is_dir() else backup.parent),
        )
    manifest = read_manifest(place_beside(backup)) if place_beside(backup).exists() else None
    if manifest is not None and (found := file_sha256(backup)) != manifest.sha256:
        raise StoreError(
            "{path} is not the file that was backed up: sha256 {found}..., expected {wanted}.... "
            "Give another back-up.{others}",
            path=backup,
            found=found[:12],
            wanted=manifest.sha256[:12],
            others=_others(backup.parent),
        )
    try:
        contents = look_into(backup, on_stage)
    except StoreError as error:
        raise StoreError(
            "{error} Nothing was changed. Give another back-up.{others}",
            error=error,
            others=_others(backup.parent),
        ) from error
    if contents.broken or contents.schema is None:
        raise StoreError(
            "the chain of {path} is broken ({broken}): it is not put in place. Nothing was "
            "changed. Give another back-up.{others}",
            path=backup,
            broken=contents.broken or "the file is empty",
            others=_others(backup.parent),
        )
    return manifest, contents


def _others(folder: Path) -> str:
    found = [each for each in newest_in(folder) if each.is_here and each.good]
    if not found:
        return ""
    lines = (f"\n  {m.file}  {m.made_at:%Y-%m-%d %H:%M} UTC, head {m.end}" for m in found)
    return " The newest in that folder:" + "".join(lines)


def _alone(database: Path, on_stage: OnStage) -> Contents | None:
    """Make sure that nobody has the database open, bring its journal home, and look into it.

    None where it is not there, or damaged. Raises ConfigError where somebody has it open.
    """
    if not database.is_file():
        return None
    holders = _holders(database)
    try:
        refuse_other_files(database)
        with closing(sqlite3.connect(database, timeout=0.5, isolation_level=None)) as there:
            # Only the one connection of a database may take it out of WAL mode.
            mode = there.execute("PRAGMA journal_mode=DELETE").fetchone()[0]
    except sqlite3.OperationalError as error:
        mode = "wal" if "locked" in str(error) else "unknown"
    except sqlite3.DatabaseError:
        mode = "unknown"
    if holders or mode == "wal":
        who = f" (process {', '.join(map(str, holders))})" if holders else ""
        raise ConfigError(
            "{database} is open in another program{who}, such as a running station or its window. "
            "Stop it, then do the same again: nothing was changed.",
            database=database,
            who=who,
        )
    with suppress(StoreError):
        return look_into(database, on_stage)
    return None


def _holders(database: Path) -> list[int]:
    """Other processes of this machine that have the file open, as far as this user may know."""
    found, wanted = set(), str(database)
    for handle in Path("/proc").glob("[0-9]*/fd/*"):
        with suppress(OSError, ValueError):
            if str(handle.readlink()) == wanted:
                found.add(int(handle.parts[2]))
    return sorted(found - {os.getpid()})


def _copy(backup: Path, part: Path, sha256: str | None) -> None:
    needed, free = backup.stat().st_size + SPARE, shutil.disk_usage(part.parent).free
    try:
        if free < needed:
            raise OSError(f"it takes {needed / 1e6:.0f} MB, and {free / 1e6:.0f} MB are free")
        shutil.copyfile(backup, part)
        flush(part)
        if file_sha256(part) != (sha256 or file_sha256(backup)):
            raise OSError("what was written reads back otherwise")
    except OSError as error:
        raise StoreError(
            "no copy of {backup} can be made in {folder} ({error}). Nothing was changed. Free "
            "space on its disk or mend the folder's permissions.",
            backup=backup,
            folder=part.parent,
            error=error,
        ) from error


def _give(part: Path, database: Path) -> None:
    """To whom the database belongs, or its folder: root may restore for a station that is not."""
    there = database if database.exists() else database.parent
    about = there.stat()
    if there == database:
        part.chmod(stat.S_IMODE(about.st_mode))
    with suppress(PermissionError):
        os.chown(part, about.st_uid, about.st_gid)


def _set_aside(database: Path) -> Path | None:
    if not database.exists():
        return None
    now = datetime.now(timezone.utc)
    stem, number = f"{database.stem}.set-aside-{now:%Y%m%dT%H%M%SZ}", 1
    aside = database.with_name(f"{stem}.db")
    while aside.exists():
        number += 1
        aside = database.with_name(f"{stem}-{number}.db")
    try:
        for side in SIDES:  # first: read with another file they would ruin it
            with suppress(FileNotFoundError):
                _beside(database, side).rename(_beside(aside, side))
        try:
            aside.hardlink_to(database)  # at no instant is there none
        except OSError:
            database.rename(aside)
    except OSError as error:
        raise StoreError(
            "{database} cannot be set aside ({error}). Give this user the right to write its "
            "folder.",
            database=database,
            error=error,
        ) from error
    return aside


def _beside(path: Path, side: str) -> Path:
    return path.with_name(path.name + side)


def _put(
    part: Path, database: Path, aside: Path | None, wanted: Contents, on_stage: OnStage
) -> None:
    if database.exists() and (aside is None or not database.samefile(aside)):
        raise StoreError(
            "{database} was made anew meanwhile: a station was started. Stop it, then do the same "
            "again; what was there before is {aside}.",
            database=database,
            aside=aside or "nothing",
        )
    part.replace(database)
    flush(database)
    found = look_into(database, on_stage)
    if found != wanted:
        remove(database)
        raise StoreError(
            "{database} does not read back as the back-up. The database is as it was. Check its "
            "disk.",
            database=database,
        )


def _put_back(aside: Path | None, database: Path) -> None:
    if aside is None:
        return
    if database.exists() and database.samefile(aside):
        aside.unlink()
    elif not database.exists():
        aside.rename(database)
    else:
        return  # another's
    for side in SIDES:
        with suppress(FileNotFoundError):
            _beside(aside, side).rename(_beside(database, side))


def _note(done: Restored, backup: Path, station: str, user: str) -> None:
    """What was done, in the chain that goes on from here."""
    text = f"{user} put the back-up {backup.name} in place, head {done.contents.end}."
    if done.set_aside is not None:
        head = "damaged" if done.before is None else f"head {done.before.end}"
        text += f" The database before ({head}) was set aside as {done.set_aside.name}."
    with open_store(str(done.database), create=False) as store:
        now = datetime.now(timezone.utc)
        store.add_event(Event(now, station, "restore", Severity.WARNING, text))
