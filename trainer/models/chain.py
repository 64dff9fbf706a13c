"""Our models as chains of layers: what follows what, and what counts as a convolution, batch norm
or activation.
"""

from __future__ import annotations

from typing import Any

import keras

from trainer.config import TrainerError

BATCH_NORM_ATTRIBUTES = ("gamma", "beta", "moving_mean", "moving_variance", "epsilon")


def is_batch_norm(layer: Any) -> bool:
    """True for Keras's batch norm and for any layer that keeps the same variables."""
    return all(hasattr(layer, name) for name in BATCH_NORM_ATTRIBUTES)


def is_convolution(layer: Any) -> bool:
    """True for Conv2D, and for a dense layer on maps (N, h, w, C): a 1x1 convolution."""
    if isinstance(layer, keras.layers.Dense):
        return len(layer.output.shape) == 4
    return isinstance(layer, keras.layers.Conv2D)


def last_convolution(model: Any) -> str:
    """The name of the convolution whose maps Grad-CAM reads. Raises TrainerError without one."""
    names = [each.name for each in model.layers if is_convolution(each)]
    if not names:
        raise TrainerError(
            f"{model.name} has no convolution, so there is no map to explain it by. Use a model "
            "of trainer.models."
        )
    return str(names[-1])


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


def activation_of(model: Any, layer: str) -> Any:
    """The layer that gives a convolution's map, batch norm and activation applied."""
    names = [each.name for each in model.layers]
    if layer not in names or not is_convolution(model.get_layer(layer)):
        known = [e.name for e in model.layers if is_convolution(e)]
        raise TrainerError(
            f"layer {layer!r} is not a convolution of this model. Choose from: {', '.join(known)}."
        )
    found = model.get_layer(layer)
    for follower in model.layers[names.index(layer) + 1 :]:
        if not is_batch_norm(follower) and not is_relu(follower) and not is_tanh(follower):
            break
        found = follower
    return found
