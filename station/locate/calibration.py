"""What a calibration knows: how many pixels a millimetre has, and how the lens bends."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

Points = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Calibration:
    """A camera above its bench. Raises ValueError for what no camera is.

    The lens: x' = x (1 + k1 r^2 + k2 r^4) about the optical centre, r over the focal length
    (Brown, Decentering distortion of lenses, 1966, radial terms only).
    """

    px_per_mm: float
    """On the bench, lens straightened."""
    size_px: tuple[int, int]
    """Width and height of the pictures that it holds for."""
    focal_px: float
    centre_px: tuple[float, float]
    distortion: tuple[float, float]
    """k1 and k2."""
    reprojection_px: float
    """Root mean square distance of the board's corners from where the model puts them."""
    tilt_deg: float
    """Of the camera against the bench, as far as the board lay flat."""
    pictures: int

    def __post_init__(self) -> None:
        positive = (self.px_per_mm, self.focal_px, *map(float, self.size_px), float(self.pictures))
        others = (*self.centre_px, *self.distortion, self.reprojection_px, self.tilt_deg)
        if not all(math.isfinite(v) for v in (*positive, *others)) or min(positive) <= 0.0:
            raise ValueError(
                f"the calibration holds {positive} and {others}; expected finite numbers, "
                "the first ones above 0."
            )

    def fits(self, shape: tuple[int, ...]) -> bool:
        """Whether it holds for a picture of this (height, width, ...)."""
        return (shape[1], shape[0]) == self.size_px

    def straightened(self, points_px: Points) -> Points:
        """(N, 2) places in a picture -> where a lens without distortion would have put them."""
        camera = np.array(
            [
                [self.focal_px, 0.0, self.centre_px[0]],
                [0.0, self.focal_px, self.centre_px[1]],
                [0.0, 0.0, 1.0],
            ]
        )
        bent = np.array([*self.distortion, 0.0, 0.0])
        points = np.asarray(points_px, np.float64).reshape(-1, 1, 2)
        criteria = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_MAX_ITER, 40, 1e-9)
        straight = cv2.undistortPoints(points, camera, bent, None, None, camera, criteria)
        return np.asarray(straight, np.float64).reshape(-1, 2)
