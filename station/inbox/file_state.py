"""What the file system says of a file: enough to know that it was not written to since."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

TICK_NS = 100_000_000
"""File systems stamp changes in steps of milliseconds: two within a step may bear one stamp."""


@dataclass(frozen=True, slots=True)
class FileState:
    """A file, as looked at before it was read."""

    inode: int
    size: int
    modified_ns: int
    changed_ns: int
    """Set by the system alone, at every change of content, name or links."""
    looked_ns: int
    """By this machine's clock."""


def look_at(path: Path) -> FileState:
    """Raises OSError."""
    looked = time.time_ns()
    stat = path.stat()
    return FileState(stat.st_ino, stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns, looked)


def surely_unchanged(path: Path, before: FileState | None) -> bool:
    """Whether a file is the one it was and was not written to; False where that is not certain."""
    if before is None:
        return False
    try:
        now = look_at(path)
    except OSError:
        return False
    same = (now.inode, now.size, now.modified_ns, now.changed_ns) == (
        before.inode,
        before.size,
        before.modified_ns,
        before.changed_ns,
    )
    return same and before.changed_ns < before.looked_ns - TICK_NS
