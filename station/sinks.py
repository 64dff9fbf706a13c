"""Where results go besides the database: whole files only, never a half-written one."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

import cv2

from engines.prediction import ImageArray
from station.errors import StationError

JPEG_QUALITY = 92
NAME_BYTES = 120
"""Of the source's name in an overlay's name: file systems end at 255 bytes."""


def write_atomically(path: Path, data: bytes) -> None:
    """Write beside the target, flush to disk, rename: a reader sees the old file or the new one.

    Raises StationError when the disk is full or the folder cannot be written.
    """
    part = path.with_name(f".{path.name}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with part.open("wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        part.replace(path)
    except OSError as error:
        with suppress(OSError):
            part.unlink()
        raise StationError(
            f"{path} cannot be written ({error.strerror}). Free space on its disk or mend the "
            f"permissions of {path.parent}, then start again: nothing is lost."
        ) from error


def write_overlay(folder: Path, source: str, uuid: str, overlay_rgb: ImageArray) -> Path:
    """Write an overlay, uint8 (H, W, 3) RGB, as FOLDER/source-uuid.jpg; returns its path."""
    stem = Path(source).stem.encode()[:NAME_BYTES].decode("utf-8", "ignore")
    path = folder / f"{stem}-{uuid}.jpg"
    bgr = cv2.cvtColor(overlay_rgb, cv2.COLOR_RGB2BGR)
    ok, data = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
    if not ok:
        raise StationError(f"the overlay {overlay_rgb.shape} of {source} cannot be encoded.")
    write_atomically(path, data.tobytes())
    return path
