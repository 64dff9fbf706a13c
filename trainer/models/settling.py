"""Batch norm for weights that were made without it.

Such weights enter a network with batch norm as a norm that changes nothing: mean 0, variance 1. In
training it would normalise by each batch all the same, and what the weights have learned would be
lost at the first step. So before it, the norm is given the statistics that its inputs really have,
and the scale and shift that undo them: the network answers as before, in training as well.
"""

from __future__ import annotations

from typing import Any

import keras
import numpy as np

from engines.prediction import ImageArray
from trainer.metrics import IntArray

MOST_PICTURES = 256
"""Looked at; each gives one sample of statistics for every place of its maps."""


def settle_batch_norm(model: Any, images: ImageArray, rows: IntArray, batch: int = 4) -> list[str]:
    """Give neutral batch norms the statistics of their inputs; returns their names.

    images (N, H, W, C) uint8; rows: indices of those to look at, evenly chosen among them.

    Neutral is what `copy_weights` makes of a bias: gamma 1, mean 0, variance 1 - epsilon. Other
    norms, and networks without any, stay as they are. Answers change by rounding alone.
    """
    norms = [layer for layer in model.layers if _is_neutral(layer)]
    if not norms or not len(rows):
        return []
    watched = keras.Model(model.input, [layer.input for layer in norms])
    mean = [np.zeros(layer.gamma.shape, np.float64) for layer in norms]
    square = [np.zeros(layer.gamma.shape, np.float64) for layer in norms]
    chosen = rows[np.linspace(0, len(rows) - 1, min(len(rows), MOST_PICTURES)).astype(int)]
    for start in range(0, len(chosen), batch):
        part = chosen[start : start + batch]
        share = len(part) / len(chosen)
        for index, maps in enumerate(_as_list(watched(images[part], training=False))):
            values = keras.ops.convert_to_numpy(keras.ops.cast(maps, "float32")).astype(np.float64)
            axes = tuple(range(values.ndim - 1))
            mean[index] += share * values.mean(axis=axes)
            square[index] += share * (values**2).mean(axis=axes)
    for layer, first, second in zip(norms, mean, square, strict=True):
        variance = np.maximum(second - first**2, 0.0)
        bias = layer.beta.numpy().astype(np.float64)
        layer.set_weights([
            np.sqrt(variance + layer.epsilon).astype(np.float32),
            (bias + first).astype(np.float32),
            first.astype(np.float32),
            variance.astype(np.float32),
        ])  # fmt: skip
    return [layer.name for layer in norms]


def _as_list(answers: Any) -> list[Any]:
    return list(answers) if isinstance(answers, list | tuple) else [answers]


def _is_neutral(layer: Any) -> bool:
    if not isinstance(layer, keras.layers.BatchNormalization):
        return False
    wanted = (
        (layer.gamma, 1.0),
        (layer.moving_mean, 0.0),
        (layer.moving_variance, 1.0 - layer.epsilon),
    )
    return all(
        np.allclose(held.numpy(), np.float32(value), rtol=0.0, atol=1e-9) for held, value in wanted
    )
