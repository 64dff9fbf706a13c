"""A part cut out of its photograph, ready to be laid on the bench."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np

from engines.prediction import ImageArray
from station.domain import Ellipse
from station.locate.locator import cut_square
from station.locate.rim import find_disc

SOFT_PX = 1.2
"""Over so many pixels the rim fades."""
PAD = 0.25
"""Border about the part, as a share of its diameter: room for the shadow."""
SHADOW = 0.5
"""How much of the light its shadow takes."""


@dataclass(frozen=True, slots=True, eq=False)
class Sprite:
    """A picture with a soft outline, and the shadow that it casts."""

    lit_rgb: ImageArray
    """(s, s, 3) uint8, already weighed by its outline."""
    cover: ImageArray
    """(s, s, 3) uint8: 255 where it hides the bench."""
    shade: ImageArray
    """(s, s, 3) uint8: how much of the light is left on the bench, 255 all of it."""

    def turned(self, angle_deg: float) -> Sprite:
        """The same, turned about its middle; the shadow falls where it fell."""
        lit, cover = (_turn(a, angle_deg) for a in (self.lit_rgb, self.cover))
        return Sprite(lit, cover, shade_of(cover))


def cut_disc(image_rgb: ImageArray, diameter_px: int) -> Sprite | None:
    """The disc in a photograph, uint8 (H, W, 3), scaled to a diameter; None where there is none."""
    disc = find_disc(image_rgb)
    if disc is None:
        return None
    crop, (x, y, side, _) = cut_square(image_rgb, disc.outline, PAD)
    pad_side = round(diameter_px * (1.0 + 2.0 * PAD))
    scale = pad_side / side
    method = cv2.INTER_AREA if scale < 1.0 else cv2.INTER_CUBIC
    lit = np.asarray(cv2.resize(crop, (pad_side, pad_side), interpolation=method), np.uint8)
    cx, cy = (
        (c - o + 0.5) * scale - 0.5 for c, o in zip(disc.outline.centre_px, (x, y), strict=True)
    )
    axes = disc.outline.axes_px[0] * scale, disc.outline.axes_px[1] * scale
    cover = _inside(pad_side, Ellipse((cx, cy), axes, disc.outline.angle_deg))
    return _sprite(lit, cover)


def broken(sprite: Sprite, rng: np.random.Generator) -> Sprite:
    """A fragment, 15 to 50 % of the part, off along a jagged line."""
    side = len(sprite.cover)
    y, x = np.mgrid[:side, :side].astype(np.float32) / side - 0.5
    angle = rng.uniform(0.0, 2.0 * math.pi)
    along = x * math.cos(angle) + y * math.sin(angle)
    across = -x * math.sin(angle) + y * math.cos(angle)
    knots = rng.normal(0.0, 0.025, 24)
    jag = np.interp(across, np.linspace(-0.5, 0.5, 24), knots)
    kept = along + jag > rng.uniform(0.0, 0.18)
    soft = cv2.GaussianBlur(kept.astype(np.float32), (0, 0), 0.8)
    cover = (sprite.cover[..., 0] * soft).astype(np.uint8)
    lit = (sprite.lit_rgb * soft[..., None]).astype(np.uint8)
    cover3 = np.repeat(cover[..., None], 3, axis=2)
    return Sprite(lit, cover3, shade_of(cover3))


def shade_of(cover: ImageArray) -> ImageArray:
    """The soft shadow of an outline, for light from the upper left."""
    side = len(cover)
    off = 0.02 * side
    move = np.array([[1, 0, off], [0, 1, 0.7 * off]], dtype=np.float32)
    far = cv2.GaussianBlur(cv2.warpAffine(cover, move, (side, side)), (0, 0), 0.02 * side)
    return np.asarray(255 - SHADOW * far.astype(np.float32), dtype=np.uint8)


def _sprite(lit: ImageArray, cover: ImageArray) -> Sprite:
    cover3 = np.repeat(cover[..., None], 3, axis=2)
    weighed = cv2.multiply(lit, cover3, scale=1.0 / 255.0)
    return Sprite(np.asarray(weighed, np.uint8), cover3, shade_of(cover3))


def _inside(side: int, outline: Ellipse) -> ImageArray:
    """(side, side) uint8: 255 inside an outline, fading over SOFT_PX at its rim."""
    y, x = np.mgrid[:side, :side].astype(np.float32)
    turn = math.radians(outline.angle_deg)
    dx, dy = x - outline.centre_px[0], y - outline.centre_px[1]
    u = (dx * math.cos(turn) + dy * math.sin(turn)) / (0.5 * outline.axes_px[0])
    v = (dy * math.cos(turn) - dx * math.sin(turn)) / (0.5 * outline.axes_px[1])
    radius_px = 0.25 * sum(outline.axes_px)
    inside_px = (1.0 - np.hypot(u, v)) * radius_px
    return np.asarray(255.0 * np.clip(inside_px / SOFT_PX + 0.5, 0.0, 1.0), dtype=np.uint8)


def _turn(image: ImageArray, angle_deg: float) -> ImageArray:
    side = len(image)
    matrix = cv2.getRotationMatrix2D((0.5 * (side - 1), 0.5 * (side - 1)), angle_deg, 1.0)
    return np.asarray(cv2.warpAffine(image, matrix, (side, side)), dtype=np.uint8)
