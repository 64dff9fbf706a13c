"""What a picture file tells without any network: format, size, light, border, a thumbnail."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from engines.decode import decode_image
from engines.errors import ImageError
from engines.prediction import ImageArray
from trainer.counting import OnCount
from trainer.metrics import RealArray

THUMB_PX = 64
BORDER = 3
"""Pixels of the thumbnail's edge that count as border: about 5 % of the side."""


@dataclass(frozen=True, slots=True, eq=False)
class Facts:
    """One picture file that could be read. Made by `facts_of`."""

    sha256: str
    format: str
    """Jpeg, png, bmp, tiff, as the file itself says, in small letters."""
    mode: str
    """How its pixels are stored: Pillow's word, such as L, RGB, I;16."""
    compression: float
    """Mean of the JPEG's first quantisation table (higher: coarser); 0 for other formats."""
    bytes: int
    width: int
    height: int
    thumb: ImageArray
    """(THUMB_PX, THUMB_PX, 3) uint8 RGB."""

    @property
    def size(self) -> tuple[int, int]:
        """Width, height."""
        return self.width, self.height

    @property
    def is_grey(self) -> bool:
        """Whether its channels are alike, to the noise of JPEG."""
        spread = self.thumb.max(axis=2).astype(int) - self.thumb.min(axis=2)
        return float(spread.mean()) < 2.0

    def storing(self) -> tuple[float, ...]:
        """What the way of storing tells, for `shortcuts`."""
        kinds = ("jpeg", "png", "bmp", "tiff")
        modes = ("L", "RGB", "RGBA", "P")
        named = [float(self.format == k) for k in kinds] + [float(self.mode == m) for m in modes]
        return (*named, self.compression)

    def extent(self) -> tuple[float, ...]:
        """What the size alone tells."""
        return float(self.width), float(self.height), self.width / self.height

    def light(self) -> tuple[float, ...]:
        """Mean of each channel, spread, darkest and brightest of the inside, border left out."""
        inside = self.thumb[BORDER:-BORDER, BORDER:-BORDER].astype(np.float64)
        low, high = np.quantile(inside, (0.05, 0.95))
        return (*inside.mean(axis=(0, 1)).tolist(), float(inside.std()), float(low), float(high))

    def border(self) -> tuple[float, ...]:
        """Mean and spread of each of the four edges: frames, bars, burnt-in marks."""
        grey = self.thumb.astype(np.float64).mean(axis=2)
        sides = (grey[:BORDER], grey[-BORDER:], grey[:, :BORDER], grey[:, -BORDER:])
        return tuple(float(v) for side in sides for v in (side.mean(), side.std()))


def facts_of(data: bytes, name: str) -> tuple[Facts, ImageArray]:
    """A file's facts, and its pixels, uint8 (H, W, 3). Raises ImageError for what is no picture."""
    image = decode_image(data, name)
    thumb = cv2.resize(image, (THUMB_PX, THUMB_PX), interpolation=cv2.INTER_AREA)
    kind, mode, compression = _header(data)
    height, width = image.shape[:2]
    digest = hashlib.sha256(data).hexdigest()
    small = np.asarray(thumb, dtype=np.uint8)
    return Facts(digest, kind, mode, compression, len(data), width, height, small), image


def read_facts(
    root: Path, files: Sequence[str], on_read: OnCount | None = None
) -> list[Facts | str]:
    """The facts of `files` below `root`, in two threads; of an unreadable one, why it is."""

    def read(file: str) -> Facts | str:
        try:
            return facts_of((root / file).read_bytes(), file)[0]
        except OSError as error:
            return f"{file} cannot be read ({error.strerror}). Check its permissions."
        except ImageError as error:
            return str(error)

    found = []
    with ThreadPoolExecutor(2) as pool:
        for done, facts in enumerate(pool.map(read, files), start=1):
            found.append(facts)
            if on_read is not None:
                on_read(done, len(files))
    return found


def rows(facts: Sequence[Facts], of: Callable[[Facts], tuple[float, ...]]) -> RealArray:
    """(N, F) one kind of fact of every picture."""
    return np.array([of(f) for f in facts], np.float64)


def _header(data: bytes) -> tuple[str, str, float]:
    """Format, mode and coarseness; unknown words where Pillow cannot tell."""
    from PIL import Image

    try:
        with Image.open(io.BytesIO(data)) as opened:
            tables = getattr(opened, "quantization", None) or {}
            coarse = float(np.mean(tables[min(tables)])) if tables else 0.0
            return (opened.format or "unknown").lower(), opened.mode, coarse
    except (OSError, ValueError):
        return "unknown", "unknown", 0.0
