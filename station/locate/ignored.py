"""Areas that are not inspected, such as a printed number: painted over before the engine looks."""

from __future__ import annotations

import math

import cv2
import numpy as np

from engines.prediction import ImageArray
from engines.sentence import sentence
from station.domain import Ellipse
from station.errors import ConfigError
from station.locate.settings import IGNORED_MAX, Box, BoxMm, LocateSettings

AROUND = 3
"""Pixels about an area, of the reduced picture, from which it is filled."""
FILL_PX = 96
"""Longer side of the reduced area on which the filling is made: smooth, and quick."""


def painted_over(image_rgb: ImageArray, boxes: tuple[Box, ...]) -> ImageArray:
    """A copy of uint8 (H, W, 3) with the boxes filled smoothly from what surrounds them; itself
    where there are none.

    Inpainted by Telea's fast marching (An image inpainting technique, 2004) on a reduced copy, so
    that no edge and no texture is left in it that could raise heat.
    """
    if not boxes:
        return image_rgb
    filled: ImageArray = image_rgb.copy()
    for box in boxes:
        _fill(filled, box)
    return filled


def _fill(image: ImageArray, box: Box) -> None:
    """One box, in place; what of it lies outside the picture is passed over."""
    height, width = image.shape[:2]
    x0, y0 = max(0, box[0]), max(0, box[1])
    x1, y1 = min(width, box[0] + box[2]), min(height, box[1] + box[3])
    if x0 >= x1 or y0 >= y1:
        return
    scale = min(1.0, FILL_PX / max(x1 - x0, y1 - y0))
    border = math.ceil(AROUND / scale)
    left, top = max(0, x0 - border), max(0, y0 - border)
    around = image[top : y1 + border, left : x1 + border]
    size = max(1, round(around.shape[1] * scale)), max(1, round(around.shape[0] * scale))
    small = cv2.resize(around, size, interpolation=cv2.INTER_AREA)
    hidden = np.zeros(around.shape[:2], np.uint8)
    hidden[y0 - top : y1 - top, x0 - left : x1 - left] = 255
    # Every reduced pixel that holds any of the area is filled, too.
    mask = (cv2.resize(hidden, size, interpolation=cv2.INTER_AREA) > 0).astype(np.uint8)
    if mask.all():
        image[y0:y1, x0:x1] = np.median(around.reshape(-1, 3), axis=0)
        return
    smooth = cv2.inpaint(small, mask, AROUND, cv2.INPAINT_TELEA)
    whole = cv2.resize(smooth, (around.shape[1], around.shape[0]), interpolation=cv2.INTER_LINEAR)
    image[y0:y1, x0:x1] = whole[y0 - top : y1 - top, x0 - left : x1 - left]


def boxes_on(outline: Ellipse, px_per_mm: float, boxes_mm: tuple[BoxMm, ...]) -> tuple[Box, ...]:
    """Areas on a disc, in frame pixels: grown to whole pixels."""
    placed = []
    for x, y, width, height in boxes_mm:
        left = math.floor(outline.centre_px[0] + x * px_per_mm)
        top = math.floor(outline.centre_px[1] + y * px_per_mm)
        right = math.ceil(outline.centre_px[0] + (x + width) * px_per_mm)
        bottom = math.ceil(outline.centre_px[1] + (y + height) * px_per_mm)
        placed.append((left, top, right - left, bottom - top))
    return tuple(placed)


def hidden_share(
    centre: tuple[float, float],
    axes: tuple[float, float],
    boxes: tuple[tuple[float, float, float, float], ...],
) -> float:
    """Share of an upright ellipse, 0 to 1, under boxes; all in one unit."""
    steps = 400
    u = (np.arange(steps) + 0.5) / steps * 2.0 - 1.0
    inside = u[None, :] ** 2 + u[:, None] ** 2 <= 1.0
    x = centre[0] + 0.5 * axes[0] * u
    y = centre[1] + 0.5 * axes[1] * u
    hidden = np.zeros((steps, steps), dtype=bool)
    for left, top, width, height in boxes:
        columns = (x >= left) & (x < left + width)
        rows = (y >= top) & (y < top + height)
        hidden |= rows[:, None] & columns[None, :]
    return float((hidden & inside).sum() / inside.sum())


def check_ignored(settings: LocateSettings, mode: str, diameter_mm: float | None) -> None:
    """Raises ConfigError for areas that hide too much of every part, or cannot be placed."""
    share, of = 0.0, "ignore_px"
    if settings.ignore_mm and (mode != "disc" or diameter_mm is None):
        what = (
            sentence("takes whole pictures")
            if mode != "disc"
            else sentence("knows no part_diameter_mm")
        )
        raise ConfigError(
            "locate.ignore_mm is given, and the bundle {what}: nothing tells where that is "
            "in the picture. Give locate.ignore_px.",
            what=what,
        )
    if settings.ignore_mm and diameter_mm is not None:
        size = diameter_mm, diameter_mm
        share, of = hidden_share((0.0, 0.0), size, settings.ignore_mm), "ignore_mm"
    elif mode != "disc" and settings.region_px is not None:
        share = _share_of(settings.region_px, settings.ignore_px)
    if share > IGNORED_MAX:
        raise ConfigError(
            "locate.{of} hides {share:.0%} of the part, expected at most "
            "{ignored_max:.0%}: a defect under it is never seen. Make the areas smaller.",
            of=of,
            share=share,
            ignored_max=IGNORED_MAX,
        )


def _share_of(area: Box, boxes: tuple[Box, ...]) -> float:
    """Share of a rectangle, 0 to 1, under boxes."""
    covered = np.zeros((area[3], area[2]), dtype=bool)
    for x, y, width, height in boxes:
        left, top = x - area[0], y - area[1]
        covered[max(0, top) : max(0, top + height), max(0, left) : max(0, left + width)] = True
    return float(covered.mean())
