"""A picture as the trigger compares it: small, grey, and free of how bright the light is.

Local contrast, (x - mean about) / (mean about), stays the same under any light that is smooth
over the part; so a lamp that is switched, dims or flickers is not taken for a part.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from engines.prediction import ImageArray

Floats = npt.NDArray[np.float32]
Mask = npt.NDArray[np.uint8]
"""(h, w), 1 where something holds and 0 elsewhere."""

SCENE_PX = 160
"""Longer side of a scene."""
ABOUT_PX = 7.0
"""Standard deviation of the neighbourhood whose mean a pixel is held against."""
FLOOR = 8.0
"""Grey levels added to that mean: in the dark, noise is no contrast."""
SHIFT = 0.8
"""Of a scene pixel: a picture that shakes by less is at rest."""
LEAST = 0.03
"""Contrast that two scenes must differ by at least, where both are smooth."""
SIGMAS = 6.0
"""Times the noise that they must differ by."""
NOISE_MAX = 0.05
BLACK = 4.0
"""Mean grey level: below, nothing can be seen."""
CLIPPED = 0.6
"""Share of fully bright pixels: above, nothing can be seen either."""


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """One picture, made comparable."""

    contrast: Floats
    """(h, w) float32, longer side SCENE_PX."""
    slope: Floats
    """(h, w) float32: contrast per scene pixel, from the range among a pixel and its neighbours."""
    is_blind: bool
    """Too dark or too bright for anything to be seen."""


def scene_of(image_rgb: ImageArray) -> Scene:
    """Make a picture, uint8 (H, W, 3), comparable; about a millisecond for a megapixel."""
    height, width = image_rgb.shape[:2]
    scale = SCENE_PX / max(height, width)
    size = max(8, round(width * scale)), max(8, round(height * scale))
    # Of a large picture a part of the pixels will do: sixteen or more make one of the scene.
    step = max(1, int(0.25 / scale))
    small = cv2.resize(image_rgb[::step, ::step], size, interpolation=cv2.INTER_AREA)
    grey = cv2.cvtColor(small, cv2.COLOR_RGB2GRAY)
    level, bright = float(cv2.mean(grey)[0]), float(np.count_nonzero(grey >= 254)) / grey.size
    fine = cv2.GaussianBlur(grey.astype(np.float32), (3, 3), 0.0)
    about = cv2.GaussianBlur(fine, (0, 0), ABOUT_PX)
    contrast = np.asarray((fine - about) / (about + np.float32(FLOOR)), dtype=np.float32)
    kernel = np.ones((3, 3), np.uint8)
    span = np.asarray(cv2.morphologyEx(contrast, cv2.MORPH_GRADIENT, kernel), dtype=np.float32)
    return Scene(contrast, np.float32(0.5) * span, level < BLACK or bright > CLIPPED)


def noise_between(one: Scene, other: Scene) -> float:
    """Standard deviation of what differs from one picture to the next where nothing moves."""
    apart = np.abs(one.contrast[::3, ::3] - other.contrast[::3, ::3])
    return min(NOISE_MAX, float(np.median(apart)) / 0.6745)


def difference(
    one: Scene, other: Scene, noise: float, usual: Floats | None = None, shift: float = SHIFT
) -> Mask:
    """Where two scenes differ by more than noise and a slight shake explain.

    usual: (h, w), what a pixel is known to differ by without cause; shift: scene pixels by which
    one may be moved against the other.
    """
    allowed = np.float32(max(LEAST, SIGMAS * noise)) + np.float32(shift) * np.maximum(
        one.slope, other.slope
    )
    if usual is not None:
        allowed = allowed + usual
    apart = np.abs(one.contrast - other.contrast) > allowed
    # Single pixels are noise: the majority of nine decides.
    return np.asarray(cv2.medianBlur(apart.astype(np.uint8), 3), dtype=np.uint8)


def share_of(mask: Mask) -> float:
    """Share of the scene, 0 to 1, that a mask covers."""
    return float(np.count_nonzero(mask)) / mask.size
