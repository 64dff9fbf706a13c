"""The only way from a crop to the graph: its size, then what kind of input it is. The trainer
prepares its batches here too.

The crop is brought to the graph's size first and enhanced there: local phase is defined at the
working resolution, 299 px in the sources, so its wavelengths of 25 and 75 px are pixels of the
graph, whatever camera the crop came from, and enhancing takes the same time for every crop.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from engines.bundle import InputSpec
from engines.errors import EngineError
from engines.local_phase import enhance
from engines.prediction import ImageArray


def fit_crop(crop_rgb: ImageArray, spec: InputSpec) -> ImageArray:
    """One crop as the graph takes it: uint8 (H, W, 3) -> uint8 (height, width, channels).

    Normalisation is not done here: it lives in the graph. Raises EngineError for another dtype or
    shape.
    """
    return graph_input(fit_picture(crop_rgb, spec), spec)


def fit_picture(crop_rgb: ImageArray, spec: InputSpec) -> ImageArray:
    """Stretch one crop to the graph's size, as people see it: uint8 (H, W, 3) -> uint8 (height,
    width, 3), or (height, width, 1) for `cxr`.

    Area averaging where the crop shrinks, linear where it grows. Raises EngineError for another
    dtype or shape.
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
    if spec.kind == "cxr":
        fitted = np.asarray(cv2.cvtColor(fitted, cv2.COLOR_RGB2GRAY), dtype=np.uint8)[..., None]
    return fitted


def graph_input(picture: ImageArray, spec: InputSpec) -> ImageArray:
    """What `fit_picture` gave, as the graph takes it: uint8 (height, width, channels)."""
    return enhance(picture) if spec.kind == "enh" else picture


def fit_batch(crops_rgb: Sequence[ImageArray], spec: InputSpec) -> ImageArray:
    """Crops to one batch: uint8 (N, height, width, channels). Raises EngineError when empty."""
    if not crops_rgb:
        raise EngineError("no crops were given to predict; expected at least one.")
    return np.stack([fit_crop(crop, spec) for crop in crops_rgb])
