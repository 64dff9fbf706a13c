"""How sharp a picture is: one number that light and contrast do not change."""

from __future__ import annotations

import cv2
import numpy as np

from engines.prediction import ImageArray

WORK_PX = 640
"""Longer side on which sharpness is measured: finer detail is finer than a network's input."""
REACH_PX = 4
"""Over so many pixels an edge has risen fully, unless it is blurred."""
STRONG = 0.05
"""Share of the pixels, those with the strongest edges, that are asked."""
NOISE = 6.0
"""Grey levels over REACH_PX below which an edge is noise."""


def focus(image_rgb: ImageArray, box_px: tuple[int, int, int, int] | None = None) -> float:
    """How steep the strongest edges are: 1.0 rises within one pixel, 0.25 within four or more.

    The mean step between neighbours over the mean step over four pixels, along the strongest
    edges alone, at a longer side of at most 640 pixels. 0.0 for a picture without an edge.
    image_rgb: uint8 (H, W, 3); box_px: x, y, width, height of the region asked, None: all of it.
    """
    if box_px is not None:
        x, y, width, height = box_px
        image_rgb = image_rgb[max(0, y) : y + height, max(0, x) : x + width]
    scale = WORK_PX / max(1, *image_rgb.shape[:2])
    if scale < 1.0:
        image_rgb = np.asarray(
            cv2.resize(image_rgb, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.uint8
        )
    if min(image_rgb.shape[:2]) <= REACH_PX + 1:
        return 0.0
    grey = cv2.cvtColor(image_rgb, cv2.COLOR_RGB2GRAY).astype(np.int16)
    ratios = [_steepness(grey), _steepness(grey.T)]
    return float(max(ratios))


def _steepness(grey: np.ndarray[tuple[int, ...], np.dtype[np.int16]]) -> float:
    """Along rows: the largest step between neighbours over the step across REACH_PX."""
    near = np.abs(grey[:, 1:] - grey[:, :-1])
    rise = np.abs(grey[:, REACH_PX:] - grey[:, :-REACH_PX])
    inner = near[:, 0 : rise.shape[1]].copy()
    for shift in range(1, REACH_PX):
        np.maximum(inner, near[:, shift : shift + rise.shape[1]], out=inner)
    # A histogram finds the strongest edges without sorting a third of a million pixels.
    counts = np.bincount(np.minimum(rise, 255).ravel(), minlength=256)
    above = np.cumsum(counts[::-1])[::-1]
    limit = max(NOISE, float(np.searchsorted(-above, -STRONG * rise.size, side="right") - 1))
    strong = rise >= limit
    total = float(rise[strong].sum(dtype=np.int64))
    return float(inner[strong].sum(dtype=np.int64)) / total if total else 0.0
