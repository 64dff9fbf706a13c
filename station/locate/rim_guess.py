"""Where a disc may be: circles to start a fit from, cheap and rough."""

from __future__ import annotations

import math
from collections.abc import Iterator

import cv2
import numpy as np
import numpy.typing as npt

from engines.prediction import ImageArray

Floats = npt.NDArray[np.float32]
GUESS_PX = 192
"""Longer side of the picture on which guesses are made."""
SIZES = (0.15, 0.75)
"""Radius as a share of the picture's shorter side."""


def guess_circles(work: ImageArray) -> Iterator[tuple[float, float, float]]:
    """Circles (x, y, radius) worth a try, in pixels of uint8 (H, W, 3), the likeliest first."""
    scale = min(1.0, GUESS_PX / max(work.shape[:2]))
    small = cv2.GaussianBlur(resized(work, scale), (0, 0), 1.0)
    for mask in foregrounds(small):
        circle = _largest_blob(mask)
        if circle is not None:
            x, y, radius = circle
            yield ((x + 0.5) / scale - 0.5, (y + 0.5) / scale - 0.5, radius / scale)
    grey = cv2.GaussianBlur(cv2.cvtColor(small, cv2.COLOR_RGB2GRAY), (0, 0), 1.5)
    low, high = (round(share * min(grey.shape)) for share in SIZES)
    found = cv2.HoughCircles(
        grey, cv2.HOUGH_GRADIENT, 1.5, 8, param1=80, param2=25, minRadius=low, maxRadius=high
    )
    for x, y, radius in [] if found is None else found[0, :3]:
        yield (
            (float(x) + 0.5) / scale - 0.5,
            (float(y) + 0.5) / scale - 0.5,
            float(radius) / scale,
        )


def foregrounds(small: ImageArray) -> Iterator[npt.NDArray[np.uint8]]:
    """Where parts may be in a small picture, by two ways of telling; uint8 (h, w), 255 there."""
    yield _busy(small)
    yield _unlike_border(small)


def _busy(small: ImageArray) -> npt.NDArray[np.uint8]:
    """Where edges crowd: strands and pores; uint8 (h, w), 255 there."""
    grey = cv2.cvtColor(small, cv2.COLOR_RGB2GRAY).astype(np.float32)
    energy = cv2.magnitude(cv2.Sobel(grey, cv2.CV_32F, 1, 0), cv2.Sobel(grey, cv2.CV_32F, 0, 1))
    return _clean(cv2.blur(np.sqrt(energy), (5, 5)))


def _unlike_border(small: ImageArray) -> npt.NDArray[np.uint8]:
    """Where the colour differs from that along the picture's border; uint8 (h, w), 255 there."""
    lab = cv2.cvtColor(small, cv2.COLOR_RGB2LAB).astype(np.float32)
    edge = np.concatenate([lab[:3].reshape(-1, 3), lab[-3:].reshape(-1, 3), lab[:, 0], lab[:, -1]])
    apart = lab - np.median(edge, axis=0).astype(np.float32)
    return _clean(np.sqrt(np.sqrt(np.einsum("ijk,ijk->ij", apart, apart))))


def _clean(level: Floats) -> npt.NDArray[np.uint8]:
    """Otsu's threshold, pores closed, specks opened away."""
    spread = cv2.normalize(level, None, 0, 255, cv2.NORM_MINMAX).astype(np.uint8)
    _, mask = cv2.threshold(spread, 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
    close, open_ = (
        cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (n, n))
        for n in (max(3, max(mask.shape) // 14), max(3, max(mask.shape) // 20))
    )
    mask = cv2.morphologyEx(mask, cv2.MORPH_CLOSE, close)
    return np.asarray(cv2.morphologyEx(mask, cv2.MORPH_OPEN, open_), dtype=np.uint8)


def _largest_blob(mask: npt.NDArray[np.uint8]) -> tuple[float, float, float] | None:
    """Centre x, y and radius of the circle with the centroid and area of the largest hull."""
    contours, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    if not contours:
        return None
    return hull_circle(max(contours, key=cv2.contourArea))


def hull_circle(contour: npt.NDArray[np.int32]) -> tuple[float, float, float] | None:
    """Centre x, y and radius of the circle with the centroid and area of a contour's hull."""
    moments = cv2.moments(cv2.convexHull(contour))
    area = moments["m00"]
    if area < 50.0:
        return None
    return moments["m10"] / area, moments["m01"] / area, math.sqrt(area / math.pi)


def resized(image: ImageArray, scale: float) -> ImageArray:
    """A picture at `scale` times its size, area-averaged; itself where the scale is 1."""
    if scale == 1.0:
        return image
    height, width = image.shape[:2]
    size = max(1, round(width * scale)), max(1, round(height * scale))
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)
