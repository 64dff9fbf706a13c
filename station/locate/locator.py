"""Where the part is: the outline of a disc, a square crop around it, and the scale in mm.

Knows the picture alone: no file system, no SQL, no camera.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial

import cv2
import numpy as np

from engines.bundle import InputSpec
from engines.errors import BundleError
from engines.prediction import ImageArray
from station.domain import Code, Ellipse, Frame, Part, Reason
from station.locate.disc import Disc
from station.locate.rim import find_disc

UNSEEN = 0.02
"""Share of the rim that may lie outside the picture before the part can no longer pass."""
NOT_FOUND = Reason(
    Code.NOT_FOUND,
    "No disc was found in the picture: the whole picture is kept as evidence. "
    "Look at the part, the light and the focus.",
)


def locator_for(spec: InputSpec) -> Callable[[Frame], Part]:
    """The way to the part that a bundle was trained with.

    Raises BundleError for a margin or diameter that is no length.
    """
    if spec.locate == "frame":
        return whole_frame
    diameter = spec.part_diameter_mm
    if not 0.0 <= spec.margin < 2.0 or (diameter is not None and not 0.0 < diameter < math.inf):
        raise BundleError(
            f"bundle input has margin {spec.margin} and part_diameter_mm {diameter}; expected a "
            "share of 0 to 2 and a positive length. Export the bundle again."
        )
    return partial(locate_disc, margin=spec.margin, part_diameter_mm=diameter)


def whole_frame(frame: Frame) -> Part:
    """The whole picture as the part; no scale is known."""
    height, width = frame.image_rgb.shape[:2]
    return Part(frame, frame.image_rgb, (0, 0, width, height), None, None)


def locate_disc(frame: Frame, margin: float, part_diameter_mm: float | None) -> Part:
    """The disc, cut out square with a border of `margin` times its diameter on each side.

    Where no disc is found, or part of it is outside the picture, the part carries a doubt and
    cannot pass. The crop repeats the picture's edge where it reaches over it.
    """
    disc = find_disc(frame.image_rgb)
    if disc is None:
        return _unfound(frame)
    crop, box = cut_square(frame.image_rgb, disc.outline, margin)
    diameter_px = math.sqrt(disc.outline.axes_px[0] * disc.outline.axes_px[1])
    return Part(
        frame=frame,
        crop_rgb=crop,
        box_px=box,
        outline=disc.outline,
        px_per_mm=None if part_diameter_mm is None else diameter_px / part_diameter_mm,
        doubts=_doubts(disc),
    )


def cut_square(
    image_rgb: ImageArray, outline: Ellipse, margin: float
) -> tuple[ImageArray, tuple[int, int, int, int]]:
    """A square around an outline, uint8 (s, s, 3), and its box (x, y, s, s) in the picture."""
    side = max(1, round(max(outline.axes_px) * (1.0 + 2.0 * margin)))
    # Pixel centres lie at whole numbers: a square of s pixels from x on is centred at x + (s-1)/2.
    x = round(outline.centre_px[0] - 0.5 * (side - 1))
    y = round(outline.centre_px[1] - 0.5 * (side - 1))
    height, width = image_rgb.shape[:2]
    top, bottom = max(0, -y), max(0, y + side - height)
    left, right = max(0, -x), max(0, x + side - width)
    inside = image_rgb[max(0, y) : y + side, max(0, x) : x + side]
    if top or bottom or left or right:
        wider = cv2.copyMakeBorder(inside, top, bottom, left, right, cv2.BORDER_REPLICATE)
        inside = np.asarray(wider, dtype=np.uint8)
    return np.ascontiguousarray(inside), (x, y, side, side)


def _unfound(frame: Frame) -> Part:
    height, width = frame.image_rgb.shape[:2]
    return Part(frame, frame.image_rgb, (0, 0, width, height), None, None, (NOT_FOUND,))


def _doubts(disc: Disc) -> tuple[Reason, ...]:
    if disc.unseen <= UNSEEN:
        return ()
    text = (
        f"{disc.unseen:.0%} of the disc's rim lies outside the picture: what is there was not "
        "inspected. Move the part to the middle."
    )
    return (Reason(Code.CUT_OFF, text),)
