"""Maps and superpixels laid over their picture."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from engines.prediction import FloatArray, ImageArray
from trainer.explain.lime import Superpixels

FOR, AGAINST = (38, 166, 91), (214, 48, 49)
"""RGB of superpixels that speak for and against a class."""
WEAKEST = 0.2
"""Superpixels below this share of the strongest one stay uncoloured: they are noise of the fit."""


def as_colour(image: ImageArray, side_px: int) -> ImageArray:
    """(H, W, 1 or 3) to uint8 RGB whose longer side is side_px."""
    colour = image if image.shape[2] == 3 else np.repeat(image, 3, axis=2)
    scale = side_px / max(colour.shape[:2])
    size = (round(colour.shape[1] * scale), round(colour.shape[0] * scale))
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(colour, size, interpolation=way), dtype=np.uint8)


def heat_over(image: ImageArray, heat: FloatArray) -> ImageArray:
    """Heat (h, w) laid over a picture (H, W, 3), the more opaque the hotter: cold places stay
    unveiled.
    """
    grown = cv2.resize(heat, image.shape[1::-1], interpolation=cv2.INTER_LINEAR)
    level = np.clip(grown, 0.0, 1.0)
    colours = cv2.applyColorMap((level * 255).astype(np.uint8), cv2.COLORMAP_INFERNO)[..., ::-1]
    opacity = 0.6 * level[..., None]
    return np.asarray(image * (1.0 - opacity) + colours * opacity + 0.5, dtype=np.uint8)


def superpixels_over(image: ImageArray, found: Superpixels, label: int) -> ImageArray:
    """Superpixels for a class green, against it red, the stronger the more opaque, with their
    outlines; picture (H, W, 3) uint8.
    """
    weights = found.weights[:, label]
    level = np.abs(weights) / max(float(np.abs(weights).max()), 1e-12)
    level[level < WEAKEST] = 0.0
    colours = np.where((weights > 0)[:, None], np.array(FOR), np.array(AGAINST))
    segments = cv2.resize(
        found.segments.astype(np.int32), image.shape[1::-1], interpolation=cv2.INTER_NEAREST_EXACT
    )
    opacity = (0.15 + 0.45 * level)[segments][..., None] * (level > 0)[segments][..., None]
    drawn = image * (1.0 - opacity) + colours[segments] * opacity
    drawn[_outlines(segments) & (level > 0)[segments]] = 255.0
    return np.asarray(drawn + 0.5, dtype=np.uint8)


def _outlines(segments: npt.NDArray[np.int32]) -> npt.NDArray[np.bool_]:
    """(H, W) True on the first place behind a border between two superpixels."""
    border = np.zeros(segments.shape, bool)
    border[1:] |= segments[1:] != segments[:-1]
    border[:, 1:] |= segments[:, 1:] != segments[:, :-1]
    return border
