"""Retention: pictures and overlays of passed parts go, by age and for room; never a row.

What was rejected, sent to review, an error, or looked at by a person stays for ever, and so does a
picture that two parts share.
"""

from __future__ import annotations

import logging
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.engine import Connection

from station.domain import Decision
from station.errors import ConfigError, StationError
from station.sayings import Event, Severity
from station.store.database import insert_new
from station.store.pictures import place_of
from station.store.store import Store
from station.store.tables import InspectionRow, OpenRow, PartRow, RetentionRow, ReviewRow

log = logging.getLogger(__name__)
TOGETHER = 500
"""So many rows are looked at at a time."""
YOUNG_IN_A_ROW = 1000
"""After so many rows that are too young, those after them are taken to be, too."""
UNTOUCHED_S = 3600.0
"""A picture that was written since may just have come in again: it is left for the next time."""


@dataclass(frozen=True, slots=True)
class RetentionPolicy:
    """What may go. Raises ConfigError for an impossible value."""

    passes_older_than: timedelta | None = None
    """Pictures of parts that passed longer ago than this go; None: none for their age."""
    keep_free_bytes: int | None = None
    """While less is free on the disk, the oldest go, whatever their age; None: none for room."""

    def __post_init__(self) -> None:
        if self.passes_older_than is not None and self.passes_older_than < timedelta(0):
            raise ConfigError(
                "passes are to go after {passes_older_than}; give 0 or more.",
                passes_older_than=self.passes_older_than,
            )
        if self.keep_free_bytes is not None and self.keep_free_bytes < 0:
            raise ConfigError(
                "{keep_free_bytes} bytes are to stay free; give 0 or more.",
                keep_free_bytes=self.keep_free_bytes,
            )


@dataclass(slots=True)
class Pruned:
    """What went, or would go."""

    pictures: int = 0
    overlays: int = 0
    bytes: int = 0
    oldest: datetime | None = None
    newest: datetime | None = None
    """When the first and the last of these parts were decided."""

    def add(self, paths: list[tuple[Path, bool]], sizes: int, decided_at: datetime) -> None:
        """One part's files: (path, whether it is the picture)."""
        self.pictures += sum(is_picture for _, is_picture in paths)
        self.overlays += sum(not is_picture for _, is_picture in paths)
        self.bytes += sizes
        self.oldest = min(self.oldest or decided_at, decided_at)
        self.newest = max(self.newest or decided_at, decided_at)

    @property
    def sentence(self) -> str:
        """For people."""
        if self.oldest is None or self.newest is None:
            return (
                "Retention found nothing to remove. What was written within the last hour stays "
                "in any case."
            )
        return (
            f"Retention: {self.pictures} pictures and {self.overlays} overlays of passed parts, "
            f"{self.bytes / 1e6:.1f} MB, decided from {self.oldest:%Y-%m-%d %H:%M:%S} to "
            f"{self.newest:%Y-%m-%d %H:%M:%S} UTC. Their rows are kept."
        )


def prune(
    store: Store,
    images: Path,
    overlays: Path,
    policy: RetentionPolicy,
    now: datetime,
    *,
    station: str = "retention",
    dry_run: bool = False,
) -> Pruned:
    """Remove what the policy lets go, oldest first; an event tells how much it was.

    images, overlays: the folders of the results; nothing outside them is touched. now: aware.
    dry_run: nothing is removed. Raises StoreError, or StationError for a file that cannot be
    removed: what was removed before it is told all the same.
    """
    done = Pruned()
    run = _Run(store, images.resolve(), overlays.resolve(), policy, now, dry_run, done)
    try:
        run.all()
    finally:
        if not dry_run and done.oldest is not None:
            log.info("%s", done.sentence)
            store.add_event(Event(now, station, "retention", Severity.INFO, done.sentence))
    return done


@dataclass(slots=True)
class _Run:
    """One time of looking through the passed parts, from where the last one ended."""

    store: Store
    images: Path
    overlays: Path
    policy: RetentionPolicy
    now: datetime
    dry_run: bool
    done: Pruned

    def all(self) -> None:
        up_to, advancing, young = self._done_before(), True, 0
        try:
            for row, removable in self._rows(up_to):
                is_old = self._is_old(row.decided_at)
                if not is_old and not self._lacks_room():
                    advancing, young = False, young + 1
                    if young >= YOUNG_IN_A_ROW:
                        return
                    continue
                young = 0
                waits = removable and not self._remove(row)
                advancing = advancing and not waits
                if advancing:
                    up_to = row.id
        finally:
            if not self.dry_run:
                self._remember(up_to)

    def _is_old(self, decided_at: datetime) -> bool:
        age = self.policy.passes_older_than
        return age is not None and self.now - decided_at > age

    def _lacks_room(self) -> bool:
        wanted = self.policy.keep_free_bytes
        if wanted is None:
            return False
        # Of a dry run's files, none has made room.
        freed = self.done.bytes if self.dry_run else 0
        return shutil.disk_usage(self.images).free + freed < wanted

    def _remove(self, row: Any) -> bool:
        """Whether the part's files are gone; False for a picture that was just written."""
        found = list(self._files(row))
        stats = [path.stat() for path, _ in found]
        if any(self.now.timestamp() - stat.st_mtime < UNTOUCHED_S for stat in stats):
            return False
        if not self.dry_run:
            for path, _ in found:
                try:
                    path.unlink(missing_ok=True)
                except OSError as error:
                    raise StationError(
                        "{path} cannot be removed ({strerror}). Mend the permissions of "
                        "{parent}, then start again: no row is lost.",
                        path=path,
                        strerror=error.strerror,
                        parent=path.parent,
                    ) from error
        if found:
            self.done.add(found, sum(stat.st_size for stat in stats), row.decided_at)
        return True

    def _files(self, row: Any) -> Iterator[tuple[Path, bool]]:
        if row.image_sha256 is not None:
            picture = place_of(self.images, row.image_sha256, None)
            if picture is not None:
                yield picture, True
        if row.overlay_path is not None:
            overlay = Path(row.overlay_path)
            # Only what lies in the folder of overlays itself: a row may name anything.
            if overlay.resolve().parent == self.overlays and overlay.is_file():
                yield overlay, False

    def _rows(self, after: int) -> Iterator[tuple[Any, bool]]:
        """Passed parts, oldest first, and whether their files may go at all."""
        i = InspectionRow
        query = select(i.id, i.uuid, i.image_sha256, i.overlay_path, i.decided_at)
        query = query.where(i.verdict == Decision.PASS.value).order_by(i.id).limit(TOGETHER)
        while True:
            with self.store.database.reading() as connection:
                rows = connection.execute(query.where(i.id > after)).all()
                kept = _kept(connection, rows)
            for row in rows:
                yield row, row.id not in kept
            if len(rows) < TOGETHER:
                return
            after = rows[-1].id

    def _done_before(self) -> int:
        query = select(RetentionRow.done_up_to).where(RetentionRow.images == str(self.images))
        with self.store.database.reading() as connection:
            return connection.scalar(query) or 0

    def _remember(self, up_to: int) -> None:
        with self.store.database.writing() as connection:
            key = {"images": str(self.images), "done_up_to": up_to}
            connection.execute(insert_new(connection, RetentionRow), [key])
            connection.execute(
                update(RetentionRow)
                .where(RetentionRow.images == str(self.images))
                .values(done_up_to=up_to)
            )


def _kept(connection: Connection, rows: Any) -> set[int]:
    """Ids of the parts that a person reviewed, or that share their picture."""
    i = InspectionRow
    uuids = [row.uuid for row in rows]
    hashes = {row.image_sha256 for row in rows if row.image_sha256 is not None}
    reviewed = set(
        connection.scalars(select(ReviewRow.part_uuid).where(ReviewRow.part_uuid.in_(uuids)))
    )
    shared = set(
        connection.scalars(
            select(i.image_sha256)
            .where(i.image_sha256.in_(hashes))
            .group_by(i.image_sha256)
            .having(func.count() > 1)
        )
    )
    shared.update(
        connection.scalars(
            select(PartRow.image_sha256).join(OpenRow, OpenRow.part_uuid == PartRow.uuid)
        )
    )
    shared.discard(None)
    return {row.id for row in rows if row.uuid in reviewed or row.image_sha256 in shared}
