"""From a file to a frame: read once, hashed, decoded."""

from __future__ import annotations

import hashlib
import os
from datetime import datetime, timezone
from pathlib import Path

from engines.decode import IMAGE_SUFFIXES, decode_image
from engines.errors import ImageError
from station.domain import Frame


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
        before = path.stat()
        data = path.read_bytes()
        after = path.stat()
    except FileNotFoundError:
        raise
    except OSError as error:
        raise ImageError(
            f"{path.name} cannot be read ({error.strerror}). "
            "Check its permissions, then put it into the inbox again."
        ) from error
    if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
        raise ImageError(f"{path.name} changed while it was read. Send it again, whole.")
    return Frame(
        image_rgb=decode_image(data, path.name, max_pixels),
        source=printable(path.name),
        sha256=hashlib.sha256(data).hexdigest(),
        captured_at=datetime.fromtimestamp(after.st_mtime, tz=timezone.utc),
    )


def printable(name: str) -> str:
    """A file name as valid Unicode: bytes that are not UTF-8 become replacement characters."""
    return os.fsencode(name).decode("utf-8", "replace")
