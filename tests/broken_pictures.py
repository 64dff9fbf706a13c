"""Pictures of every format, damaged in every way: the same ones for the same seed.

broken_pictures.py COUNT SEED     prints how many of them the decoder refuses, by format and way
"""

from __future__ import annotations

import random
import struct
import sys
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np
from builders import lattice_disc

from engines.decode import decode_image
from engines.errors import ImageError
from engines.prediction import ImageArray

Damage = Callable[[bytearray, random.Random], None]
PIECE = 512
"""A sector of a disk, in bytes."""
RAW, LZW, DEFLATE = 1, 5, 8


@dataclass(frozen=True, slots=True)
class Broken:
    """One damaged file."""

    name: str
    """Of the file; `jpg-zeros-017.jpg`."""
    data: bytes
    format: str
    way: str
    marked: bool
    """Whether the undamaged part has a red mark, which is to be rejected."""

    @property
    def original(self) -> bytes:
        """The file before the damage."""
        return originals(self.marked)[self.format]

    def shows(self) -> str:
        """`refused`, `same pixels`, or `other pixels`."""
        try:
            image = decode_image(self.data, self.name)
        except ImageError:
            return "refused"
        same = np.array_equal(image, decode_image(self.original, self.name))
        return "same pixels" if same else "other pixels"


@cache
def originals(marked: bool) -> dict[str, bytes]:
    """One part of 256x256 as a file of each format, by name."""
    mark = (1.5, -1.0) if marked else None
    image = lattice_disc(mark, centre_px=(128, 130), px_per_mm=18.0, size_px=(256, 256))
    bgr = np.ascontiguousarray(image[..., ::-1])
    deep = bgr.astype(np.uint16) * 257

    def encoded(suffix: str, picture: ImageArray, *settings: int) -> bytes:
        ok, data = cv2.imencode(suffix, picture, settings)
        assert ok
        return bytes(data)

    packing = cv2.IMWRITE_TIFF_COMPRESSION
    return {
        "jpg": encoded(".jpg", bgr),
        "jpg-progressive": encoded(".jpg", bgr, cv2.IMWRITE_JPEG_PROGRESSIVE, 1),
        "png": encoded(".png", bgr),
        "png-16": encoded(".png", deep),
        "bmp": encoded(".bmp", bgr),
        "tif": encoded(".tif", bgr, packing, RAW),
        "tif-lzw": encoded(".tif", bgr, packing, LZW),
        "tif-deflate": encoded(".tif", bgr, packing, DEFLATE),
        "tif-16": encoded(".tif", deep, packing, LZW),
    }


def _somewhere(data: bytearray, rng: random.Random, length: int) -> int:
    """Behind the headers."""
    return rng.randrange(min(700, len(data) // 2), len(data) - length)


def _flip(data: bytearray, rng: random.Random) -> None:
    data[_somewhere(data, rng, 1)] ^= 1 << rng.randrange(8)


def _flips(data: bytearray, rng: random.Random) -> None:
    for _ in range(20):
        _flip(data, rng)


def _header(data: bytearray, rng: random.Random) -> None:
    """Three bytes of the first 64, or of a TIFF's directory, which lies at the end."""
    for _ in range(3):
        at = rng.randrange(64)
        if data[:2] == b"II" and rng.random() < 0.8:
            at = len(data) - 1 - rng.randrange(200)
        data[at] = rng.randrange(256)


def _length(data: bytearray, rng: random.Random) -> None:
    """A number of the header becomes one of the dangerous ones."""
    number = rng.choice([0, 1, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 0xFFFF, 40_000])
    at = rng.randrange(4, 60)
    if data[:2] == b"II":
        at = len(data) - rng.randrange(4, 200)
    data[at : at + 4] = struct.pack(rng.choice("<>") + "I", number)


def _zeros(data: bytearray, rng: random.Random) -> None:
    at = _somewhere(data, rng, PIECE)
    data[at : at + PIECE] = bytes(PIECE)


def _noise(data: bytearray, rng: random.Random) -> None:
    at = _somewhere(data, rng, PIECE)
    data[at : at + PIECE] = rng.randbytes(PIECE)


def _gone(data: bytearray, rng: random.Random) -> None:
    at = _somewhere(data, rng, PIECE)
    del data[at : at + PIECE]


def _doubled(data: bytearray, rng: random.Random) -> None:
    at = _somewhere(data, rng, PIECE)
    data[at:at] = data[at : at + PIECE]


def _swapped(data: bytearray, rng: random.Random) -> None:
    """Two pieces in each other's place."""
    first = _somewhere(data, rng, 3 * PIECE)
    second = first + PIECE + rng.randrange(PIECE)
    one, other = data[first : first + PIECE], data[second : second + PIECE]
    data[first : first + PIECE], data[second : second + PIECE] = other, one


def _cut(data: bytearray, rng: random.Random) -> None:
    del data[rng.randrange(1, len(data)) :]


def _followed(data: bytearray, rng: random.Random) -> None:
    """Something behind the end, as a sloppy program leaves it."""
    data += rng.randbytes(rng.randrange(1, 9000))


WAYS: dict[str, Damage] = {
    "header": _header,
    "length": _length,
    "flip": _flip,
    "flips": _flips,
    "zeros": _zeros,
    "noise": _noise,
    "gone": _gone,
    "doubled": _doubled,
    "swapped": _swapped,
    "cut": _cut,
    "followed": _followed,
}


def broken_pictures(count: int, seed: int) -> Iterator[Broken]:
    """So many damaged files: `odd_files` first, then each format in each way in turn."""
    odd = list(odd_files())[:count]
    yield from odd
    rng = random.Random(seed)
    formats = list(originals(False))
    for number in range(count - len(odd)):
        turn, which = divmod(number, len(formats) * len(WAYS))
        kind = formats[which % len(formats)]
        way = list(WAYS)[which // len(formats)]
        marked = turn % 2 == 1
        data = bytearray(originals(marked)[kind])
        while bytes(data) == originals(marked)[kind]:
            WAYS[way](data, rng)
        name = f"{kind}-{way}-{number:03}.{kind.split('-')[0]}"
        yield Broken(name, bytes(data), kind, way, marked)


def odd_files() -> Iterator[Broken]:
    """Empty, of the wrong kind, of a claimed size beyond all bounds, of several pages."""
    known = originals(True)
    for suffix in ("jpg", "png", "bmp", "tif"):
        data = known[suffix]
        yield Broken(f"empty.{suffix}", b"", suffix, "empty", True)
        yield Broken(f"only-magic.{suffix}", data[:8], suffix, "cut", True)
        yield Broken(f"bomb.{suffix}", bomb(suffix), suffix, "bomb", True)
        yield Broken(f"text.{suffix}", b"This is no picture.\n" * 40, suffix, "text", True)
    yield Broken("scans.jpg", many_scans(), "jpg-progressive", "bomb", True)
    yield Broken("pages.tif", pages(2), "tif", "pages", True)
    yield Broken("loop.tif", pages(1, loop=True), "tif", "pages", True)
    yield Broken("film.png", animation(), "png", "pages", True)
    # Their content is whole: the name alone is wrong.
    yield Broken("a-png.jpg", known["png"], "png", "suffix", True)
    yield Broken("a-jpg.tif", known["jpg"], "jpg", "suffix", True)


def bomb(suffix: str) -> bytes:
    """A few kilobytes that claim to be gigapixels."""
    data, side = bytearray(originals(True)[suffix]), 60_000
    if suffix == "png":
        data[16:24] = struct.pack(">II", side, side)
        data[29:33] = struct.pack(">I", zlib.crc32(data[12:29]))
    elif suffix == "bmp":
        data[18:26] = struct.pack("<ii", side, -side)
    elif suffix == "jpg":
        at = data.index(b"\xff\xc0")
        data[at + 5 : at + 9] = struct.pack(">HH", side, side)
    else:
        (at,) = struct.unpack("<I", data[4:8])
        for entry in range(at + 2, at + 26, 12):
            tag = struct.unpack("<H", data[entry : entry + 2])[0]
            if tag in (256, 257):
                data[entry : entry + 12] = struct.pack("<HHII", tag, 4, 1, side)
    return bytes(data)


def many_scans() -> bytes:
    """A progressive jpg whose last scan comes a thousand times."""
    data = originals(True)["jpg-progressive"]
    at = data.rindex(b"\xff\xda")
    return data[:at] + data[at:-2] * 1000 + data[-2:]


def pages(count: int, *, loop: bool = False) -> bytes:
    """A tif of so many pictures; or one whose directory names itself as the next."""
    if not loop:
        ok, data = cv2.imencodemulti(".tif", [np.full((64, 64, 3), 90, np.uint8)] * count)
        assert ok
        return bytes(data)
    data = bytearray(originals(True)["tif"])
    (at,) = struct.unpack("<I", data[4:8])
    (entries,) = struct.unpack("<H", data[at : at + 2])
    end = at + 2 + 12 * entries
    data[end : end + 4] = struct.pack("<I", at)
    return bytes(data)


def animation() -> bytes:
    """A png that says of itself, rightly summed, that it is an animation."""
    data = originals(True)["png"]
    body = b"acTL" + struct.pack(">II", 2, 0)
    chunk = struct.pack(">I", 8) + body + struct.pack(">I", zlib.crc32(body))
    return data[:33] + chunk + data[33:]


def main() -> None:
    """Print a table."""
    count, seed = int(sys.argv[1]), int(sys.argv[2])
    found = [(broken, broken.shows()) for broken in broken_pictures(count, seed)]
    for by in ("format", "way"):
        table: dict[str, Counter[str]] = {}
        for broken, shown in found:
            table.setdefault(getattr(broken, by), Counter())[shown] += 1
        for name, counts in table.items():
            sys.stdout.write(f"{by} {name:16} {dict(counts)}\n")
    sys.stdout.write(f"in all {dict(Counter(shown for _, shown in found))}\n")


if __name__ == "__main__":
    main()
