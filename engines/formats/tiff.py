"""TIFF: one picture a file, its tags held against each other and against the file.

OpenCV leaves a strip black that cannot be unpacked, and says nothing. So strips are unpacked first
by who does say so: by zlib, with its checksum, where they are deflated; by Pillow where they are
packed otherwise. Strips as they are have no checksum: there only their lengths can be known.
"""

from __future__ import annotations

import io
import zlib

from engines.errors import ImageError
from engines.formats.raster import decoded, wrong_channels
from engines.formats.tiff_tags import (
    COMPRESSION,
    DEFLATE,
    HEIGHT,
    NONE,
    OLD_DEFLATE,
    PACKINGS,
    WIDTH,
    Directory,
    read_directory,
)
from engines.prediction import ImageArray

CHANNELS = (1, 3, 4)
BITS_BY_OPENCV = 16
"""With so many a channel OpenCV itself refuses what it cannot unpack."""


def size(data: bytes) -> tuple[int, int] | None:
    """From the first directory."""
    tags = read_directory(data).tags
    return (tags[WIDTH][0], tags[HEIGHT][0]) if WIDTH in tags and HEIGHT in tags else None


def pixels(data: bytes, name: str) -> ImageArray:
    """Hold the tags against the file, unpack what can tell damage, then decode."""
    directory = read_directory(data)
    if directory.samples not in CHANNELS:
        raise ImageError(wrong_channels(name, directory.samples))
    if directory.next_at:
        raise ImageError(
            f"{name} holds several pictures (pages); expected one. Save the one to inspect as a "
            "file of its own."
        )
    _check_places(data, name, directory)
    compression = directory.one(COMPRESSION, NONE)
    if compression not in PACKINGS:
        raise ImageError(
            f"{name} is packed in a way that is not read here (compression {compression}); "
            "expected none, LZW, deflate or PackBits. Save it so, or as png."
        )
    if compression in (DEFLATE, OLD_DEFLATE):
        _check_deflated(data, name, directory)
    elif compression != NONE and set(directory.bits) != {BITS_BY_OPENCV}:
        _check_packed(data, name)
    return decoded(data, name)


def _check_places(data: bytes, name: str, directory: Directory) -> None:
    """Every strip lies in the file, none over another, each with what it must have."""
    try:
        needs = directory.needs()
    except ValueError as error:
        raise ImageError(f"{name} is damaged: {error}. Send the file again.") from error
    pieces = directory.pieces
    if len(pieces) != len(needs):
        raise ImageError(
            f"{name} is damaged: it names {len(pieces)} strips of pixels and needs {len(needs)}. "
            "Send the file again."
        )
    if any(at + length > len(data) for at, length in pieces):
        raise ImageError(f"{name} is cut off: some of its pixels are missing. Send it again.")
    end = 0
    for at, length in sorted(pieces):
        if at < end or length < 1:
            raise ImageError(
                f"{name} is damaged: its strips of pixels lie over each other. Send it again."
            )
        end = at + length
    if directory.one(COMPRESSION, NONE) == NONE:
        for (_, length), needed in zip(pieces, needs, strict=True):
            if length < needed:
                raise ImageError(
                    f"{name} is damaged: a strip of {length:,} bytes where {needed:,} are needed. "
                    "Send the file again."
                )


def _check_deflated(data: bytes, name: str, directory: Directory) -> None:
    """Each strip's checksum and length. The last strip may hold more rows than the picture."""
    needs = directory.needs()
    most = max(needs)
    for (at, length), needed in zip(directory.pieces, needs, strict=True):
        unpacker = zlib.decompressobj()
        try:
            unpacked = len(unpacker.decompress(data[at : at + length], most + 1))
            whole = unpacker.eof and needed <= unpacked <= most
        except zlib.error:
            whole = False
        if not whole:
            raise ImageError(
                f"{name} is damaged: a strip of pixels cannot be unpacked. Send the file again."
            )


def _check_packed(data: bytes, name: str) -> None:
    # Here, for it is slow to import and few pictures need it.
    from PIL.TiffImagePlugin import TiffImageFile

    try:
        # Not Image.open: its limits are not ours, and the size has been looked at.
        with TiffImageFile(io.BytesIO(data)) as picture:
            picture.load()
    except Exception as error:
        # Whatever its reader stumbles over is damage.
        raise ImageError(
            f"{name} is damaged: its pixels cannot be unpacked ({error}). Send the file again."
        ) from error
