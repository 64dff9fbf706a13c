"""Copies of one picture: the same file, or the same scene stored, lit, scaled or turned otherwise.

Two stages. A perceptual hash (pHash: the signs of the 64 lowest cosine coefficients about their
median; Zauner, "Implementation and benchmarking of perceptual image hash functions", 2010) proposes
pairs. It cannot tell apart pictures of one fixture, which are all alike in the large; so a pair
counts only if its details agree too: the correlation of the band-passed thumbnails, less what is
common to the whole set.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import cv2
import numpy as np
import numpy.typing as npt

from engines.prediction import FloatArray, ImageArray
from trainer.checks.facts import Facts

HASH_BITS_APART = 14
"""Of 64: the most that a proposed pair differs in. JPEG, half the size, light, noise and 2 degrees
changed at most 14 in 40 pictures each of four real sets."""
ALIKE = 0.95
"""Least correlation of the details. Of the same changes, nearly all keep it; of different castings
on one fixture few reach it, and those looked at were one part: turned, mirrored, taken twice."""
FEW, ALIKE_OF_FEW = 40, 0.98
"""With fewer pictures nothing common can be told, and more is asked."""
FINE_PX, COARSE_PX = 1.0, 6.0
"""Standard deviations between which details lie, in pixels of the thumbnail."""
BLOCK = 256


@dataclass(frozen=True, slots=True)
class Copy:
    """Two pictures that are one."""

    a: int
    """Index of the first, as is the next; a < b."""
    b: int
    likeness: float
    """1: the very same file; else the correlation of the details."""
    turned: bool
    """Whether the second is mirrored or turned."""

    @property
    def exact(self) -> bool:
        """The same bytes."""
        return self.likeness == 1.0


@dataclass(slots=True)
class Seen:
    """Pictures met so far, when they come one by one: nothing common to them all can be told."""

    files: list[str] = field(default_factory=list)
    hashes: list[int] = field(default_factory=list)
    details: list[FloatArray] = field(default_factory=list)

    def add(self, facts: Facts, file: str) -> None:
        """Remember a picture under a name."""
        grey = _grey(facts.thumb)[None]
        self.files.append(file)
        self.hashes.append(int(hashes(grey)[0]))
        self.details.append(_unit(_details(grey))[0])

    def copy_of(self, facts: Facts) -> str | None:
        """The name of the picture that this one is a copy of, in any attitude."""
        if not self.files:
            return None
        known = np.array(self.hashes, np.uint64)
        for grey in _attitudes(_grey(facts.thumb)[None]):
            apart = np.bitwise_count(known ^ hashes(grey))
            details = _unit(_details(grey))[0]
            for i in np.flatnonzero(apart <= HASH_BITS_APART).tolist():
                if float(self.details[i] @ details) >= ALIKE_OF_FEW:
                    found: str = self.files[i]
                    return found
        return None


def find_copies(facts: Sequence[Facts]) -> list[Copy]:
    """Every pair; of files with the same bytes, each with the first of them only."""
    first: dict[str, int] = {}
    copies, alone = [], []
    for i, each in enumerate(facts):
        a = first.setdefault(each.sha256, i)
        if a == i:
            alone.append(i)
        else:
            copies.append(Copy(a, i, 1.0, turned=False))
    if len(alone) > 1:
        for a, b, likeness, turned in _near(np.stack([_grey(facts[i].thumb) for i in alone])):
            copies.append(Copy(alone[a], alone[b], likeness, turned))
    return sorted(copies, key=lambda c: (c.a, c.b))


def hashes(greys: ImageArray) -> npt.NDArray[np.uint64]:
    """(N,) 64-bit pHash of (N, H, W) uint8."""
    from scipy.fft import dctn

    small = np.stack([cv2.resize(g, (32, 32), interpolation=cv2.INTER_AREA) for g in greys])
    lowest = dctn(small.astype(np.float32), axes=(1, 2))[:, :8, :8].reshape(len(greys), 64)
    bits = lowest > np.median(lowest, axis=1, keepdims=True)
    return np.packbits(bits, axis=1).view(np.uint64)[:, 0]


def _grey(thumb: ImageArray) -> ImageArray:
    return np.asarray(cv2.cvtColor(thumb, cv2.COLOR_RGB2GRAY), dtype=np.uint8)


def _attitudes(greys: ImageArray) -> Iterator[ImageArray]:
    """The pictures (N, H, W) in their eight attitudes, upright first."""
    for mirrored in (greys, greys[:, :, ::-1]):
        for quarters in range(4):
            yield np.ascontiguousarray(np.rot90(mirrored, quarters, axes=(1, 2)))


def _details(greys: ImageArray) -> FloatArray:
    """(N, H * W) what lies between a fine and a coarse blur."""
    values = greys.astype(np.float32)
    passed = [
        cv2.GaussianBlur(v, (0, 0), FINE_PX) - cv2.GaussianBlur(v, (0, 0), COARSE_PX)
        for v in values
    ]
    return np.stack(passed).reshape(len(values), -1)


def _unit(details: FloatArray) -> FloatArray:
    """Each row without its mean and of length 1; 0 where there is no detail at all."""
    centred = details - details.mean(axis=1, keepdims=True)
    length = np.linalg.norm(centred, axis=1, keepdims=True)
    # A grey level of 0.05 over the thumbnail: less is the rounding of a blank picture.
    blank = length < 0.05 * np.sqrt(details.shape[1])
    return np.where(blank, 0.0, centred / np.maximum(length, 1e-6)).astype(np.float32)


def _near(greys: ImageArray) -> list[tuple[int, int, float, bool]]:
    many = len(greys) >= FEW
    upright = _details(greys)
    common = upright.mean(axis=0) if many else np.float32(0.0)
    limit = ALIKE if many else ALIKE_OF_FEW
    of_a, base = hashes(greys), _unit(upright - common)
    best: dict[tuple[int, int], tuple[float, bool]] = {}
    for attitude, turned in enumerate(_attitudes(greys)):
        of_b, other = hashes(turned), _unit(_details(turned) - common)
        for start in range(0, len(greys), BLOCK):
            block = slice(start, start + BLOCK)
            apart = np.bitwise_count(of_a[block, None] ^ of_b[None, :])
            later = np.arange(len(greys))[None, :] > np.arange(len(greys))[block, None]
            proposed = (apart <= HASH_BITS_APART) & later
            columns = np.flatnonzero(proposed.any(axis=0))
            likeness = base[block] @ other[columns].T
            for row, column in np.argwhere((likeness >= limit) & proposed[:, columns]):
                pair = (start + int(row), int(columns[column]))
                found = (min(float(likeness[row, column]), 1.0 - 1e-6), attitude > 0)
                best[pair] = max(best.get(pair, found), found)
    return [(a, b, likeness, turned) for (a, b), (likeness, turned) in best.items()]
