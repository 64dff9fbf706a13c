"""From a file to a frame: read once, hashed, decoded."""

from __future__ import annotations

import hashlib
import os
import stat
from datetime import datetime, timezone
from pathlib import Path

from engines.bundle import file_sha256
from engines.decode import IMAGE_SUFFIXES, decode_image
from engines.errors import ImageError
from station.domain import Frame

BYTES_PER_PIXEL = 8
"""Four channels of 16 bits, uncompressed."""
SPARE_BYTES = 16 << 20
"""For what a picture carries besides pixels."""


def read_frame(path: Path, max_pixels: int) -> Frame:
    """Read and decode one picture file; its capture time is the file's modification time.

    Raises ImageError for what is not a picture, cannot be read, or changes while being read;
    FileNotFoundError when the file is gone.
    """
    if path.suffix.lower() not in IMAGE_SUFFIXES:
        kinds = ", ".join(IMAGE_SUFFIXES)
        raise ImageError(
            f"{path.name} is not a picture by its name; expected one of {kinds}. "
            "Convert it, or keep other files out of the inbox."
        )
    try:
        data, written = _read_whole(path, max_pixels)
    except FileNotFoundError:
        raise
    except OSError as error:
        raise ImageError(
            f"{path.name} cannot be read ({error.strerror}). "
            "Check its permissions, then put it into the inbox again."
        ) from error
    return Frame(
        image_rgb=decode_image(data, path.name, max_pixels),
        source=printable(path.name),
        sha256=hashlib.sha256(data).hexdigest(),
        captured_at=written,
        file=data,
    )


def _read_whole(path: Path, max_pixels: int) -> tuple[bytes, datetime]:
    """A file's bytes and modification time. Raises ImageError, or OSError."""
    # Not blocking: a pipe that took a picture's place would keep the station waiting for ever.
    with open(path, "rb", opener=_open_at_once) as file:
        before = os.fstat(file.fileno())
        if not stat.S_ISREG(before.st_mode):
            raise ImageError(f"{path.name} is no file any more, but a pipe or a device. Remove it.")
        if before.st_size > BYTES_PER_PIXEL * max_pixels + SPARE_BYTES:
            raise ImageError(
                f"{path.name} has {before.st_size:,} bytes, more than a picture of {max_pixels:,} "
                "pixels can have. Send a smaller picture or raise --max-pixels."
            )
        data = file.read(before.st_size + 1)
        after = os.fstat(file.fileno())
    same = (before.st_size, before.st_mtime_ns) == (after.st_size, after.st_mtime_ns)
    if not same or len(data) != after.st_size:
        raise ImageError(f"{path.name} changed while it was read. Send it again, whole.")
    return data, _written_at(after)


def _open_at_once(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NONBLOCK)


def _written_at(state: os.stat_result) -> datetime:
    """A file's own time, aware; now where it lies outside of all calendars."""
    try:
        return datetime.fromtimestamp(state.st_mtime, tz=timezone.utc)
    except (ValueError, OverflowError, OSError):
        return datetime.now(timezone.utc)


def fingerprint(path: Path) -> tuple[str | None, datetime]:
    """sha256 and modification time of a file that is no picture; None and now if unreadable."""
    try:
        modified = _written_at(path.stat())
    except OSError:
        return None, datetime.now(timezone.utc)
    try:
        return file_sha256(path), modified
    except OSError:
        return None, modified


def printable(name: str) -> str:
    """A file name as valid Unicode: bytes that are not UTF-8 become replacement characters."""
    return os.fsencode(name).decode("utf-8", "replace")
