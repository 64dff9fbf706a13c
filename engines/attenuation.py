"""How much of an energy image is veiled at each place, and how that is smoothed along its edges.

Source: Meng et al., "Efficient image dehazing with boundary constraint and contextual
regularization", ICCV 2013, section 3 and its code; the constants are those of ultrasound and X-ray
practice after it.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import cv2
import numpy as np
import numpy.typing as npt

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
ROWS = 16
"""Rows that are worked on at once, so that all filters' answers stay in the processor's cache."""

Plane = npt.NDArray[np.float64]


def attenuation(energy: Plane) -> Plane:
    """(H, W) in 0..255 -> (H, W), about 0 to 1: argmin over t of
    FIDELITY / 2 |t - bound|^2 + sum_j |W_j (D_j * t)|_1, by half-quadratic splitting.

    The D are eight Kirsch kernels and the Laplacian, each of unit norm; the image repeats beyond
    its edges. The sum over j is averaged in the shrinking, as the source's code does.
    """
    kernels = _kernels()
    height, width = energy.shape
    limits = _limits(energy, kernels)
    power = _power(height, width)
    t, beta = _bound(energy), 1.0
    goal = np.fft.rfft2(t)
    while beta < STIFFEST:
        pull = np.fft.rfft2(_shrunk(t, kernels, limits, beta))
        share = FIDELITY / beta
        t = np.fft.irfft2((share * goal + pull) / (share + power), s=(height, width))
        beta *= GROWTH
    return np.asarray(t)


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
    """(H, W // 2 + 1): sum over the kernels of the squared magnitude of their spectra."""
    total = np.zeros((height, width // 2 + 1))
    for kernel in _kernels():
        placed = np.zeros((height, width))
        for (down, right), weight in zip((*RIM, (0, 0)), kernel, strict=True):
            placed[down % height, right % width] += weight
        total += np.abs(np.fft.rfft2(placed)) ** 2
    total.setflags(write=False)
    return total


def _near(around: Plane, top: int, end: int) -> Plane:
    """(9, rows * W): every pixel's neighbours of RIM and itself, from (H + 2, W + 2)."""
    width = around.shape[1] - 2
    near = np.empty((9, end - top, width))
    for place, (y, x) in zip(near, (*RIM, (0, 0)), strict=True):
        place[:] = around[1 + top + y : 1 + end + y, 1 + x : 1 + x + width]
    return near.reshape(9, -1)


def _limits(energy: Plane, kernels: Plane) -> list[Plane]:
    """How far each kernel's answers are shrunk at stiffness 1: W / 9, (9, rows * W) for every
    strip of ROWS rows."""
    around = np.pad(energy / 255.0, 1, mode="wrap")
    strips = []
    for top in range(0, len(energy), ROWS):
        answers = kernels @ _near(around, top, min(top + ROWS, len(energy)))
        np.multiply(answers, answers, out=answers)
        answers *= -0.5 * 3.0 / SPREAD
        np.exp(answers, out=answers)
        answers /= len(kernels)
        strips.append(answers)
    return strips


def _shrunk(t: Plane, kernels: Plane, limits: Sequence[Plane], beta: float) -> Plane:
    """Sum over the kernels of their transposes over the softly shrunk answers."""
    height, width = t.shape
    around = np.pad(t, 1, mode="wrap")
    total = np.zeros_like(around)
    back = kernels.T.copy()
    for top, strip in zip(range(0, height, ROWS), limits, strict=True):
        end = min(top + ROWS, height)
        answers = kernels @ _near(around, top, end)
        # Soft shrinking: what is left of an answer beyond its limit.
        limit = strip * (1.0 / beta)
        kept = np.minimum(answers, limit)
        np.negative(limit, out=limit)
        np.maximum(kept, limit, out=kept)
        answers -= kept
        np.matmul(back, answers, out=kept)
        for (y, x), part in zip((*RIM, (0, 0)), kept.reshape(9, end - top, width), strict=True):
            total[1 + top + y : 1 + end + y, 1 + x : 1 + x + width] += part
    return _folded(total)


def _folded(total: Plane) -> Plane:
    """(H + 2, W + 2) -> (H, W): what lies beyond an edge belongs to the opposite one."""
    total[-2] += total[0]
    total[1] += total[-1]
    total[:, -2] += total[:, 0]
    total[:, 1] += total[:, -1]
    return np.ascontiguousarray(total[1:-1, 1:-1])
