"""Superpixels by name, through scikit-image: compact regions of one colour."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from engines.prediction import ImageArray
from trainer.config import TrainerError
from trainer.metrics import IntArray

WANTED = 60
"""SLIC's superpixels in a picture: a 12 mm disc then has regions of about 1.5 mm."""


def superpixels(image_rgb: ImageArray, method: str = "slic") -> IntArray:
    """(H, W) labels 0..S-1 of a picture, uint8 (H, W, 1 or 3). Raises TrainerError for a method
    that is not in SUPERPIXELS.
    """
    if method not in SUPERPIXELS:
        raise TrainerError(f"superpixels {method!r}: expected {' or '.join(sorted(SUPERPIXELS))}.")
    colour = image_rgb if image_rgb.shape[2] == 3 else np.repeat(image_rgb, 3, axis=2)
    found = SUPERPIXELS[method](colour)
    return np.asarray(np.unique(found, return_inverse=True)[1].reshape(found.shape), np.int64)


def _slic(colour: ImageArray) -> Any:
    """Achanta et al., "SLIC superpixels compared to state-of-the-art superpixel methods", 2012."""
    from skimage.segmentation import slic

    return slic(colour, n_segments=WANTED, compactness=10.0, sigma=1.0, start_label=0)


def _quickshift(colour: ImageArray) -> Any:
    """Vedaldi and Soatto, "Quick shift and kernel methods for mode seeking", 2008."""
    from skimage.segmentation import quickshift

    side = max(colour.shape[:2])
    return quickshift(colour, kernel_size=max(3.0, side / 64), max_dist=side / 8, ratio=0.2, rng=0)


SUPERPIXELS: dict[str, Callable[[ImageArray], Any]] = {"slic": _slic, "quickshift": _quickshift}
"""Name -> function of a picture (H, W, 3); the first is quick, the second follows edges closer."""
