"""Pictures that differ from one another in large and in small, and changed copies of them."""

from __future__ import annotations

import cv2
import numpy as np

from engines.prediction import ImageArray


def texture(seed: int, side_px: int = 128) -> ImageArray:
    """uint8 (side, side, 3): blots of several sizes, no two seeds alike."""
    rng = np.random.default_rng((77, seed))
    grey = np.zeros((side_px, side_px), np.float32)
    for sigma, height in ((16, 40.0), (6, 25.0), (2, 12.0)):
        blots = cv2.GaussianBlur(
            rng.standard_normal((side_px, side_px), dtype=np.float32), (0, 0), sigma
        )
        grey += height * blots / blots.std()
    picture = np.repeat((128 + grey)[..., None], 3, axis=2)
    return np.asarray(picture.clip(0, 255), dtype=np.uint8)


def darker(picture: ImageArray) -> ImageArray:
    """Less light, more contrast."""
    return np.asarray((picture * 1.1 - 25.0).clip(0, 255), dtype=np.uint8)


def halved(picture: ImageArray) -> ImageArray:
    """Half the size."""
    height, width = picture.shape[:2]
    half = cv2.resize(picture, (width // 2, height // 2), interpolation=cv2.INTER_AREA)
    return np.asarray(half, dtype=np.uint8)


def turned(picture: ImageArray) -> ImageArray:
    """By a quarter, and mirrored."""
    return np.ascontiguousarray(np.rot90(picture)[:, ::-1])
