"""The pointing game: does the hottest place lie in the defect?

Source: Zhang et al., "Top-down neural attention by excitation backprop", 2018.
"""

from __future__ import annotations

import cv2
import numpy as np

from engines.prediction import FloatArray
from trainer.metrics import BoolArray

TOLERANCE = 15 / 224
"""Share of the side by which the place may miss: 15 pixels of the paper's pictures."""


def pointing(maps: FloatArray, truths: BoolArray) -> BoolArray:
    """(N,) True where the hottest place of a map (N, h, w) lies in the truth (N, H, W) or within
    TOLERANCE of it. An empty map misses; of equally hot places, the one nearest their middle.
    """
    height, width = truths.shape[1:]
    reach = round(TOLERANCE * max(height, width))
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1, 2 * reach + 1))
    hits = np.zeros(len(maps), bool)
    for index, (heat, truth) in enumerate(zip(maps, truths, strict=True)):
        if heat.max() <= 0:
            continue
        row, column = hottest(heat, height, width)
        hits[index] = bool(cv2.dilate(truth.astype(np.uint8), disc)[row, column])
    return hits


def hottest(heat: FloatArray, height: int, width: int) -> tuple[int, int]:
    """Row and column of the hottest place once the map is as large as the picture."""
    grown = cv2.resize(heat, (width, height), interpolation=cv2.INTER_LINEAR)
    places = np.argwhere(grown >= grown.max())
    middle = places.mean(axis=0)
    row, column = places[np.argmin(((places - middle) ** 2).sum(axis=1))]
    return int(row), int(column)
