"""PNG, every chunk of which has a checksum."""

from __future__ import annotations

import struct
import zlib

from engines.errors import ImageError
from engines.formats.raster import decoded
from engines.prediction import ImageArray

FIRST_CHUNK = 8
"""Behind the signature."""


def size(data: bytes) -> tuple[int, int] | None:
    """From the first chunk."""
    width, height = struct.unpack(">II", data[16:24])
    return int(width), int(height)


def pixels(data: bytes, name: str) -> ImageArray:
    """Hold every chunk against its checksum, then decode."""
    at, view = FIRST_CHUNK, memoryview(data)
    kind = b""
    while kind != b"IEND":
        if at + 12 > len(data):
            raise ImageError(f"{name} is cut off: its end is missing. Send the whole file again.")
        (length,) = struct.unpack_from(">I", data, at)
        kind, end = data[at + 4 : at + 8], at + 8 + length
        if end + 4 > len(data):
            raise ImageError(f"{name} is cut off: its end is missing. Send the whole file again.")
        if zlib.crc32(view[at + 4 : end]) != struct.unpack_from(">I", data, end)[0]:
            raise ImageError(
                f"{name} is damaged: the checksum of its {kind.decode('ascii', 'replace')} chunk "
                "is wrong. Send the file again."
            )
        if kind == b"acTL":
            raise ImageError(
                f"{name} is an animation; expected one picture. Save the one to inspect by itself."
            )
        at = end + 4
    return decoded(data, name)
