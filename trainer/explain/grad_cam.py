"""Grad-CAM by automatic differentiation: the reference for the closed form in the graph.

Source: Selvaraju et al., "Grad-CAM: visual explanations from deep networks via gradient-based
localization", 2017, equations 1 and 2.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
import numpy.typing as npt
import tensorflow as tf

from engines.prediction import FloatArray
from trainer.config import TrainerError
from trainer.explain.layers import map_layer, scores_of

ClassIndex = int | Sequence[int] | npt.NDArray[np.integer[Any]] | None


@dataclass(frozen=True, slots=True, eq=False)
class ClassMaps:
    """What Grad-CAM computes on its way."""

    logits: FloatArray
    """(N, K) float32: scores before the softmax."""
    signed: FloatArray
    """(N, h, w) float32: sum over channels of alpha_c A_c, before the ReLU."""
    magnitude: FloatArray
    """(N, h, w) float32: sum over channels of |alpha_c A_c|; rounding errors are a share of it."""


def grad_cam(
    model: Any,
    images_rgb: npt.NDArray[Any],
    layer: str | None = None,
    class_index: ClassIndex = None,
    batch_size: int = 4,
) -> FloatArray:
    """Where a class was seen: (N, h, w) float32 in [0, 1], each map divided by its own maximum.

    images_rgb: (N, H, W, C) in 0..255, any number type. layer: any that gives maps, or `block3`;
    None is the last convolution, see trainer.explain.layers. class_index: one class for all
    pictures, one for each, or None for the predicted one. A map without any positive place stays
    zero. Raises TrainerError.
    """
    maps = class_maps(model, images_rgb, layer, class_index, batch_size)
    return normalised(maps.signed)


def normalised(signed: FloatArray) -> FloatArray:
    """ReLU, then each map (N, h, w) divided by its own maximum; zeros stay zeros."""
    positive = np.maximum(signed, np.float32(0))
    peak = positive.max(axis=(1, 2), keepdims=True)
    return np.asarray(positive / np.where(peak > 0, peak, 1), dtype=np.float32)


def class_maps(
    model: Any,
    images_rgb: npt.NDArray[Any],
    layer: str | None = None,
    class_index: ClassIndex = None,
    batch_size: int = 4,
) -> ClassMaps:
    """Class scores and unnormalised maps; parameters as in `grad_cam`."""
    to_maps, to_vector = _halves(model, layer)
    wanted = chosen_classes(class_index, len(images_rgb), int(model.output_shape[-1]))
    parts: list[tuple[FloatArray, FloatArray, FloatArray]] = []
    for start in range(0, len(images_rgb), batch_size):
        pictures = tf.constant(np.asarray(images_rgb[start : start + batch_size], np.float32))
        # The tape begins behind the convolutions: it would keep every one of their maps.
        activations = to_maps(pictures, training=False)
        chosen = None if wanted is None else wanted[start : start + batch_size]
        parts.append(_weighted(activations, to_vector, model.layers[-1], chosen))
    if not parts:
        raise TrainerError("no pictures were given to explain; expected at least one.")
    logits, signed, magnitude = (np.concatenate(p) for p in zip(*parts, strict=True))
    return ClassMaps(logits, signed, magnitude)


def _weighted(
    activations: Any, to_vector: Any, last: Any, classes: npt.NDArray[np.int64] | None
) -> tuple[FloatArray, FloatArray, FloatArray]:
    with tf.GradientTape() as tape:
        tape.watch(activations)
        vector = tf.cast(to_vector(activations, training=False), tf.float32)
        logits = tf.matmul(vector, last.kernel) + last.bias
        index = tf.argmax(logits, axis=1) if classes is None else tf.constant(classes)
        score = tf.gather(logits, index, axis=1, batch_dims=1)
    gradient = tf.cast(tape.gradient(score, activations), tf.float32)
    alpha = tf.reduce_mean(gradient, axis=(1, 2), keepdims=True)  # equation 1
    shares = alpha * tf.cast(activations, tf.float32)
    signed = tf.reduce_sum(shares, axis=-1)  # equation 2, before its ReLU
    return logits.numpy(), signed.numpy(), tf.reduce_sum(tf.abs(shares), axis=-1).numpy()


def _halves(model: Any, layer: str | None) -> tuple[Any, Any]:
    """The model up to the layer's activation, and from there to the input of the last layer."""
    last = scores_of(model)
    output = map_layer(model, layer).output
    return keras.Model(model.inputs[0], output), keras.Model(output, last.input)


def chosen_classes(
    class_index: ClassIndex, count: int, classes: int
) -> npt.NDArray[np.int64] | None:
    """(count,) class indices, or None for the predicted ones. Raises TrainerError."""
    if class_index is None:
        return None
    wanted = np.asarray(class_index, dtype=np.int64)
    if wanted.ndim > 1 or (wanted.ndim == 1 and len(wanted) != count):
        raise TrainerError(
            f"class_index has the shape {wanted.shape} for {count} pictures; expected one class, "
            "or one for each picture."
        )
    if wanted.size and (wanted.min() < 0 or wanted.max() >= classes):
        raise TrainerError(
            f"class_index {wanted.tolist()} is outside 0..{classes - 1}, the model's classes."
        )
    return np.broadcast_to(wanted, count)
