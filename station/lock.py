"""One station at a time: a lock on a file, which the system lets go of when its holder dies."""

from __future__ import annotations

import fcntl
import hashlib
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from station.errors import ConfigError

LOOK_S = 0.05
"""How often a lock that another holds is tried."""


def camera_lock(out: Path, feed: str) -> Path:
    """The lock file of a camera whose results go to `out`."""
    return out / f".camera-{hashlib.sha256(feed.encode()).hexdigest()[:16]}.lock"


@contextmanager
def held(path: Path, what: str, patience_s: float = 0.0) -> Iterator[None]:
    """Hold a lock file. Raises ConfigError, saying what is in use, where another holds it.

    patience_s: another that is just about to let go of it is waited for so long.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as error:
        raise ConfigError(
            "{path} cannot be written ({strerror}). Give a folder that this user may write.",
            path=path,
            strerror=error.strerror,
        ) from error
    try:
        try:
            _lock(handle, patience_s)
        except OSError as error:
            raise ConfigError(
                "{what} is in use by another station ({path} is locked). Stop that one, or "
                "give another.",
                what=what,
                path=path,
            ) from error
        yield
    finally:
        os.close(handle)


def _lock(handle: int, patience_s: float) -> None:
    """Raises OSError where another holds it for longer than that."""
    until_s = time.monotonic() + patience_s
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            if time.monotonic() >= until_s:
                raise
        time.sleep(LOOK_S)
