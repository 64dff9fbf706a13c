"""The only resize between a crop and the graph. The trainer prepares its batches here too."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from engines.bundle import InputSpec
from engines.errors import EngineError
from engines.prediction import ImageArray


def fit_crop(crop_rgb: ImageArray, spec: InputSpec) -> ImageArray:
    """Stretch one crop to the graph's size: uint8 (H, W, 3) -> uint8 (height, width, channels).

    Area averaging where the crop shrinks, linear where it grows. Normalisation is not done here:
    it lives in the graph. Raises EngineError for another dtype or shape.
    """
    if crop_rgb.dtype != np.uint8 or crop_rgb.ndim != 3 or crop_rgb.shape[2] != 3:
        raise EngineError(
            "a crop is {dtype} {shape}; expected uint8 (H, W, 3) RGB. Decode pictures with "
            "engines.decode.",
            dtype=crop_rgb.dtype,
            shape=crop_rgb.shape,
        )
    height, width = crop_rgb.shape[:2]
    if height == 0 or width == 0:
        raise EngineError(
            "a crop is empty: {shape}. Check where it was cut from.", shape=crop_rgb.shape
        )
    fitted = crop_rgb
    if (height, width) != (spec.height, spec.width):
        shrinks = height > spec.height or width > spec.width
        way = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
        fitted = np.asarray(
            cv2.resize(crop_rgb, (spec.width, spec.height), interpolation=way), dtype=np.uint8
        )
    if spec.channels == 1:
        fitted = np.asarray(cv2.cvtColor(fitted, cv2.COLOR_RGB2GRAY), dtype=np.uint8)[..., None]
    return fitted


def fit_batch(crops_rgb: Sequence[ImageArray], spec: InputSpec) -> ImageArray:
    """Crops to one batch: uint8 (N, height, width, channels). Raises EngineError when empty."""
    if not crops_rgb:
        raise EngineError("no crops were given to predict; expected at least one.")
    return np.stack([fit_crop(crop, spec) for crop in crops_rgb])
