"""The configuration, and the folders and disks that it names."""

from __future__ import annotations

import os
import shlex
import stat
from collections.abc import Iterator
from pathlib import Path

from station.config import StationConfig, database_file
from station.disk import free_mb
from station.doctor.finding import Finding, State
from station.errors import StationError
from station.settings_file import load_config

GROUP = "bench"
LEAST_FILES = 10_000
"""So many files at least a disk should still take."""


def read_bench(file: Path) -> tuple[StationConfig | None, Finding]:
    """The configuration, or None and why there is none."""
    try:
        config = load_config(file, {})
        mode = stat.S_IMODE(file.stat().st_mode)
    except (StationError, OSError) as error:
        remedy = f"${{EDITOR:-nano}} {shlex.quote(str(file))}"
        return None, Finding(GROUP, "configuration", State.FAILED, str(error), remedy)
    seen = f"{file}: {config.station}, {config.feed}, {len(config.outbox)} receivers"
    if mode & 0o002:
        return config, Finding(
            GROUP, "configuration", State.FAILED, f"{seen}; everybody may change it",
            f"sudo chmod o-w {shlex.quote(str(file))}",
        )  # fmt: skip
    return config, Finding(GROUP, "configuration", State.OK, seen)


def look_at_bench(config: StationConfig) -> Iterator[Finding]:
    """Folders that must be writable, and room on their disks."""
    if config.inbox is not None:
        yield _folder("inbox", config.inbox)
    yield _folder("results", config.out)
    folders = [config.out]
    if (database := database_file(config.database)) is not None:
        folders.append(database.parent)
    met: set[int] = set()
    for folder in folders:
        place = _nearest(folder)
        device = place.stat().st_dev
        if device not in met:
            met.add(device)
            yield judge_room(config, place, free_mb(place), _free_files(place))


def judge_room(
    config: StationConfig, folder: Path, free: float | None, files: int | None
) -> Finding:
    """Free space against the configured limits. free: in MB; files: that the disk still takes;
    None each where the system is silent."""
    name, disk = f"disk of {folder}", config.disk
    if free is None:
        return Finding(
            GROUP, name, State.NOT_EXECUTED, "the system does not tell", f"df -h {folder}"
        )
    prune = (
        f"station prune --db {shlex.quote(config.database)} --out {shlex.quote(str(config.out))} "
        "--passes-older-than 90d"
    )
    seen = (
        f"{free:,.0f} MB free; told below {disk.alarm_below_mb:,.0f}, stops below "
        f"{disk.stop_below_mb:,.0f}"
    )
    if free < disk.stop_below_mb:
        return Finding(GROUP, name, State.FAILED, f"{seen}: no part is begun", prune)
    if free < disk.alarm_below_mb:
        return Finding(GROUP, name, State.FAILED, seen, prune)
    if files is not None and files < LEAST_FILES:
        return Finding(GROUP, name, State.FAILED, f"{seen}; room for {files} files only", prune)
    return Finding(GROUP, name, State.OK, seen)


def _folder(name: str, folder: Path) -> Finding:
    quoted = shlex.quote(str(folder))
    if not folder.is_dir():
        state = State.FAILED if name == "inbox" else State.ABSENT
        seen = f"{folder} is not there" + ("" if name == "inbox" else ": the first start makes it")
        return Finding(GROUP, name, state, seen, f"mkdir -p {quoted}")
    if not os.access(folder, os.W_OK | os.X_OK):
        return Finding(
            GROUP, name, State.FAILED, f"{folder} may not be written by this user",
            f"sudo chown $USER {quoted}",
        )  # fmt: skip
    return Finding(GROUP, name, State.OK, str(folder))


def _nearest(folder: Path) -> Path:
    """The folder, or the one above that is there already."""
    place = folder.resolve()
    while not place.exists():
        place = place.parent
    return place


def _free_files(folder: Path) -> int | None:
    try:
        about = os.statvfs(folder)
    except OSError:
        return None
    return about.f_favail if about.f_files else None
