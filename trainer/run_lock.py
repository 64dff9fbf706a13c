"""A run folder that one training has for itself."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from trainer.config import TrainerError


@contextmanager
def alone_in(folder: Path) -> Iterator[None]:
    """Hold `folder`, made if need be, against any other training until the block ends.

    The system lets go of it when the process ends, however that is. What was made and is empty at
    the end is removed. Raises TrainerError where another holds it, or it cannot be made.
    """
    made = [each for each in (folder, *folder.parents) if not each.exists()]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except OSError as error:
        raise TrainerError(
            f"{folder} cannot be made a run's folder ({error.strerror}). Choose another --out."
        ) from error
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise TrainerError(
                f"another training is at work in {folder}. Wait until it has ended, or choose "
                "another --out."
            ) from None
        except OSError:
            pass  # a file system without locks: no reason not to train
        yield
    finally:
        os.close(handle)
        with suppress(OSError):  # the first that is not empty, and so all above it
            for each in made:
                each.rmdir()
