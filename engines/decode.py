"""Picture files to RGB arrays: the one decoder, for trainer and station alike.

Nothing half-decoded gets through: what a format lets anybody know of damage is an ImageError.
"""

from __future__ import annotations

import struct
from pathlib import Path

from engines.errors import ImageError
from engines.formats.known import Size, format_of
from engines.prediction import ImageArray

IMAGE_SUFFIXES = (".jpg", ".jpeg", ".png", ".bmp", ".tif", ".tiff")
MAX_PIXELS = 64_000_000
"""Default limit, width x height: an 8000 x 8000 scan. A larger file is refused undecoded."""
MIN_SIDE_PX = 16
"""Below this no defect of interest can be seen."""


def read_image(path: Path, max_pixels: int = MAX_PIXELS) -> ImageArray:
    """Read a file as `decode_image` does; an unreadable file is an ImageError too."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ImageError(
            f"{path} cannot be read ({error.strerror}). Check its permissions."
        ) from error
    return decode_image(data, path.name, max_pixels)


def decode_image(data: bytes, name: str, max_pixels: int = MAX_PIXELS) -> ImageArray:
    """Decode jpg, png, bmp or tif bytes to uint8 (H, W, 3) RGB.

    8-bit and 16-bit, gray, colour, with or without alpha (laid over black). The size is read from
    the header and held against `max_pixels` before anything is decoded. Raises ImageError.
    """
    if not data:
        raise ImageError(f"{name} is empty (0 bytes). Was it still being written? Send it again.")
    found, size = format_of(data), header_size(data)
    if found is None:
        raise ImageError(f"{name} is not a jpg, png, bmp or tif picture. Send one of those.")
    if size is None:
        raise ImageError(f"{name} is damaged: its header cannot be read. Send the file again.")
    width, height = size
    if width * height > max_pixels:
        raise ImageError(
            f"{name} is {width}x{height} pixels, over the limit of {max_pixels:,}. "
            "Send a smaller picture or raise --max-pixels."
        )
    if min(width, height) < MIN_SIDE_PX:
        raise ImageError(
            f"{name} is {width}x{height} pixels, too small to inspect (at least {MIN_SIDE_PX} a "
            "side). Check the camera or the export that wrote it."
        )
    image = found.pixels(data, name)
    if sorted(image.shape[:2]) != sorted(size):
        # Either way round: a TIFF may ask to be shown lying on its side.
        raise ImageError(
            f"{name} is damaged: its header says {width}x{height} pixels, and it decodes to "
            f"{image.shape[1]}x{image.shape[0]}. Send the file again."
        )
    return image


def header_size(data: bytes) -> Size | None:
    """(width, height) from a jpg, png, bmp or tif header, None where it is none of these."""
    found = format_of(data)
    try:
        return None if found is None else found.size(data)
    except struct.error:
        return None
