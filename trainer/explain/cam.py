"""Class activation maps, for a model whose scores are weighted means of its last maps.

Source: Zhou et al., "Learning deep features for discriminative localization", 2016, equations 1
and 2.
"""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import numpy.typing as npt

from engines.prediction import FloatArray
from trainer.config import TrainerError
from trainer.explain.grad_cam import ClassIndex, chosen_classes, normalised
from trainer.explain.layers import pooled_mean, scores_of


def cam(
    model: Any,
    images_rgb: npt.NDArray[Any],
    layer: str | None = None,
    class_index: ClassIndex = None,
    batch_size: int = 4,
) -> FloatArray:
    """Where a class was seen: (N, h, w) float32 in [0, 1], each map divided by its own maximum.

    Parameters as in `grad_cam`; there is one layer only, what the global mean is taken of, and
    any other `layer` is refused. Raises TrainerError for a model without such a head.
    """
    return normalised(cam_maps(model, images_rgb, layer, class_index, batch_size))


def cam_maps(
    model: Any,
    images_rgb: npt.NDArray[Any],
    layer: str | None = None,
    class_index: ClassIndex = None,
    batch_size: int = 4,
) -> FloatArray:
    """Signed maps (N, h, w): the mean over space plus the class's bias is its logit."""
    pooling, last = _gap_head(model), scores_of(model)
    maps = pooling.input
    source = maps._keras_history.operation.name
    if layer not in (None, source):
        raise TrainerError(
            f"layer {layer!r} was asked of cam, which exists for {source!r} alone: the maps that "
            "the global mean is taken of. Leave the layer out, or choose grad-cam."
        )
    if len(images_rgb) == 0:
        raise TrainerError("no pictures were given to explain; expected at least one.")
    to_maps = keras.Model(model.inputs[0], [maps, last.output])
    kernel = keras.ops.convert_to_numpy(last.kernel)
    wanted = chosen_classes(class_index, len(images_rgb), int(model.output_shape[-1]))
    parts = []
    for start in range(0, len(images_rgb), batch_size):
        pictures = np.asarray(images_rgb[start : start + batch_size], np.float32)
        values, scores = map(keras.ops.convert_to_numpy, to_maps(pictures, training=False))
        index = scores.argmax(axis=1) if wanted is None else wanted[start : start + batch_size]
        parts.append(np.einsum("nhwc,cn->nhw", values, kernel[:, index], dtype=np.float32))
    return np.concatenate(parts)


def _gap_head(model: Any) -> Any:
    pooling = pooled_mean(model)
    if pooling is None:
        raise TrainerError(
            f"the model {model.name!r} has no global mean pooling right before its scores, which "
            "cam needs. Train with --head gap, or choose grad-cam, which needs no such head."
        )
    return pooling
