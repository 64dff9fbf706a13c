"""A gloved hand that reaches in: two fingers, the back of the hand and a sleeve."""

from __future__ import annotations

import cv2
import numpy as np

from engines.prediction import ImageArray
from station.capture.simulated.sprite import Sprite, shade_of

GLOVE_RGB = (62, 104, 158)
SLEEVE_RGB = (196, 198, 202)


DRAWN_PX = 128
"""Diameter of the part for which a hand is drawn; enlarged from there, for it is smooth."""


def draw_hand(rng: np.random.Generator, part_px: int, reach_px: int) -> Sprite:
    """A hand that reaches up from below, its finger tips about the middle of the square.

    part_px: diameter of what it holds; reach_px: how far the arm goes on below.
    """
    scale = min(1.0, DRAWN_PX / part_px)
    small = _drawn(rng, round(part_px * scale), round(reach_px * scale))
    if scale == 1.0:
        return small
    size = 2 * reach_px, 2 * reach_px
    lit, cover, shade = (
        np.asarray(cv2.resize(a, size, interpolation=cv2.INTER_LINEAR), np.uint8)
        for a in (small.lit_rgb, small.cover, small.shade)
    )
    return Sprite(lit, cover, shade)


def _drawn(rng: np.random.Generator, part_px: int, reach_px: int) -> Sprite:
    side = 2 * reach_px
    middle = reach_px
    cover = np.zeros((side, side), np.uint8)
    sleeve = np.zeros_like(cover)
    thick = max(4, round(0.26 * part_px))
    spread = float(rng.uniform(0.26, 0.34)) * part_px
    palm = middle + round(1.15 * part_px)
    tips = middle + round(0.34 * part_px)
    for sign in (-1, 1):
        tip = round(middle + sign * spread), tips
        knuckle = round(middle + sign * 0.42 * part_px), tips + round(0.42 * part_px)
        root = round(middle + sign * 0.24 * part_px), palm
        cv2.line(cover, tip, knuckle, 255, thick, cv2.LINE_AA)
        cv2.line(cover, knuckle, root, 255, round(1.2 * thick), cv2.LINE_AA)
    size = round(0.55 * part_px), round(0.5 * part_px)
    cv2.ellipse(cover, (middle, palm + size[1] // 2), size, 0, 0, 360, 255, -1, cv2.LINE_AA)
    cv2.line(cover, (middle, palm), (middle, side), 255, round(0.75 * part_px), cv2.LINE_AA)
    cuff = palm + round(0.95 * part_px)
    cv2.line(sleeve, (middle, cuff), (middle, side), 255, round(0.9 * part_px), cv2.LINE_8)
    sleeve[:cuff] = 0
    cover = cv2.GaussianBlur(np.maximum(cover, sleeve), (0, 0), 1.2)
    return _shaded(rng, np.asarray(cover, np.uint8), sleeve, thick)


def _shaded(rng: np.random.Generator, cover: ImageArray, sleeve: ImageArray, thick: int) -> Sprite:
    """Round like fingers: bright along the middle, dark at the rim, with folds."""
    depth = cv2.distanceTransform((cover > 127).astype(np.uint8), cv2.DIST_L2, 5)
    round_ = np.sqrt(np.clip(depth / (0.6 * thick), 0.0, 1.0))
    folds = cv2.GaussianBlur(rng.standard_normal(cover.shape, np.float32), (0, 0), 0.12 * thick)
    tone = (0.45 + 0.6 * round_ + 0.9 * folds * (folds.std() < 1.0))[..., None]
    is_sleeve = cv2.GaussianBlur(sleeve, (0, 0), 1.2).astype(np.float32)[..., None] / 255.0
    colour = np.array(GLOVE_RGB, np.float32) * (1 - is_sleeve) + is_sleeve * np.array(
        SLEEVE_RGB, np.float32
    )
    cover3 = np.repeat(cover[..., None], 3, axis=2)
    lit = np.clip(colour * tone, 0, 255) * (cover3.astype(np.float32) / 255.0)
    return Sprite(lit.astype(np.uint8), cover3, shade_of(cover3))


def turned_to(hand: Sprite, side: int) -> Sprite:
    """The hand that reaches in from another side: index into plan.SIDES."""
    turns = -side % 4
    lit, cover = (np.ascontiguousarray(np.rot90(a, turns)) for a in (hand.lit_rgb, hand.cover))
    return Sprite(lit, cover, np.ascontiguousarray(np.rot90(hand.shade, turns)))
