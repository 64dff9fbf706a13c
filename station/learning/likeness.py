"""Whether a crop is as good as the same picture as one of the golden set."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from engines.bundle import GOLDEN, Bundle, InputSpec
from engines.golden import read_golden
from engines.prediction import FloatArray, ImageArray
from engines.preprocess import fit_picture

SIDE = 48
"""Pictures are compared at this size, where the noise of a compression has gone."""
SAME_BELOW = 2.0
"""Largest difference in grey levels, anywhere, below which two pictures are the same one, written
twice. Measured: a picture of 128 to 448 px, with noise or without, and its golden JPEG differ by
1.5 at most; a faint mark of half a millimetre on a disc of 12 makes 2.6, another part far more."""


@dataclass(frozen=True, slots=True, eq=False)
class GoldenLooks:
    """The golden pictures of a bundle, small and grey."""

    spec: InputSpec
    looks: FloatArray
    """(N, SIDE * SIDE)."""
    names: tuple[str, ...]

    def nearest(self, crop_rgb: ImageArray) -> tuple[str, float]:
        """Name of the golden picture most like a crop, uint8 (h, w, 3), and the largest difference
        in grey levels."""
        apart = np.abs(self.looks - _look(fit_picture(crop_rgb, self.spec))).max(axis=1)
        at = int(apart.argmin())
        return self.names[at], float(apart[at])

    def holds(self, crop_rgb: ImageArray) -> bool:
        """Whether a crop is one of them."""
        return self.nearest(crop_rgb)[1] < SAME_BELOW


def golden_looks(bundle: Bundle) -> GoldenLooks:
    """Of a verified bundle. Raises BundleError where its golden set is damaged."""
    golden = read_golden(bundle.path / GOLDEN)
    looks = np.stack([_look(golden.image(index)) for index in range(len(golden))])
    return GoldenLooks(bundle.input, looks, golden.names)


def _look(image: ImageArray) -> FloatArray:
    """uint8 (H, W, 3) or (H, W, 1) -> float32 (SIDE * SIDE,)."""
    grey = image[..., 0] if image.shape[2] == 1 else cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    small = cv2.resize(grey.astype(np.float32), (SIDE, SIDE), interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.float32).reshape(-1)
