"""Where a disc may be: circles to start a fit from, cheap and rough."""

from __future__ import annotations

import math
from collections.abc import Iterator

import cv2
import numpy as np
import numpy.typing as npt

from station.locate.pyramid import Mask, Pyramid

SIZES = (0.15, 0.75)
"""Radius as a share of the picture's shorter side."""


def guess_circles(picture: Pyramid) -> Iterator[tuple[float, float, float]]:
    """Circles (x, y, radius) worth a try, in pixels of `picture.work`, the likeliest first."""
    scale = picture.guess_scale
    for mask in foregrounds(picture):
        circle = _largest_blob(mask)
        if circle is not None:
            x, y, radius = circle
            yield ((x + 0.5) / scale - 0.5, (y + 0.5) / scale - 0.5, radius / scale)
    grey = cv2.GaussianBlur(cv2.cvtColor(picture.small, cv2.COLOR_RGB2GRAY), (0, 0), 1.5)
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


def foregrounds(picture: Pyramid) -> Iterator[Mask]:
    """Where parts may be in `picture.small`, by two ways of telling; uint8 (h, w), 255 there."""
    yield picture.busy
    yield picture.unlike_border


def _largest_blob(mask: Mask) -> tuple[float, float, float] | None:
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
