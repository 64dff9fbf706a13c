"""The machine: system, memory, disk, folders that must be writable."""

from __future__ import annotations

import os
import platform
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import platformdirs

from engines.nvidia_gpu import system
from station.doctor.finding import Finding, State

GROUP = "machine"
LEAST_DISK_GB = 5.0
PYTHONS = ((3, 10), (3, 12))


def look_at_machine() -> Iterator[Finding]:
    """System, Python, memory, disk, folders."""
    yield Finding(GROUP, "system", State.OK, f"{system()}, {os.cpu_count()} cores{_memory()}")
    yield _python()
    yield _disk()
    for name, folder in (
        ("cache folder", platformdirs.user_cache_path("scaffold-station")),
        ("state folder", platformdirs.user_state_path("scaffold-station")),
    ):
        yield _folder(name, folder)


def _python() -> Finding:
    version, (oldest, newest) = sys.version_info[:2], PYTHONS
    good = oldest <= version <= newest
    return Finding(
        GROUP,
        "python",
        State.OK if good else State.FAILED,
        f"{platform.python_version()} in {sys.prefix}",
        "" if good else f"Use Python {'.'.join(map(str, oldest))} to {'.'.join(map(str, newest))}.",
    )


def _memory() -> str:
    try:
        total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (ValueError, OSError, AttributeError):
        return ""
    return f", {total / 2**30:.0f} GiB memory"


def _disk() -> Finding:
    usage = shutil.disk_usage(Path.home() if Path.home().exists() else Path.cwd())
    free = usage.free / 1e9
    good = free >= LEAST_DISK_GB
    return Finding(
        GROUP,
        "disk",
        State.OK if good else State.FAILED,
        f"{free:.0f} GB free of {usage.total / 1e9:.0f} GB",
        "" if good else f"Free at least {LEAST_DISK_GB:.0f} GB: pictures and records need room.",
    )


def _folder(name: str, folder: Path) -> Finding:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=folder):
            pass
    except OSError as error:
        return Finding(
            GROUP, name, State.FAILED, f"{folder}: {error.strerror}",
            f"sudo chown -R $USER {folder.parent}",
        )  # fmt: skip
    return Finding(GROUP, name, State.OK, str(folder))
