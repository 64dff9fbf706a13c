"""The parameter-randomisation check: does a map change when what the model learned is destroyed?

Source: Adebayo et al., "Sanity checks for saliency maps", 2018 (cascading
randomization), with its measures, rank correlation and structural similarity.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from engines.prediction import FloatArray, ImageArray
from trainer.explain.layers import weighted_groups
from trainer.metrics import RealArray

SIDE_PX = 64
"""Maps are compared at this size."""
Explain = Callable[[Any, ImageArray], FloatArray]


@dataclass(frozen=True, slots=True, eq=False)
class Stage:
    """How alike the maps are once the layers from the output down to `group` are random."""

    group: str
    spearman: RealArray
    """(N,) rank correlation with the trained model's maps, in [-1, 1]."""
    ssim: RealArray
    """(N,) structural similarity, in [-1, 1]."""


def randomisation(
    model: Any, images: ImageArray, explain: Explain, seed: int = 0
) -> Iterator[Stage]:
    """Randomise a copy of the model from the output down, group by group, and compare the maps.

    explain(model, images) -> maps (N, h, w) of classes that stay the same throughout.
    """
    before = explain(model, images)
    copy = _copy(model)
    rng = np.random.default_rng(seed)
    for group, names in weighted_groups(copy):
        for name in names:
            _randomise(copy.get_layer(name), rng)
        yield compare(group, before, explain(copy, images))


def compare(group: str, before: FloatArray, after: FloatArray) -> Stage:
    """Similarity of maps (N, h, w), pairwise; a map that became empty resembles nothing: 0."""
    from scipy.stats import spearmanr
    from skimage.metrics import structural_similarity

    ranks, shapes = [], []
    for one, two in zip(before, after, strict=True):
        first, second = _at_side(one), _at_side(two)
        if np.ptp(first) == 0 or np.ptp(second) == 0:
            ranks.append(0.0)
            shapes.append(0.0)
            continue
        ranks.append(float(spearmanr(first.ravel(), second.ravel()).statistic))
        shapes.append(float(structural_similarity(first, second, data_range=1.0)))
    return Stage(group, np.array(ranks), np.array(shapes))


def _at_side(heat: FloatArray) -> FloatArray:
    way = cv2.INTER_AREA if max(heat.shape) > SIDE_PX else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(heat, (SIDE_PX, SIDE_PX), interpolation=way), np.float32)


def _copy(model: Any) -> Any:
    import keras

    copy = keras.models.clone_model(model)
    copy.set_weights(model.get_weights())
    return copy


def _randomise(layer: Any, rng: np.random.Generator) -> None:
    """As before any training: He's normal kernels, no bias, batch norm that changes nothing."""
    for variable in layer.weights:
        shape = tuple(variable.shape)
        if len(shape) > 1:
            scale = np.sqrt(2.0 / np.prod(shape[:-1]))
            variable.assign(rng.normal(0.0, scale, shape).astype(np.float32))
        elif variable.name in ("gamma", "moving_variance"):
            variable.assign(np.ones(shape, np.float32))
        elif variable.name in ("beta", "moving_mean", "bias"):
            variable.assign(np.zeros(shape, np.float32))
