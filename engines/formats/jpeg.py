"""JPEG, by libjpeg-turbo with its warnings as errors.

The format has no checksum. A decoder that meets a code that cannot be fills in what it can, warns,
and gives a picture with gray or garbled blocks; here that is no picture. What still goes unseen is
damage that reads as another valid picture: see docs/reliability.md for how much of it there is.
"""

from __future__ import annotations

import struct

import numpy as np
import simplejpeg

from engines.errors import ImageError
from engines.prediction import ImageArray

END = b"\xff\xd9"
TAIL_BYTES = 4096
"""Some programs write a little behind the end."""
NO_FRAMES = (0xC4, 0xC8, 0xCC)
"""Markers among those of frames that are none: tables, and one kept for later."""
MOST_SCANS = 100
"""Of a progressive picture; usual are 10. Thousands in a small file would keep a decoder busy."""
SCAN = b"\xff\xda"


def size(data: bytes) -> tuple[int, int] | None:
    """From the frame header."""
    at = 2
    while at + 9 <= len(data):
        if data[at] != 0xFF:
            return None
        marker = data[at + 1]
        if marker == 0xFF:
            at += 1
        elif 0xC0 <= marker <= 0xCF and marker not in NO_FRAMES:
            height, width = struct.unpack(">HH", data[at + 5 : at + 9])
            return int(width), int(height)
        elif 0xD0 <= marker <= 0xD8 or marker == 0x01:
            at += 2
        else:
            at += 2 + int(struct.unpack(">H", data[at + 2 : at + 4])[0])
    return None


def pixels(data: bytes, name: str) -> ImageArray:
    """Decode, or say what is wrong."""
    if END not in data[-TAIL_BYTES:]:
        raise ImageError(f"{name} is cut off: its end is missing. Send the whole file again.")
    scans = data.count(SCAN)
    if scans > MOST_SCANS:
        raise ImageError(
            f"{name} has {scans} scans; a picture has {MOST_SCANS} at most. Save it anew, as a "
            "baseline jpg or as png."
        )
    try:
        height, width, *_ = simplejpeg.decode_jpeg_header(data)
        if (width, height) != size(data):
            raise ImageError(f"{name} is damaged: its headers disagree. Send the file again.")
        return np.asarray(simplejpeg.decode_jpeg(data, "RGB", strict=True), dtype=np.uint8)
    except ImageError:
        raise
    except (ValueError, MemoryError) as error:
        raise ImageError(f"{name} is damaged ({error}). Send the file again.") from error
