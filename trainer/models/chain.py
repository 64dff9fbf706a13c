"""Our models are chains of layers: what counts as a convolution, batch norm or activation."""

from __future__ import annotations

from typing import Any

import keras

BATCH_NORM_ATTRIBUTES = ("gamma", "beta", "moving_mean", "moving_variance", "epsilon")


def is_batch_norm(layer: Any) -> bool:
    """True for Keras's batch norm and for any layer that keeps the same variables."""
    return all(hasattr(layer, name) for name in BATCH_NORM_ATTRIBUTES)


def is_convolution(layer: Any) -> bool:
    """True for Conv2D, and for a dense layer on maps (N, h, w, C): a 1x1 convolution."""
    if isinstance(layer, keras.layers.Dense):
        return len(layer.output.shape) == 4
    return isinstance(layer, keras.layers.Conv2D)


def is_relu(layer: Any) -> bool:
    """True for an unbounded, leakless ReLU layer, and for Activation("relu")."""
    if isinstance(layer, keras.layers.Activation):
        return bool(layer.activation is keras.activations.relu)
    if not isinstance(layer, keras.layers.ReLU):
        return False
    return layer.max_value is None and not layer.negative_slope and not layer.threshold


def is_tanh(layer: Any) -> bool:
    """True for Activation("tanh")."""
    return isinstance(layer, keras.layers.Activation) and bool(
        layer.activation is keras.activations.tanh
    )
