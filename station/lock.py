"""One station at a time: a lock on a file, which the system lets go of when its holder dies."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from station.errors import ConfigError


@contextmanager
def held(path: Path, what: str) -> Iterator[None]:
    """Hold a lock file. Raises ConfigError, saying what is in use, where another holds it."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as error:
        raise ConfigError(
            f"{path} cannot be written ({error.strerror}). Give a folder that this user may write."
        ) from error
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise ConfigError(
                f"{what} is in use by another station ({path} is locked). Stop that one, or give "
                "another."
            ) from error
        yield
    finally:
        os.close(handle)
