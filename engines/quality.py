"""How good a picture of a part is: focus, brightness, contrast, clipping, size.

The trainer measures its training pictures and writes bounds into the bundle; the station measures
each live part by the same function and holds it against them. Measured is the crop at the graph's
size, before it is enhanced, and of a disc's crop the disc alone, whatever bench it lies on.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
import numpy.typing as npt

from engines.bounds import MEASURES
from engines.bundle import InputSpec
from engines.prediction import FloatArray, ImageArray
from engines.preprocess import fit_picture

FINE_PX, COARSE_PX = 1.0, 2.0
"""Standard deviations of the two Gaussians that focus compares, at the graph's size."""
EDGE_SHARE = 0.02
"""Of the pixels: so many, with the strongest edges of a direction, tell its focus. Noise makes
none of them, which is why noise is not taken for sharpness."""
FAINT = 0.3
"""Of the strongest direction's edges: a direction with fainter ones is not asked."""
SPARSE = 3
"""Every so many pixels are asked for their slope."""
INSIDE = 0.98
"""Of the disc's radius: within, light is measured. The rim depends on the bench behind it."""
ABOUT = 1.05
"""Of the disc's radius: within, focus is measured. The rim is an edge in every direction, where
strands may have edges in one alone."""
DARK, BRIGHT = 3, 252
"""Grey levels up to and from which a pixel counts as clipped."""
LOW, HIGH = 0.05, 0.95
"""Shares of the pixels between whose grey levels contrast is the distance."""


@dataclass(frozen=True, slots=True)
class Quality:
    """What was measured on one crop; finite numbers."""

    focus: float
    """How steep the steepest edges are, in the direction where they are least so: near 1 as steep
    as pixels can show, 0 all blurred. Depends on neither light nor noise."""
    brightness: float
    """Mean grey level, 0 to 1."""
    contrast: float
    """Distance of the darkest from the brightest grey levels but for 5 % each, 0 to 1."""
    dark_share: float
    """Of the pixels, 0 to 1: so black that nothing can be seen in them."""
    bright_share: float
    """The same for white."""
    side_px: float
    """Shorter side of the crop before it was brought to the graph's size."""

    def __post_init__(self) -> None:
        for name, value in self.as_dict().items():
            if not math.isfinite(value):
                raise ValueError(f"{name} is {value}; expected a finite number.")

    def as_dict(self) -> dict[str, float]:
        """Measure -> value, for a record's evidence."""
        return {name: float(getattr(self, name)) for name in MEASURES}


def measure(crop_rgb: ImageArray, spec: InputSpec, side_px: float | None = None) -> Quality:
    """Measure one crop, uint8 (H, W, 3) RGB of any size; `spec` says what the graph makes of it.

    side_px: its shorter side at first, where it was brought to the graph's size before. Raises
    EngineError for another dtype or shape.
    """
    fitted = fit_picture(crop_rgb, spec)
    grey = _grey(fitted)
    counts = np.bincount(np.take(grey, _part(spec, INSIDE)), minlength=256)
    below = counts.cumsum() / counts.sum()
    dark, bright = (int(np.searchsorted(below, share)) for share in (LOW, HIGH))
    return Quality(
        focus=_focus(grey, _part(spec, ABOUT)[::SPARSE]),
        brightness=float(counts @ np.arange(256) / counts.sum()) / 255.0,
        contrast=(bright - dark) / 255.0,
        dark_share=float(below[DARK]),
        bright_share=float(1.0 - below[BRIGHT - 1]),
        side_px=float(min(crop_rgb.shape[:2]) if side_px is None else side_px),
    )


def _grey(fitted: ImageArray) -> ImageArray:
    if fitted.shape[2] == 1:
        return fitted[..., 0]
    return np.asarray(cv2.cvtColor(fitted, cv2.COLOR_RGB2GRAY), dtype=np.uint8)


@lru_cache(maxsize=8)
def _part(spec: InputSpec, reach: float) -> npt.NDArray[np.int64]:
    """(n,) flat indices of the part's pixels: in a disc's crop up to `reach` radii, else all."""
    part = np.ones((spec.height, spec.width), np.bool_)
    if spec.locate == "disc":
        radius = reach * 0.5 / (1.0 + 2.0 * spec.margin)
        y, x = np.mgrid[: spec.height, : spec.width]
        across = (x + 0.5) / spec.width - 0.5, (y + 0.5) / spec.height - 0.5
        part = np.hypot(*across) <= radius
    indices = np.flatnonzero(part)
    indices.setflags(write=False)
    return indices


def _focus(grey: ImageArray, part: npt.NDArray[np.int64]) -> float:
    """Ratio of the slope after a fine and after a coarse blur, at edges strong after the coarse.

    An ideal step gives COARSE_PX / FINE_PX, an edge that is blurred already 1. Source: Zhuo and
    Sim, "Defocus map estimation from a single image", 2011, section 3; here over four directions,
    of which the worst counts, because a part that moves is blurred in one direction alone.
    """
    values = grey.astype(np.float32)
    fine, coarse = _slopes(values, FINE_PX, part), _slopes(values, COARSE_PX, part)
    rank = int((1.0 - EDGE_SHARE) * part.size)
    limits = np.partition(coarse, rank, axis=1)[:, rank]
    if limits.max() <= 0.0:
        return 0.0
    ratios = []
    for of_fine, of_coarse, limit in zip(fine, coarse, limits, strict=True):
        if limit >= FAINT * limits.max():
            strong = of_coarse >= limit
            ratios.append(float(np.median(of_fine[strong] / of_coarse[strong])))
    return max(0.0, (min(ratios) - 1.0) / (COARSE_PX / FINE_PX - 1.0))


def _slopes(values: FloatArray, sigma_px: float, part: npt.NDArray[np.int64]) -> FloatArray:
    """(4, n) how steep the part's pixels are along x, y and both diagonals."""
    blurred = cv2.GaussianBlur(values, (0, 0), sigma_px)
    x = np.take(cv2.Sobel(blurred, cv2.CV_32F, 1, 0), part)
    y = np.take(cv2.Sobel(blurred, cv2.CV_32F, 0, 1), part)
    half = np.float32(0.5**0.5)
    turned = np.stack([x, y, half * (x + y), half * (x - y)])
    return np.asarray(np.abs(turned), dtype=np.float32)
