"""Our models as chains of layers: what follows what, and what counts as batch norm."""

from __future__ import annotations

from typing import Any

import keras

from trainer.config import TrainerError

BATCH_NORM_ATTRIBUTES = ("gamma", "beta", "moving_mean", "moving_variance", "epsilon")


def is_batch_norm(layer: Any) -> bool:
    """True for Keras's batch norm and for any layer that keeps the same variables."""
    return all(hasattr(layer, name) for name in BATCH_NORM_ATTRIBUTES)


def is_relu(layer: Any) -> bool:
    """True for an unbounded, leakless ReLU layer, and for Activation("relu")."""
    if isinstance(layer, keras.layers.Activation):
        return bool(layer.activation is keras.activations.relu)
    if not isinstance(layer, keras.layers.ReLU):
        return False
    return layer.max_value is None and not layer.negative_slope and not layer.threshold


def activation_of(model: Any, layer: str) -> Any:
    """The layer that gives a convolution's map after batch norm and ReLU: itself, where fused."""
    names = [each.name for each in model.layers]
    if layer not in names or not isinstance(model.get_layer(layer), keras.layers.Conv2D):
        known = [e.name for e in model.layers if isinstance(e, keras.layers.Conv2D)]
        raise TrainerError(
            f"layer {layer!r} is not a convolution of this model. Choose from: {', '.join(known)}."
        )
    found = model.get_layer(layer)
    for follower in model.layers[names.index(layer) + 1 :]:
        if not is_batch_norm(follower) and not is_relu(follower):
            break
        found = follower
    return found
