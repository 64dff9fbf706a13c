"""Training pictures varied on the fly, the same way for the same (seed, epoch, picture)."""

from __future__ import annotations

import math

import cv2
import numpy as np

from engines.prediction import ImageArray
from trainer.config import Augment

SHIFT = 0.03
"""Largest shift, as a share of the side: what is left after locating the part."""
ZOOM = 0.05
"""Largest change of scale."""
CONTRAST = 0.15
BRIGHTNESS = 20.0
"""Largest change of level, of 255."""


def augment_picture(
    image: ImageArray, how: Augment, seed: int, epoch: int, index: int
) -> ImageArray:
    """One varied copy: uint8 (H, W, C) -> uint8 (H, W, C); deterministic in its arguments.

    `disc` turns by any angle, mirrors, shifts, zooms; `flips` mirrors and turns by quarters only
    (half turns where the picture is not square), so that no pixel is interpolated; both vary level
    and contrast. `none` returns the picture itself.
    """
    if how == "none":
        return image
    rng = np.random.default_rng((seed, epoch, index))
    moved = _turn_any(image, rng) if how == "disc" else _turn_quarters(image, rng)
    gain = 1.0 + rng.uniform(-CONTRAST, CONTRAST)
    # Contrast turns about middle gray, so that it does not also change the level.
    level = 127.5 * (1.0 - gain) + rng.uniform(-BRIGHTNESS, BRIGHTNESS)
    table = np.clip(np.arange(256) * gain + level + 0.5, 0, 255).astype(np.uint8)
    return np.asarray(cv2.LUT(moved, table), dtype=np.uint8).reshape(image.shape)


def _turn_any(image: ImageArray, rng: np.random.Generator) -> ImageArray:
    height, width = image.shape[:2]
    angle = rng.uniform(0.0, 2.0 * math.pi)
    scale = 1.0 + rng.uniform(-ZOOM, ZOOM)
    mirror = -1.0 if rng.random() < 0.5 else 1.0
    cosine, sine = scale * math.cos(angle), scale * math.sin(angle)
    linear = np.array([[cosine * mirror, -sine], [sine * mirror, cosine]])
    centre = np.array([(width - 1) / 2.0, (height - 1) / 2.0])
    shift = rng.uniform(-SHIFT, SHIFT, 2) * (width, height)
    matrix = np.column_stack((linear, centre + shift - linear @ centre))
    # The edge is carried outwards: a black corner would itself look like a feature.
    moved = cv2.warpAffine(
        image, matrix, (width, height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    return np.asarray(moved, dtype=np.uint8).reshape(image.shape)


def _turn_quarters(image: ImageArray, rng: np.random.Generator) -> ImageArray:
    square = image.shape[0] == image.shape[1]
    quarters = int(rng.integers(4)) if square else 2 * int(rng.integers(2))
    turned = np.rot90(image, quarters)
    if rng.random() < 0.5:
        turned = turned[:, ::-1]
    return np.ascontiguousarray(turned)
