"""How much of an energy image is veiled at each place, and how that is smoothed along its edges.

Source: Meng et al., "Efficient image dehazing with boundary constraint and contextual
regularization", ICCV 2013, section 3 and its code; the constants are those of ultrasound and X-ray
practice after it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np

from engines.spectrum import Plane, backward, forward

TONE = 0.7 * 255.0
"""The veil's own level, of 255."""
DARKEST, BRIGHTEST = 30.0, 300.0
"""Levels between which an unveiled picture lies."""
FIDELITY = 2.0
"""Weight of the boundary constraint against smoothness."""
GROWTH, STIFFEST = 2.0 * 2.0**0.5, 2.0**8
"""Of the half-quadratic splitting: its weight starts at 1, grows so from pass to pass, and ends
before the second."""
SPREAD = 0.5
"""Contrast, of 1, at which smoothing gives way."""
RIM = ((-1, -1), (-1, 0), (-1, 1), (0, 1), (1, 1), (1, 0), (1, -1), (0, -1))
"""The eight neighbours, (rows, columns), clockwise."""
AT_ONCE = 5000
"""Pixels that are worked on at once, in whole rows: all filters' answers stay in the processor's
cache, and a product so small is not split over threads, which costs more than it gains."""
AROUND = (*RIM, (0, 0))
"""What a kernel sees of a pixel, in the order of its weights."""


def attenuation(energy: Plane) -> Plane:
    """(H, W) in 0..255 -> (H, W), about 0 to 1: argmin over t of
    FIDELITY / 2 |t - bound|^2 + sum_j |W_j (D_j * t)|_1, by half-quadratic splitting.

    The D are eight Kirsch kernels and the Laplacian, each of unit norm; the image repeats beyond
    its edges. The sum over j is averaged in the shrinking, as the source's code does.
    """
    height, width = energy.shape
    kernels, power = _kernels(), _power(height, width)
    framed, pulled = _Framed.of(height, width), _Framed.of(height, width)
    framed.fill(energy / 255.0)
    limits = _limits(framed, kernels)
    t, beta = _bound(energy), 1.0
    goal = np.fft.rfft2(t)
    spectrum, cut = goal.copy(), np.empty_like(goal)
    # Complex numbers as pairs of floats: what scales them is real, and so no complex division.
    goals, pairs, cuts = (a.view(np.float64) for a in (goal, spectrum, cut))
    while beta < STIFFEST:
        framed.fill(t)
        forward(_clipped(framed, pulled, kernels, limits, beta), cut)
        # A shrunk answer is the answer less its clipped part, and the answers' own share of the
        # pull is the image's spectrum times their power: only the clipped part needs a transform.
        share = FIDELITY / beta
        pairs *= power
        pairs -= cuts
        np.multiply(goals, share, out=cuts)
        pairs += cuts
        np.add(power, share, out=cuts)
        pairs /= cuts
        backward(spectrum, cut, t)
        beta *= GROWTH
    return t


def _bound(energy: Plane) -> Plane:
    """The least attenuation with which the picture stays between its darkest and brightest, closed
    over 3x3 pixels."""
    below = (TONE - energy) / (TONE - DARKEST)
    above = (energy - TONE) / (BRIGHTEST - TONE)
    least = np.minimum(np.maximum(below, above), 1.0)
    square = np.ones((3, 3), np.uint8)
    closed = cv2.morphologyEx(least, cv2.MORPH_CLOSE, square, borderType=cv2.BORDER_REPLICATE)
    return np.asarray(closed, np.float64)


@lru_cache(maxsize=1)
def _kernels() -> Plane:
    """(9, 9): kernel, weight of each neighbour of RIM and then of the middle."""
    kirsch = [[5.0 if (j - k) % 8 < 3 else -3.0 for j in range(8)] + [0.0] for k in range(8)]
    bank = np.array([*kirsch, [-1.0] * 8 + [8.0]])
    bank /= np.linalg.norm(bank, axis=1, keepdims=True)
    bank.setflags(write=False)
    return bank


@lru_cache(maxsize=4)
def _power(height: int, width: int) -> Plane:
    """(H, 2 (W // 2 + 1)): sum over the kernels of the squared magnitude of their spectra, for the
    real and the imaginary part of each frequency."""
    total = np.zeros((height, width // 2 + 1))
    for kernel in _kernels():
        placed = np.zeros((height, width))
        for (down, right), weight in zip(AROUND, kernel, strict=True):
            placed[down % height, right % width] += weight
        total += np.abs(np.fft.rfft2(placed)) ** 2
    paired = np.repeat(total, 2, axis=1)
    paired.setflags(write=False)
    return paired


@dataclass(frozen=True, slots=True, eq=False)
class _Framed:
    """A plane (H, W) with a frame of one pixel, row after row in one line: a neighbour is then the
    same line from a little earlier or later. Between rows lie two pixels of the frame."""

    line: Plane
    """((H + 2) (W + 2) + 2,), the last two for the lines of the last pixels."""
    plane: Plane
    """(H + 2, W + 2), a view of it."""

    @classmethod
    def of(cls, height: int, width: int) -> _Framed:
        size = (height + 2) * (width + 2)
        line = np.zeros(size + 2)
        return cls(line, line[:size].reshape(height + 2, width + 2))

    def fill(self, inner: Plane) -> None:
        """Put (H, W) in; beyond its edges it repeats."""
        plane = self.plane
        plane[1:-1, 1:-1] = inner
        plane[0, 1:-1], plane[-1, 1:-1] = inner[-1], inner[0]
        plane[:, 0], plane[:, -1] = plane[:, -2], plane[:, 1]

    def folded(self) -> Plane:
        """(H, W), a view: what lies in the frame is added to the opposite edge."""
        plane = self.plane
        plane[-2] += plane[0]
        plane[1] += plane[-1]
        plane[:, -2] += plane[:, 0]
        plane[:, 1] += plane[:, -1]
        return plane[1:-1, 1:-1]

    def neighbours(self, top: int, end: int) -> Iterator[Plane]:
        """For each of AROUND the rows' (end - top) (W + 2) neighbours, as views."""
        wide = self.plane.shape[1]
        for down, right in AROUND:
            first = (1 + top + down) * wide + 1 + right
            yield self.line[first : first + (end - top) * wide]

    def gather(self, top: int, end: int, near: Plane) -> None:
        """All of `neighbours` into (9, (end - top) (W + 2))."""
        for place, neighbour in zip(near, self.neighbours(top, end), strict=True):
            place[:] = neighbour

    def strips(self) -> Iterator[tuple[int, int]]:
        """Rows from, and to, as many as are worked on at once."""
        height, wide = len(self.plane) - 2, self.plane.shape[1]
        rows = max(1, AT_ONCE // wide)
        return ((top, min(top + rows, height)) for top in range(0, height, rows))


def _limits(framed: _Framed, kernels: Plane) -> list[Plane]:
    """How far each kernel's answers are shrunk at stiffness 1: W / 9, (9, rows (W + 2)) for every
    strip, and 0 in the frame, where there is nothing to answer."""
    wide = framed.plane.shape[1]
    limits = np.empty((len(framed.plane) - 2) * wide * len(kernels))
    strips: list[Plane] = []
    room = np.empty(len(kernels) * max(AT_ONCE, wide))
    for top, end in framed.strips():
        first, last = (row * wide * len(kernels) for row in (top, end))
        answers = limits[first:last].reshape(len(kernels), -1)
        near = room[: answers.size].reshape(answers.shape)
        framed.gather(top, end, near)
        np.matmul(kernels, near, out=answers)
        np.multiply(answers, answers, out=answers)
        answers *= -0.5 * 3.0 / SPREAD
        np.exp(answers, out=answers)
        answers /= len(kernels)
        answers.reshape(len(kernels), -1, wide)[:, :, wide - 2 :] = 0.0
        strips.append(answers)
    return strips


def _clipped(
    framed: _Framed, pulled: _Framed, kernels: Plane, limits: Sequence[Plane], beta: float
) -> Plane:
    """Sum over the kernels of their transposes over what shrinking takes off the answers, which is
    the answers clipped to +-limit / beta. (H, W), a view of `pulled`."""
    ahead, back = kernels * beta, kernels.T / beta
    rooms = np.empty((2, len(limits[0]) * limits[0].shape[1]))
    pulled.line[:] = 0.0
    for (top, end), limit in zip(framed.strips(), limits, strict=True):
        near, answers = (room[: limit.size].reshape(limit.shape) for room in rooms)
        framed.gather(top, end, near)
        np.matmul(ahead, near, out=answers)
        np.minimum(answers, limit, out=answers)
        np.negative(limit, out=near)
        np.maximum(answers, near, out=answers)
        np.matmul(back, answers, out=near)
        for place, part in zip(pulled.neighbours(top, end), near, strict=True):
            place += part
    return pulled.folded()
