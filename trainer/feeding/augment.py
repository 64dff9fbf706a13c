"""Training pictures varied on the fly, the same way for the same (seed, epoch, picture, copy)."""

from __future__ import annotations

import math

import cv2
import numpy as np

from engines.prediction import ImageArray
from trainer.config import Augment
from trainer.feeding.augmentation import Augmentation, augmentation_named
from trainer.metrics import RealArray


def augment_picture(
    image: ImageArray,
    how: Augment | Augmentation,
    seed: int,
    epoch: int,
    index: int,
    copy: int = 0,
) -> ImageArray:
    """One varied copy: uint8 (H, W, C) -> uint8 (H, W, C); deterministic in its arguments.

    how: a name in PRESETS, or settings. copy tells apart the copies of one picture in one epoch.
    Geometry comes first, by OpenCV, the edge carried outwards; then level and contrast; then noise.
    """
    chosen = augmentation_named(how)
    if chosen.is_none:
        return image
    rng = np.random.default_rng((seed, epoch, index, copy))
    return _noisy(_lit(_moved(image, chosen, rng), chosen, rng), chosen, rng)


def _moved(image: ImageArray, how: Augmentation, rng: np.random.Generator) -> ImageArray:
    warped = bool(how.rotation_deg or how.shift or how.zoom or how.shear_deg)
    if how.quarter_turns or not warped:
        image = _turn_quarters(image, how, rng)
    return _warp(image, how, rng) if warped else image


def _warp(image: ImageArray, how: Augmentation, rng: np.random.Generator) -> ImageArray:
    height, width = image.shape[:2]
    linear = _linear(how, rng)
    centre = np.array([(width - 1) / 2.0, (height - 1) / 2.0])
    shift = rng.uniform(-how.shift, how.shift, 2) * (width, height)
    matrix = np.column_stack((linear, centre + shift - linear @ centre))
    # The edge is carried outwards: a black corner would itself look like a feature.
    moved = cv2.warpAffine(
        image, matrix, (width, height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    return np.asarray(moved, dtype=np.uint8).reshape(image.shape)


def _linear(how: Augmentation, rng: np.random.Generator) -> RealArray:
    """(2, 2): turn, scale, mirror and shear, drawn."""
    reach = math.radians(how.rotation_deg)
    # Whole turns are drawn from 0, as runs before this setting could be changed drew them.
    angle = (
        rng.uniform(0.0, 2.0 * math.pi) if how.rotation_deg >= 180 else rng.uniform(-reach, reach)
    )
    scale = 1.0 + rng.uniform(-how.zoom, how.zoom)
    mirror = _mirrors(how.flip_horizontal and not how.quarter_turns, rng)
    upside = _mirrors(how.flip_vertical and not how.quarter_turns, rng)
    cosine, sine = scale * math.cos(angle), scale * math.sin(angle)
    turned = np.array([[cosine, -sine], [sine, cosine]]) * (mirror, upside)
    if not how.shear_deg:
        return turned
    lean = math.tan(math.radians(rng.uniform(-how.shear_deg, how.shear_deg)))
    return np.asarray(turned @ np.array([[1.0, lean], [0.0, 1.0]]))


def _mirrors(may: bool, rng: np.random.Generator) -> float:
    return -1.0 if may and rng.random() < 0.5 else 1.0


def _turn_quarters(image: ImageArray, how: Augmentation, rng: np.random.Generator) -> ImageArray:
    if how.quarter_turns:
        square = image.shape[0] == image.shape[1]
        quarters = int(rng.integers(4)) if square else 2 * int(rng.integers(2))
        image = np.rot90(image, quarters)
    across, down = (int(_mirrors(may, rng)) for may in (how.flip_horizontal, how.flip_vertical))
    return np.ascontiguousarray(image[::down, ::across])


def _lit(image: ImageArray, how: Augmentation, rng: np.random.Generator) -> ImageArray:
    if not (how.contrast or how.brightness):
        return image
    gain = 1.0 + rng.uniform(-how.contrast, how.contrast)
    # Contrast turns about middle grey, so that it does not also change the level.
    level = 127.5 * (1.0 - gain) + rng.uniform(-how.brightness, how.brightness)
    table = np.clip(np.arange(256) * gain + level + 0.5, 0, 255).astype(np.uint8)
    return np.asarray(cv2.LUT(image, table), dtype=np.uint8).reshape(image.shape)


def _noisy(image: ImageArray, how: Augmentation, rng: np.random.Generator) -> ImageArray:
    if not how.noise:
        return image
    sigma = np.float32(rng.uniform(0.0, how.noise))
    # One value for all channels: a grey picture stays grey.
    grain = sigma * rng.standard_normal((*image.shape[:2], 1), dtype=np.float32)
    return np.asarray(np.clip(image + grain + np.float32(0.5), 0, 255), dtype=np.uint8)
