"""The formats that are read, by what their files begin with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from engines.formats import bmp, jpeg, png, tiff
from engines.prediction import ImageArray

Size = tuple[int, int]
"""Width, height."""


@dataclass(frozen=True, slots=True)
class Format:
    """How one format is read."""

    begins: tuple[bytes, ...]
    """Its files begin with one of these."""
    size: Callable[[bytes], Size | None]
    """From the header alone; None, or struct.error, where it cannot be told."""
    pixels: Callable[[bytes, str], ImageArray]
    """The bytes and the name -> uint8 (H, W, 3) RGB. Raises ImageError for what is damaged: all
    that the format itself lets anybody know."""


FORMATS = (
    Format((b"\xff\xd8\xff",), jpeg.size, jpeg.pixels),
    Format((b"\x89PNG\r\n\x1a\n",), png.size, png.pixels),
    Format((b"BM",), bmp.size, bmp.pixels),
    Format((b"II*\0", b"MM\0*"), tiff.size, tiff.pixels),
)


def format_of(data: bytes) -> Format | None:
    """The format of a file, None where it is none of these."""
    return next((known for known in FORMATS if data.startswith(known.begins)), None)
