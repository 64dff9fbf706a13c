"""A file that is there whole or not at all."""

from __future__ import annotations

import os
import threading
from contextlib import suppress
from pathlib import Path


def write_atomically(path: Path, data: bytes, parts: Path | None = None) -> None:
    """Write beside `path`, flush to the disk, rename over it; makes the folder if need be.

    parts: a folder on the same disk to write in instead, where what a kill leaves behind is soon
    found. Raises OSError, nothing then being left behind.
    """
    part = (parts or path.parent) / f".{path.name}.{os.getpid()}.{threading.get_ident()}.part"
    try:
        for folder in {path.parent, part.parent}:
            folder.mkdir(parents=True, exist_ok=True)
        with part.open("wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        part.replace(path)
    except BaseException:
        with suppress(OSError):
            part.unlink()
        raise


def remove_leftovers(parts: Path) -> int:
    """Remove what killed processes of this machine left in `parts`; returns how many."""
    removed = 0
    for part in parts.glob(".*.part") if parts.is_dir() else ():
        process = part.name.split(".")[-3]
        if process.isdecimal() and not _is_running(int(process)):
            with suppress(OSError):
                part.unlink()
                removed += 1
    return removed


def _is_running(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True  # another user's
    return True
