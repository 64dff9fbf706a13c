"""BMP, which has no checksum: only its lengths can be held against each other."""

from __future__ import annotations

import struct

from engines.errors import ImageError
from engines.formats.raster import decoded
from engines.prediction import ImageArray

FILE_HEADER = 14
INFO_HEADER = 40
BITS = (1, 2, 4, 8, 16, 24, 32)
NONE, BITFIELDS, ALPHA_BITFIELDS = 0, 3, 6
"""Compressions whose rows all have one length."""


def size(data: bytes) -> tuple[int, int] | None:
    """From the info header; a negative height means that the top row comes first."""
    width, height = struct.unpack("<ii", data[18:26])
    return int(width), abs(int(height))


def pixels(data: bytes, name: str) -> ImageArray:
    """Hold the lengths against each other, then decode."""
    if len(data) < FILE_HEADER + INFO_HEADER:
        raise ImageError(f"{name} is cut off: its end is missing. Send the whole file again.")
    told, offset, header = struct.unpack("<2xI4xII", data[:18])
    width, height, planes, bits, compression = struct.unpack("<iiHHI", data[18:34])
    if header < INFO_HEADER or offset < FILE_HEADER + header or planes != 1 or bits not in BITS:
        raise ImageError(
            f"{name} is damaged: its header says {planes} planes of {bits} bits, and pixels from "
            f"byte {offset}. Send the file again."
        )
    if compression in (NONE, BITFIELDS, ALPHA_BITFIELDS):
        needed = offset + (width * bits + 31) // 32 * 4 * abs(height)
        if len(data) < needed:
            raise ImageError(f"{name} is cut off: its end is missing. Send the whole file again.")
        if len(data) not in (needed, told):
            raise ImageError(
                f"{name} is damaged: it has {len(data):,} bytes, its header says {told:,}, and its "
                f"pixels need {needed:,}. Send the file again."
            )
    return decoded(data, name)
