"""Room on the disks of the results: told early, and no further part is begun when there is none."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from engines.sentence import sentence
from station.config import DiskSettings
from station.errors import StationError

LOOK_EVERY_S = 2.0
MB = 1e6


def free_mb(folder: Path) -> float | None:
    """Space on a folder's disk that this user may fill, in MB; None where the system is silent."""
    try:
        stat = os.statvfs(folder)
    except OSError:
        return None
    return stat.f_bavail * stat.f_frsize / MB


@dataclass(slots=True)
class DiskGuard:
    """Looks at the disks from time to time."""

    folders: tuple[Path, ...]
    settings: DiskSettings
    alarm: Callable[[str], None]
    make_room: Callable[[], None] = lambda: None
    """Called when less than the alarm's limit is free, before anybody is told."""
    _looked_s: float = field(default=-LOOK_EVERY_S)
    _told: set[Path] = field(default_factory=set)

    def check(self) -> None:
        """Before parts are begun. Raises StationError where too little is free to go on."""
        now_s = time.monotonic()
        if now_s - self._looked_s < LOOK_EVERY_S:
            return
        self._looked_s = now_s
        if any(self._is_below(f, self.settings.alarm_below_mb) for f in self.folders):
            self.make_room()
        for folder in self.folders:
            self._judge(folder)

    def _judge(self, folder: Path) -> None:
        free = free_mb(folder)
        if free is None:
            return
        if free < self.settings.stop_below_mb:
            raise StationError(
                "only {free:.0f} MB are free on the disk of {folder}; below "
                "{stop_below_mb:g} MB (disk.stop_below_mb) no part is begun. Free space, "
                "for instance with `station prune`, then start again: nothing is lost.",
                free=free,
                folder=folder,
                stop_below_mb=self.settings.stop_below_mb,
            )
        if free < self.settings.alarm_below_mb and folder not in self._told:
            self._told.add(folder)
            self.alarm(
                sentence(
                    "{free:.0f} MB are free on the disk of {folder}. Inspection stops "
                    "below {stop_below_mb:g} MB: free space soon, for instance with "
                    "`station prune`.",
                    free=free,
                    folder=folder,
                    stop_below_mb=self.settings.stop_below_mb,
                )
            )
        elif free > 1.1 * self.settings.alarm_below_mb:
            self._told.discard(folder)

    @staticmethod
    def _is_below(folder: Path, limit_mb: float) -> bool:
        free = free_mb(folder)
        return free is not None and free < limit_mb
