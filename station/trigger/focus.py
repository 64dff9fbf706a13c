"""How sharp a picture is: one number that light and contrast do not change."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from engines.prediction import ImageArray

Grey = npt.NDArray[np.uint8]
WORK_PX = 640
"""Longer side on which sharpness is measured: finer detail is finer than a network's input."""
REACH_PX = 4
"""Over so many pixels an edge has risen fully, unless it is blurred."""
STRONG = 0.05
"""Share of the pixels, those with the strongest edges, that are asked."""
NOISE = 6
"""Grey levels over REACH_PX below which an edge is noise."""


def focus(image_rgb: ImageArray, box_px: tuple[int, int, int, int] | None = None) -> float:
    """How steep the strongest edges are: 1.0 rises within one pixel, 0.0 evenly over four or more.

    From the largest step between neighbours over the step across four pixels, along the strongest
    edges alone, at a longer side of at most 640 pixels. 0.0 for a picture without an edge. Real
    photographs gave 0.2 to 0.6, and at most 0.13 once blurred by a Gaussian of two pixels.
    image_rgb: uint8 (H, W, 3); box_px: x, y, width, height of the region asked, None: all of it.
    """
    if box_px is not None:
        x, y, width, height = box_px
        image_rgb = image_rgb[max(0, y) : y + height, max(0, x) : x + width]
    if min(image_rgb.shape[:2]) <= REACH_PX + 1:
        return 0.0
    scale = WORK_PX / max(image_rgb.shape[:2])
    if scale < 1.0:
        image_rgb = np.asarray(
            cv2.resize(image_rgb, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.uint8
        )
    grey = np.asarray(cv2.cvtColor(image_rgb, cv2.COLOR_RGB2GRAY), np.uint8)
    if min(grey.shape) <= REACH_PX + 1:
        return 0.0
    return max(_steepness(grey), _steepness(np.ascontiguousarray(grey.T)))


def _steepness(grey: Grey) -> float:
    """Along rows, 0 to 1."""
    near = cv2.absdiff(grey[:, 1:], grey[:, :-1])
    rise = cv2.absdiff(grey[:, REACH_PX:], grey[:, :-REACH_PX])
    width = rise.shape[1]
    step = near[:, :width]
    for shift in range(1, REACH_PX):
        step = cv2.max(step, near[:, shift : shift + width])
    # A histogram finds the strongest edges without sorting a third of a million pixels.
    counts = cv2.calcHist([rise], [0], None, [256], [0, 256]).ravel()
    above = np.cumsum(counts[::-1])[::-1]
    limit = max(NOISE, int(np.count_nonzero(above > STRONG * rise.size)) - 1)
    strong = (rise >= limit).astype(np.uint8)
    if not strong.any():
        return 0.0
    ratio = cv2.mean(step, strong)[0] / cv2.mean(rise, strong)[0]
    return float(min(1.0, max(0.0, (ratio * REACH_PX - 1.0) / (REACH_PX - 1.0))))
