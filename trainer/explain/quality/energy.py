"""Energy in the box: how much of a map's heat lies in the defect.

Source: Wang et al., "Score-CAM: score-weighted visual explanations for convolutional neural
networks", 2020 (energy-based pointing game).
"""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from engines.prediction import FloatArray
from trainer.metrics import RealArray


def energy(maps: FloatArray, truths: npt.NDArray[np.bool_]) -> RealArray:
    """(N,) share in [0, 1] of each map's sum (N, h, w) within its truth (N, H, W); 0 for an empty
    map. A map that is the same everywhere gives the truth's share of the picture.
    """
    height, width = truths.shape[1:]
    shares = []
    for heat, truth in zip(maps, truths, strict=True):
        grown = cv2.resize(heat, (width, height), interpolation=cv2.INTER_LINEAR).clip(min=0)
        total = float(grown.sum(dtype=np.float64))
        shares.append(float(grown[truth].sum(dtype=np.float64)) / total if total > 0 else 0.0)
    return np.array(shares, np.float64)
