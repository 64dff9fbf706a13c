"""The image store: every inspected picture, by the sha256 of its file, written before its intent.

FOLDER/ab/abcdef....png: the first two digits, then the whole hash. The same picture is kept once.
"""

from __future__ import annotations

import hashlib
import os
from contextlib import suppress
from pathlib import Path

from engines.bundle import file_sha256
from engines.decode import IMAGE_SUFFIXES
from station.domain import Frame
from station.errors import StationError
from station.sinks import parts_of, write_atomically

OTHER_SUFFIX = ".img"
"""Of a picture whose source's name tells no format."""


def keep_picture(folder: Path, frame: Frame) -> Path:
    """Write the file that a frame was decoded from, durably; returns its place.

    Once it is there it is read-only. Raises StationError when it cannot be written.
    """
    path = _place(folder, frame.sha256, _suffix(frame.source))
    if _is_there(path, len(frame.file)):
        with suppress(OSError):
            os.utime(path)  # retention leaves alone what was touched just now
        return path
    write_atomically(path, frame.file, parts_of(folder))
    path.chmod(0o444)
    _flush_folder(path.parent)
    return path


def find_picture(folder: Path, sha256: str) -> Path | None:
    """Where a picture lies; None where it was never kept, or was pruned."""
    # By name: listing a folder of thousands would take longer with every part.
    places = (_place(folder, sha256, suffix) for suffix in (*sorted(IMAGE_SUFFIXES), OTHER_SUFFIX))
    return next((place for place in places if place.is_file()), None)


def read_picture(folder: Path, sha256: str) -> bytes | None:
    """A picture's file; None where it is not there, or is not what it was.

    Its name is its hash: one that was altered is known by that.
    """
    path = find_picture(folder, sha256)
    if path is None:
        return None
    try:
        data = path.read_bytes()
    except OSError:
        return None
    return data if hashlib.sha256(data).hexdigest() == sha256 else None


def sha256_of(path: Path) -> str | None:
    """Of a file's bytes, as 64 hex digits; None where it cannot be read."""
    try:
        return file_sha256(path)
    except OSError:
        return None


def _place(folder: Path, sha256: str, suffix: str) -> Path:
    return folder / sha256[:2] / (sha256 + suffix)


def _suffix(source: str) -> str:
    suffix = Path(source).suffix.lower()
    return suffix if suffix in IMAGE_SUFFIXES else OTHER_SUFFIX


def _is_there(path: Path, size: int) -> bool:
    try:
        return path.stat().st_size == size
    except OSError:
        return False


def _flush_folder(folder: Path) -> None:
    """So that the file's name survives a power cut, too. Raises StationError."""
    try:
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
    except OSError as error:
        raise StationError(
            "{folder} cannot be flushed to the disk ({strerror}). Check the disk, then "
            "start again: nothing is lost.",
            folder=folder,
            strerror=error.strerror,
        ) from error
