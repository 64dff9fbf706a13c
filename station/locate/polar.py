"""A picture straightened about a circle: one row per angle, from within outwards."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from engines.prediction import ImageArray

Floats = npt.NDArray[np.float32]
Doubles = npt.NDArray[np.float64]

ANGLES = 240
STEP_PX = 0.75
"""Between samples along the radius; twice that in wide windows."""
STEP_SHARE = 0.01
"""Of the radius, at most, so that a small disc's rim does not spill over into its background."""
SLOPE = np.convolve(cv2.getGaussianKernel(9, 1.6)[:, 0], [0.5, 0.0, -0.5])[::-1].copy()
"""Derivative of a Gaussian of 1.6 steps, along the radius."""
ACROSS = cv2.getGaussianKernel(3, 0.7)
"""Over neighbouring angles."""
TURN = np.linspace(0.0, 2.0 * math.pi, ANGLES, endpoint=False)
HARMONICS = np.stack(
    [np.ones(ANGLES), np.cos(TURN), np.sin(TURN), np.cos(2.0 * TURN), np.sin(2.0 * TURN)], axis=1
)
"""(ANGLES, 5): 1, cos t, sin t, cos 2t, sin 2t."""


@dataclass(frozen=True, slots=True)
class Rim:
    """r(t) about a centre, pixels of the working picture."""

    x: float
    y: float
    radius: float
    cos2: float = 0.0
    sin2: float = 0.0

    @property
    def shape(self) -> tuple[float, float, float]:
        """Radius and oval, that is all but the place."""
        return self.radius, self.cos2, self.sin2

    @property
    def oval(self) -> float:
        """Half the difference of the half axes."""
        return math.hypot(self.cos2, self.sin2)


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """A picture straightened about a rim: one row per angle, from within outwards."""

    strength: Floats
    """(ANGLES, steps) change of colour along the radius; 0 outside the picture."""
    inside: npt.NDArray[np.bool_]
    """(ANGLES, steps) whether the sample lies in the picture."""
    shares: Doubles
    """(steps,) radius over the rim's radius."""
    radii: Doubles
    """(ANGLES, steps) pixels."""


def unrolled(work: ImageArray, rim: Rim, window: float) -> View:
    """The picture, uint8 (H, W, 3), straightened about a rim, `window` of its radius each way."""
    step = STEP_PX if window < 0.2 else 2.0 * STEP_PX
    step = min(step, STEP_SHARE * rim.radius)
    steps = max(9, round(2.0 * window * rim.radius / step))
    shares = 1.0 + window * np.linspace(-1.0, 1.0, steps)
    model = HARMONICS @ (rim.radius, 0.0, 0.0, rim.cos2, rim.sin2)
    radii = model[:, None] * shares[None, :]
    x = (rim.x + radii * HARMONICS[:, 1:2]).astype(np.float32)
    y = (rim.y + radii * HARMONICS[:, 2:3]).astype(np.float32)
    height, width = work.shape[:2]
    inside = (x >= 1) & (y >= 1) & (x <= width - 2) & (y <= height - 2)
    polar = cv2.remap(work, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    strength = _radial_edges(np.asarray(polar, dtype=np.uint8))
    strength[~inside] = 0.0
    return View(strength, inside, shares, radii)


def _radial_edges(polar: ImageArray) -> Floats:
    """How fast the colour changes along the radius: (angles, steps, 3) -> (angles, steps)."""
    wrapped = np.concatenate([polar[-1:], polar, polar[:1]]).astype(np.float32)
    change = cv2.sepFilter2D(wrapped, cv2.CV_32F, SLOPE, ACROSS)[1:-1]
    return np.asarray(np.sqrt(np.einsum("ijk,ijk->ij", change, change)), dtype=np.float32)
