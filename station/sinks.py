"""Where results go besides the database: whole files only, never a half-written one."""

from __future__ import annotations

from pathlib import Path

import cv2

from engines import atomic_file
from engines.prediction import ImageArray
from station.errors import StationError

JPEG_QUALITY = 92
PARTS = ".parts"
"""Folder, in that of the results, of files that are not whole yet."""
NAME_BYTES = 120
"""Of the source's name in an overlay's name: file systems end at 255 bytes."""


def write_atomically(path: Path, data: bytes, parts: Path | None = None) -> None:
    """The same as engines.atomic_file, its failure told to the operator.

    Raises StationError when the disk is full or the folder cannot be written.
    """
    try:
        atomic_file.write_atomically(path, data, parts)
    except OSError as error:
        raise StationError(
            "{path} cannot be written ({strerror}). Free space on its disk or mend the "
            "permissions of {parent}, then start again: nothing is lost.",
            path=path,
            strerror=error.strerror,
            parent=path.parent,
        ) from error


def parts_of(folder: Path) -> Path:
    """Where files of a folder of results are written before they are whole."""
    return folder.parent / PARTS


def overlay_place(folder: Path, source: str, uuid: str) -> Path:
    """Where a part's overlay lies: FOLDER/source-uuid.jpg."""
    stem = Path(source).stem.encode()[:NAME_BYTES].decode("utf-8", "ignore")
    return folder / f"{stem}-{uuid}.jpg"


def write_overlay(folder: Path, source: str, uuid: str, overlay_rgb: ImageArray) -> Path:
    """Write an overlay, uint8 (H, W, 3) RGB, to its place; returns that."""
    path = overlay_place(folder, source, uuid)
    bgr = cv2.cvtColor(overlay_rgb, cv2.COLOR_RGB2BGR)
    ok, data = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
    if not ok:
        raise StationError(
            "the overlay {shape} of {source} cannot be encoded.",
            shape=overlay_rgb.shape,
            source=source,
        )
    write_atomically(path, data.tobytes(), parts_of(folder))
    return path
