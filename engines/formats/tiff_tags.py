"""The directory of a TIFF file's first picture: where its pixels lie, and how."""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass

NONE, LZW, DEFLATE, OLD_DEFLATE, PACKBITS = 1, 5, 8, 32946, 32773
FAX = (2, 3, 4)
"""Of scans in black and white."""
PACKINGS = (NONE, LZW, DEFLATE, OLD_DEFLATE, PACKBITS, *FAX)
"""Compressions that are read. JPEG strips are not: nothing here tells where they are damaged."""
WIDTH, HEIGHT, BITS, COMPRESSION, SAMPLES, ROWS, PLANAR = 256, 257, 258, 259, 277, 278, 284
STRIP_OFFSETS, STRIP_BYTES = 273, 279
TILE_WIDTH, TILE_HEIGHT, TILE_OFFSETS, TILE_BYTES = 322, 323, 324, 325
OF_STRIPS = frozenset((ROWS, STRIP_OFFSETS, STRIP_BYTES))
OF_TILES = frozenset((TILE_WIDTH, TILE_HEIGHT, TILE_OFFSETS, TILE_BYTES))
READ = frozenset((WIDTH, HEIGHT, BITS, COMPRESSION, SAMPLES, PLANAR)) | OF_STRIPS | OF_TILES
KINDS = {1: "B", 3: "H", 4: "I"}
"""Types of whole numbers."""
LEAST_TILE = 16
"""Pixels a side: the specification's."""
NO_ROWS = 2**32 - 1
"""Rows per strip that means: all in one."""


@dataclass(frozen=True, slots=True)
class Directory:
    """The tags that say where pixels lie; what is missing has the specification's default."""

    tags: dict[int, tuple[int, ...]]
    next_at: int
    """Where the directory of the next picture lies; 0: there is none."""

    def one(self, tag: int, default: int = 0) -> int:
        """The first value of a tag."""
        return self.tags.get(tag, (default,))[0]

    @property
    def samples(self) -> int:
        """Channels."""
        return self.one(SAMPLES, 1)

    @property
    def bits(self) -> tuple[int, ...]:
        """Of each channel."""
        return self.tags.get(BITS, (1,))

    @property
    def pieces(self) -> list[tuple[int, int]]:
        """Offset and length in bytes of every strip or tile."""
        names = (TILE_OFFSETS, TILE_BYTES) if self.is_tiled else (STRIP_OFFSETS, STRIP_BYTES)
        offsets, lengths = (self.tags.get(name, ()) for name in names)
        return list(zip(offsets, lengths, strict=False)) if len(offsets) == len(lengths) else []

    @property
    def is_tiled(self) -> bool:
        """Tiles in the place of strips."""
        return TILE_OFFSETS in self.tags

    def needs(self) -> list[int]:
        """Bytes that each strip or tile has when it is unpacked, in order.

        Raises ValueError for sizes that cannot be.
        """
        width, height = self.one(WIDTH), self.one(HEIGHT)
        planes = self.samples if self.one(PLANAR, 1) == 2 else 1
        pixel_bits = sum(self._channel_bits()) // planes
        if self.is_tiled:
            tile_width, rows = self.one(TILE_WIDTH), self.one(TILE_HEIGHT)
            if min(tile_width, rows) < LEAST_TILE:
                raise ValueError(f"tiles of {tile_width}x{rows} pixels")
            across, down = math.ceil(width / tile_width), math.ceil(height / rows)
            return [math.ceil(tile_width * pixel_bits / 8) * rows] * (across * down * planes)
        rows = min(self.one(ROWS, NO_ROWS), height)
        if rows < 1:
            raise ValueError(f"strips of {rows} rows")
        row_bytes = math.ceil(width * pixel_bits / 8)
        full, rest = divmod(height, rows)
        plane = [row_bytes * rows] * full + ([row_bytes * rest] if rest else [])
        return plane * planes

    def _channel_bits(self) -> tuple[int, ...]:
        bits = self.bits
        return bits if len(bits) == self.samples else bits[:1] * self.samples


def read_directory(data: bytes) -> Directory:
    """Of the first picture. Raises struct.error where it is cut off or says the impossible."""
    order = "<" if data[:2] == b"II" else ">"
    at = int(struct.unpack(order + "I", data[4:8])[0])
    (count,) = struct.unpack(order + "H", data[at : at + 2])
    tags: dict[int, tuple[int, ...]] = {}
    for index in range(count):
        entry = data[at + 2 + 12 * index : at + 14 + 12 * index]
        tag, kind, length = struct.unpack(order + "HHI", entry[:8])
        if tag in READ:
            tags[tag] = _values(data, entry, order, kind, length)
    end = at + 2 + 12 * count
    (next_at,) = struct.unpack(order + "I", data[end : end + 4])
    return Directory(tags, int(next_at))


def _values(data: bytes, entry: bytes, order: str, kind: int, length: int) -> tuple[int, ...]:
    if kind not in KINDS or not 1 <= length <= len(data):
        raise struct.error(f"a tag of type {kind} with {length} values")
    form = f"{order}{length}{KINDS[kind]}"
    needed = struct.calcsize(form)
    if needed <= 4:
        return struct.unpack(form, entry[8 : 8 + needed])
    (at,) = struct.unpack(order + "I", entry[8:12])
    return struct.unpack(form, data[at : at + needed])
