"""Deletion and insertion: does the model's answer hang on the places that a map calls important?

Source: Petsiuk, Das and Saenko, "RISE: randomized input sampling for explanation of black-box
models", 2018 (the causal metrics).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from engines.prediction import FloatArray, ImageArray
from trainer.explain.hidden import blurred, grayed
from trainer.metrics import RealArray

STEPS = 24
"""Pictures along each walk, after the first."""


@dataclass(frozen=True, slots=True, eq=False)
class Removal:
    """Both walks of N pictures. Made by `removal`."""

    deletion: RealArray
    """(N, STEPS + 1) probability of the class while the most important places go to gray."""
    insertion: RealArray
    """(N, STEPS + 1) while they come back into the blurred picture."""

    @property
    def deletion_area(self) -> RealArray:
        """(N,) in [0, 1]; low where the map found what the answer hangs on."""
        return _area(self.deletion)

    @property
    def insertion_area(self) -> RealArray:
        """(N,) in [0, 1]; high where it did."""
        return _area(self.insertion)


def removal(
    model: Any, images: ImageArray, maps: FloatArray, classes: npt.NDArray[np.int64]
) -> Removal:
    """Walk N pictures, uint8 (N, H, W, C), by their maps (N, h, w), for one class each.

    Gray is the picture's mean colour, which is what zero is after the paper's normalisation.
    """
    pairs = [
        _walks(model, image, heat, int(label))
        for image, heat, label in zip(images, maps, classes, strict=True)
    ]
    return Removal(np.stack([d for d, _ in pairs]), np.stack([i for _, i in pairs]))


def order(heat: FloatArray, height: int, width: int) -> npt.NDArray[np.int64]:
    """(height, width) rank of every place, 0 the most important; ties in reading order."""
    grown = cv2.resize(heat, (width, height), interpolation=cv2.INTER_LINEAR).ravel()
    ranks = np.empty(grown.size, np.int64)
    ranks[np.argsort(-grown, kind="stable")] = np.arange(grown.size)
    return ranks.reshape(height, width)


def _walks(model: Any, image: ImageArray, heat: FloatArray, label: int) -> tuple[Any, Any]:
    ranks = order(heat, *image.shape[:2])
    reached = np.linspace(0, ranks.size, STEPS + 1)
    past = (ranks < reached[:, None, None])[..., None]
    deleted = np.where(past, grayed(image), image)
    inserted = np.where(past, image, blurred(image))
    answers = model.predict_on_batch(np.concatenate([deleted, inserted]))
    found = np.asarray(answers, np.float64)[:, label]
    return found[: STEPS + 1], found[STEPS + 1 :]


def _area(curves: RealArray) -> RealArray:
    return np.asarray(np.trapezoid(curves, dx=1.0 / STEPS, axis=1), np.float64)
