"""One picture in the sizes in which a disc is looked for in it, each made once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np
import numpy.typing as npt

from engines.prediction import ImageArray

Mask = npt.NDArray[np.uint8]
WORK_PX = 512
"""Longer side of the picture on which a rim is fitted."""
WHOLE = 0.9
"""Of WORK_PX: a shrink by a whole number is taken that leaves as much; it costs a twentieth."""
GUESS_PX = 192
"""Longer side of the picture on which guesses are made."""


@dataclass(frozen=True, eq=False)
class Pyramid:
    """A picture, uint8 (H, W, 3), and what is made of it when it is first asked for."""

    image_rgb: ImageArray

    @property
    def scale(self) -> float:
        """Of `work`, to the picture: at most 1."""
        height, width = self.image_rgb.shape[:2]
        return work_scale(max(height, width))

    @property
    def guess_scale(self) -> float:
        """Of `small`, to `work`: at most 1."""
        height, width = self.work.shape[:2]
        return min(1.0, GUESS_PX / float(max(height, width)))

    @cached_property
    def work(self) -> ImageArray:
        """uint8 (h, w, 3), its longer side at most WORK_PX."""
        return resized(self.image_rgb, self.scale)

    @cached_property
    def small(self) -> ImageArray:
        """uint8 (h, w, 3), its longer side at most GUESS_PX; a little blurred."""
        return np.asarray(cv2.GaussianBlur(resized(self.work, self.guess_scale), (0, 0), 1.0))

    @cached_property
    def busy(self) -> Mask:
        """Where edges crowd in `small`: strands and pores; uint8 (h, w), 255 there."""
        grey = cv2.cvtColor(self.small, cv2.COLOR_RGB2GRAY).astype(np.float32)
        slopes = cv2.Sobel(grey, cv2.CV_32F, 1, 0), cv2.Sobel(grey, cv2.CV_32F, 0, 1)
        return _clean(cv2.blur(np.sqrt(cv2.magnitude(*slopes)), (5, 5)))

    @cached_property
    def unlike_border(self) -> Mask:
        """Where the colour differs from that along the border of `small`; uint8 (h, w), 255."""
        lab = cv2.cvtColor(self.small, cv2.COLOR_RGB2LAB).astype(np.float32)
        rows = lab[:3].reshape(-1, 3), lab[-3:].reshape(-1, 3)
        edge = np.concatenate([*rows, lab[:, 0], lab[:, -1]])
        apart = lab - np.median(edge, axis=0).astype(np.float32)
        return _clean(np.sqrt(np.sqrt(np.einsum("ijk,ijk->ij", apart, apart))))


def work_scale(side_px: int) -> float:
    """The scale at which a picture of this longer side is fitted: at most 1."""
    by = -(-side_px // WORK_PX)
    return 1.0 / by if side_px >= WHOLE * WORK_PX * by else min(1.0, WORK_PX / side_px)


def resized(image: ImageArray, scale: float) -> ImageArray:
    """A picture at `scale` times its size, area-averaged; itself where the scale is 1."""
    if scale == 1.0:
        return image
    height, width = image.shape[:2]
    size = max(1, round(width * scale)), max(1, round(height * scale))
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)


def _clean(level: npt.NDArray[np.floating]) -> Mask:
    """Otsu's threshold, pores closed, specks opened away."""
    spread = cv2.normalize(level, None, 0, 255, cv2.NORM_MINMAX).astype(np.uint8)
    _, mask = cv2.threshold(spread, 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
    close, open_ = (
        cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (n, n))
        for n in (max(3, max(mask.shape) // 14), max(3, max(mask.shape) // 20))
    )
    mask = cv2.morphologyEx(mask, cv2.MORPH_CLOSE, close)
    return np.asarray(cv2.morphologyEx(mask, cv2.MORPH_OPEN, open_), dtype=np.uint8)
