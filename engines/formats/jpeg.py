"""JPEG, by libjpeg-turbo with its warnings as errors.

The format has no checksum. A decoder that meets a code that cannot be fills in what it can, warns,
and gives a picture with gray or garbled blocks; here that is no picture. What still goes unseen is
damage that reads as another valid picture: see docs/reliability.md for how much of it there is.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

import numpy as np
import simplejpeg

from engines.errors import ImageError
from engines.prediction import ImageArray

END = b"\xff\xd9"
SCAN = b"\xff\xda"
MOST_SCANS = 100
"""Of a progressive picture; usual are 10. Thousands in a small file would keep a decoder busy."""
HUFFMAN, START_OF_SCAN = 0xC4, 0xDA
FRAMES = frozenset(range(0xC0, 0xD0)) - {HUFFMAN, 0xC8, 0xCC}
SEQUENTIAL = (0xC0, 0xC1)
"""Frames whose codes stand block by block."""
BARE = frozenset((0x01, *range(0xD0, 0xD9)))
"""Markers without a length."""
NOTHING_FOLLOWS = (0x00, 0xF0)
"""Values of a code: the block ends here, or sixteen frequencies are zero."""
LOST = bytes(64)
"""A sector that was never written holds zeros; so many in a row are enough to know one by."""


def size(data: bytes) -> tuple[int, int] | None:
    """From the frame header."""
    for marker, begin, _ in _segments(data):
        if marker in FRAMES:
            height, width = struct.unpack(">HH", data[begin + 1 : begin + 5])
            return int(width), int(height)
    return None


def pixels(data: bytes, name: str) -> ImageArray:
    """Decode, or say what is wrong."""
    if END not in data:
        raise ImageError(f"{name} is cut off: its end is missing. Send the whole file again.")
    scans = data.count(SCAN)
    if scans > MOST_SCANS:
        raise ImageError(
            f"{name} has {scans} scans; a picture has {MOST_SCANS} at most. Save it anew, as a "
            "baseline jpg or as png."
        )
    if _has_lost_bytes(data):
        raise ImageError(f"{name} is damaged: a part of it was never written. Send the file again.")
    try:
        height, width, *_ = simplejpeg.decode_jpeg_header(data)
        if (width, height) == size(data):
            return np.asarray(simplejpeg.decode_jpeg(data, "RGB", strict=True), dtype=np.uint8)
    except (ValueError, MemoryError) as error:
        raise ImageError(f"{name} is damaged ({error}). Send the file again.") from error
    raise ImageError(f"{name} is damaged: its headers disagree. Send the file again.")


def _segments(data: bytes) -> Iterator[tuple[int, int, int]]:
    """Marker, begin and end of what stands before the first scan, and of its header."""
    at, marker = 2, 0
    while at + 4 <= len(data) and data[at] == 0xFF and marker != START_OF_SCAN:
        marker = data[at + 1]
        if marker == 0xFF:
            at += 1
        elif marker in BARE:
            at += 2
        else:
            end = at + 2 + int(struct.unpack(">H", data[at + 2 : at + 4])[0])
            yield marker, at + 4, end
            at = end


def _has_lost_bytes(data: bytes) -> bool:
    """Zeros in a row among codes, where zeros are no way to say that nothing follows.

    The first code of a table is all zeros. Where it stands for a value, so many zeros would be
    several blocks in a row with every frequency in them, all alike: no picture has those. Where it
    stands for the end of a block, they are a plain background. (ITU-T T.81, F.1.2.2 and C.2)
    """
    components = 0
    first_values: dict[int, int] = {}
    for marker, begin, end in _segments(data):
        if marker in FRAMES:
            if marker not in SEQUENTIAL:
                return False
            components = _byte(data, begin + 5)
        elif marker == HUFFMAN:
            first_values.update(_first_values(data[begin:end]))
        elif marker == START_OF_SCAN:
            last = begin + 1 + 2 * _byte(data, begin)
            tables = [each & 15 for each in data[begin + 2 : last : 2]]
            # All colours by turns: one whose zeros are values tells for all.
            tells = any(first_values.get(t, 0) not in NOTHING_FOLLOWS for t in tables)
            whole = tells and len(tables) == components
            return whole and data.find(LOST, end, max(end, data.find(END, end))) >= 0
    return False


def _byte(data: bytes, at: int) -> int:
    """0 behind the end."""
    return int.from_bytes(data[at : at + 1], "big")


def _first_values(body: bytes) -> Iterator[tuple[int, int]]:
    """Number of each table of frequencies, and what its first code stands for."""
    while len(body) > 17:
        count = sum(body[1:17])
        if body[0] >> 4 == 1:
            yield body[0] & 15, body[17]
        body = body[17 + count :]
