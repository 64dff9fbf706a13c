"""What speaks for a defect, and where, by automatic differentiation: the reference for the closed
form in the graph. What it is and why: see trainer.graph.heat.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import cv2
import keras
import numpy as np
import numpy.typing as npt
import tensorflow as tf

from engines.bundle import ClassInfo
from engines.prediction import FloatArray, ImageArray
from trainer.explain.grad_cam import ClassMaps
from trainer.explain.layers import map_layer
from trainer.graph.heat import PEAK, SMOOTH


def defect_maps(
    model: Any,
    images_rgb: ImageArray,
    classes: Sequence[ClassInfo],
    temperature: float,
    layer: str | None = None,
    batch_size: int = 4,
) -> ClassMaps:
    """Unnormalised maps of the log odds of a defect; `grad_cam.normalised` makes heatmaps of them.

    images_rgb: (N, H, W, C) in 0..255. temperature: what the logits are divided by. layer: the
    last convolution, found where it is not named.
    """
    activation = map_layer(model, layer).output
    to_maps = keras.Model(model.inputs[0], activation)
    to_vector = keras.Model(activation, model.layers[-1].input)
    pools = [e for e in model.layers if isinstance(e, keras.layers.GlobalMaxPooling2D)]
    to_peaks = keras.Model(activation, pools[0].output) if pools else None
    defects = np.array([each.defect for each in classes])
    parts = []
    for start in range(0, len(images_rgb), batch_size):
        pictures = tf.constant(np.asarray(images_rgb[start : start + batch_size], np.float32))
        maps = to_maps(pictures, training=False)
        logits, alpha = _log_odds(maps, to_vector, model.layers[-1], defects, temperature)
        values = maps.numpy()
        if to_peaks is not None:
            peaks = to_peaks(maps, training=False).numpy()[:, None, None, :]
            values = np.maximum(values - np.float32(PEAK) * peaks, 0)
        shares = alpha * values
        signed, magnitude = shares.sum(axis=-1), np.abs(shares).sum(axis=-1)
        if to_peaks is not None:
            signed, magnitude = _smooth(signed), _smooth(magnitude)
        parts.append((logits, signed, magnitude))
    logits, signed, magnitude = (np.concatenate(each) for each in zip(*parts, strict=True))
    return ClassMaps(logits, signed, magnitude)


def _log_odds(
    maps: Any, to_vector: Any, last: Any, defects: npt.NDArray[np.bool_], temperature: float
) -> tuple[FloatArray, FloatArray]:
    """Logits (N, K), and the mean over space of the gradient of the log odds (N, 1, 1, C)."""
    with tf.GradientTape() as tape:
        tape.watch(maps)
        vector = tf.cast(to_vector(maps, training=False), tf.float32)
        logits = tf.matmul(vector, last.kernel) + last.bias
        scaled = logits / temperature
        score = tf.reduce_logsumexp(tf.boolean_mask(scaled, defects, axis=1), axis=1)
        if not defects.all():
            score -= tf.reduce_logsumexp(tf.boolean_mask(scaled, ~defects, axis=1), axis=1)
    gradient = tf.cast(tape.gradient(score, maps), tf.float32)
    return logits.numpy(), tf.reduce_mean(gradient, axis=(1, 2), keepdims=True).numpy()


def _smooth(maps: FloatArray) -> FloatArray:
    """(N, h, w) averaged over SMOOTH x SMOOTH places; zeros lie around."""
    size = (SMOOTH, SMOOTH)
    return np.stack([cv2.blur(each, size, borderType=cv2.BORDER_CONSTANT) for each in maps])
