"""A back-up of a database, made while stations write to it; old ones are removed by number.

DIR/NAME-UTC.db      the copy, one file
DIR/NAME-UTC.json    its sha256, rows, head of the chain, schema and time; written last
"""

from __future__ import annotations

import logging
import platform
import shutil
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timezone
from os import getpid
from pathlib import Path

from engines.atomic_file import remove_leftovers
from engines.bundle import file_sha256
from station.backups.manifest import (
    SUFFIX,
    Manifest,
    backups_of,
    place_beside,
    read_manifest,
    remember,
    write_manifest,
)
from station.errors import ConfigError, StoreError
from station.lock import held
from station.store.backup import flush
from station.store.snapshot import SIDES, Contents, look_into, remove, snapshot

log = logging.getLogger(__name__)
SPARE = 16 * 2**20
"""Bytes that must stay free beside the copy."""
PATIENCE_S = 60.0
"""Another back-up into the same folder is waited for so long."""
OnStage = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Made:
    """A back-up that is whole, and what became of older ones."""

    manifest: Manifest
    removed: tuple[Path, ...] = ()
    kept: int = 1
    """Good ones of this database that are there now."""
    departs_from: Manifest | None = None
    """The good one before, whose head is not in this chain; None: it goes on from there."""

    @property
    def sound(self) -> bool:
        """Whether it may take the place of older ones."""
        return self.manifest.good and self.departs_from is None


def make_backup(database: Path, folder: Path, keep: int | None, on_stage: OnStage) -> Made:
    """Copy, check, and only then remove what is older than the `keep` newest good ones.

    Nothing is removed after a back-up whose chain is broken, or does not hold the head of the one
    before it. Raises ConfigError for an impossible folder, StoreError where no back-up was made.
    """
    if not database.is_file():
        raise ConfigError(
            "there is no database at {path}. Give the file that the station writes, with --db, or "
            "its station.toml with --config.",
            path=database,
        )
    database, folder = database.resolve(), folder.resolve()  # noted for any later place to ask
    with held(folder / ".backup.lock", f"the folder of back-ups {folder}", PATIENCE_S):
        _sweep(folder)
        earlier = backups_of(database, folder)
        before = next((each for each in earlier if each.good), None)
        _refuse_full_disk(database, folder)
        try:
            manifest, contents = _made(database, folder, before, on_stage)
        except StoreError as error:
            raise _not_made(error, before) from error
        departs = None if contents.goes_on else before
        made = Made(manifest, (), _count(database, folder), departs)
        if not made.sound:
            return made
        removed = () if keep is None else _prune(manifest, folder, keep)
    try:
        remember(manifest)
    except OSError as error:
        log.warning("%s: where it lies cannot be noted beside the database: %s", folder, error)
    return Made(manifest, removed, _count(database, folder))


def _made(
    database: Path, folder: Path, before: Manifest | None, on_stage: OnStage
) -> tuple[Manifest, Contents]:
    now = datetime.now(timezone.utc)
    target = _free_place(folder, f"{database.stem}-{now:%Y%m%dT%H%M%SZ}")
    part = folder / f".{target.name}.{getpid()}.0.part"
    counted = snapshot(database, part, on_stage)
    try:
        noted = before.head if before is not None and before.links else None
        contents = look_into(part, on_stage, noted)
        if contents.rows != counted:
            raise StoreError(
                "the copy of {database} holds other rows than it: {found}, expected {counted}. "
                "Check that disk.",
                database=database,
                found=contents.rows,
                counted=counted,
            )
        manifest = Manifest(
            target, file_sha256(part), part.stat().st_size, database, platform.node(), now,
            contents.schema, contents.rows, contents.links, contents.head, contents.origin,
            contents.broken,
        )  # fmt: skip
        part.replace(target)
        flush(target)
        write_manifest(manifest)
    except OSError as error:
        remove(target)
        raise StoreError(
            "the back-up {target} cannot be written ({error}). Free space there, or give another "
            "folder with --to.",
            target=target,
            error=error,
        ) from error
    finally:
        remove(part)
    return manifest, contents


def _prune(newest: Manifest, folder: Path, keep: int) -> tuple[Path, ...]:
    """Remove what is older than the `keep` newest good ones of the same beginning."""
    line = [m for m in backups_of(newest.database, folder) if m.origin in (newest.origin, "")]
    good = [each for each in line if each.good]
    if len(good) <= keep:
        return ()
    oldest = good[keep - 1]
    gone = [m for m in line if (m.made_at, m.file.name) < (oldest.made_at, oldest.file.name)]
    for manifest in gone:
        # The manifest first: a file without one is never taken for a back-up that is counted.
        place_beside(manifest.file).unlink(missing_ok=True)
        remove(manifest.file)
    return tuple(manifest.file for manifest in gone)


def _count(database: Path, folder: Path) -> int:
    return sum(each.good for each in backups_of(database, folder))


def _free_place(folder: Path, stem: str) -> Path:
    """A name that no back-up has yet, whatever is left of it."""
    place, number = folder / f"{stem}{SUFFIX}", 1
    while place.exists() or place_beside(place).exists():
        number += 1
        place = folder / f"{stem}-{number}{SUFFIX}"
    return place


def _sweep(folder: Path) -> None:
    """What a killed back-up left behind."""
    remove_leftovers(folder)
    for side in SIDES:
        for path in folder.glob(f".*.part{side}"):
            if not path.with_name(path.name.removesuffix(side)).exists():
                path.unlink(missing_ok=True)


def _refuse_full_disk(database: Path, folder: Path) -> None:
    journal = database.with_name(database.name + "-wal")
    size = database.stat().st_size + (journal.stat().st_size if journal.exists() else 0)
    free = shutil.disk_usage(folder).free
    if free < size + SPARE:
        raise StoreError(
            "the disk of {folder} is too full: the back-up takes {needed:.0f} MB, and {free:.0f} "
            "MB are free. No back-up was made, and none was removed. Free space there, or give "
            "another folder with --to.",
            folder=folder,
            needed=(size + SPARE) / 1e6,
            free=free / 1e6,
        )


def _not_made(error: StoreError, before: Manifest | None) -> StoreError:
    """With what to do about a damaged database; other troubles say it themselves."""
    if "is damaged" not in str(error):
        return error
    remedy = "There is no good back-up in that folder: keep the damaged file, and look elsewhere."
    if before is not None:
        remedy = (
            f"Stop the station, then put the last good back-up, of {before.made_at:%Y-%m-%d %H:%M} "
            f"UTC, in its place: station restore {before.file}"
        )
    return StoreError(
        "{error} No back-up was made, and none was removed. {remedy}", error=error, remedy=remedy
    )


def newest_in(folder: Path, most: int = 5) -> list[Manifest]:
    """The newest back-ups of a folder, of whatever database."""
    found = []
    for path in folder.glob("*.json"):
        with suppress(StoreError):
            found.append(read_manifest(path))
    return sorted(found, key=lambda each: each.made_at, reverse=True)[:most]
