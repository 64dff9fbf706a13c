"""Whether another disc lies in the picture beside the one that was found."""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np
import numpy.typing as npt

from station.domain import Ellipse
from station.locate.disc import Disc, scaled
from station.locate.pyramid import Pyramid
from station.locate.rim import fit_about
from station.locate.rim_guess import foregrounds, hull_circle

ERASED = 1.12
"""Times the disc that was found: so much about it is left out."""
LEAST = 0.25
"""Of that disc's diameter: anything smaller is dust, a tool's end, a shadow."""
MOST = 2.0
FILLED = 0.7
"""Of its hull's area: a blob with less is a shadow's crescent or a hand."""
SUPPORT = 0.6
"""Share of its rim that must prove another disc."""
TRIES = 3


def other_discs(picture: Pyramid, found: Ellipse) -> tuple[Ellipse, ...]:
    """Outlines of further discs, not much smaller or larger than the one that was found.

    found: in the picture's own pixels. Discs that lie partly outside the picture are seen where
    most of their rim is inside.
    """
    scale = picture.scale
    known = [scaled(found, scale)]
    for circle in _candidates(picture, known[0]):
        disc = fit_about(picture.work, *circle)
        if disc is not None and _is_another(disc, known):
            known.append(disc.outline)
    return tuple(scaled(outline, 1.0 / scale) for outline in known[1:])


def _candidates(picture: Pyramid, found: Ellipse) -> Iterator[tuple[float, float, float]]:
    """Circles about what stands out of the rest of the picture, (x, y, radius), largest first."""
    scale = picture.guess_scale
    shadowed = scaled(found, scale)
    axes = tuple(ERASED * axis for axis in shadowed.axes_px)
    hole = np.zeros(picture.small.shape[:2], np.uint8)
    cv2.ellipse(hole, (shadowed.centre_px, axes, shadowed.angle_deg), 255, cv2.FILLED)
    own = 0.25 * sum(shadowed.axes_px)
    tried = 0
    for mask in foregrounds(picture):
        rest = np.where(hole > 0, 0, mask).astype(np.uint8)
        for x, y, radius in _blobs(rest, LEAST * own, MOST * own):
            if tried < TRIES:
                tried += 1
                yield (x + 0.5) / scale - 0.5, (y + 0.5) / scale - 0.5, radius / scale


def _blobs(
    mask: npt.NDArray[np.uint8], least: float, most: float
) -> Iterator[tuple[float, float, float]]:
    contours, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    for contour in sorted(contours, key=cv2.contourArea, reverse=True):
        if cv2.contourArea(contour) < FILLED * cv2.contourArea(cv2.convexHull(contour)):
            continue
        circle = hull_circle(contour)
        if circle is not None and least <= circle[2] <= most:
            yield circle


def _is_another(disc: Disc, known: list[Ellipse]) -> bool:
    """Whether a disc is proven, of a like size, and beside those that are known."""
    radius = 0.25 * sum(disc.outline.axes_px)
    if disc.support < SUPPORT or disc.sharp < SUPPORT:
        return False
    for outline in known:
        own = 0.25 * sum(outline.axes_px)
        apart = np.hypot(*np.subtract(disc.outline.centre_px, outline.centre_px))
        if not LEAST * own <= radius <= MOST * own or apart < 0.8 * (radius + own):
            return False
    return True
