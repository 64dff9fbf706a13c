"""VGG16, adapted: any size and width, four heads, batch norm, normalisation inside.

Source: Simonyan and Zisserman, "Very deep convolutional networks for large-scale image
recognition", 2015, table 1, column D. Layer names are those of keras.applications.VGG16, so that
its weights load by name.
"""

from __future__ import annotations

from typing import Any

import keras

from trainer.config import ModelConfig, TrainerError
from trainer.models.batch_norm import FusedBatchNormalization
from trainer.models.frame import LENET_OPTIONS, close_network, dense, open_network, refuse_options
from trainer.models.weight_source import UNIT_SCALING

BLOCKS = ((2, 64), (2, 128), (3, 256), (3, 512), (3, 512))
"""Per block: number of convolutions, and their filters at width 1."""
FC_LAYERS = {"dense": ("fc1",), "fc": ("fc1", "fc2")}
"""Head -> its dense layers before the last."""


def build_vgg16(config: ModelConfig) -> Any:
    """A keras.Model: 0..255 (N, height, width, channels) to probabilities (N, classes) float32.

    Built under the global dtype policy; scaling and softmax stay float32. Weights as
    `config.weights` says, He initialisation otherwise. Raises TrainerError when they do not fit.
    """
    refuse_options(config, LENET_OPTIONS)
    whole = (config.head, config.input_shape[:2], config.width, config.fc_units) == (
        "fc", (224, 224), 1.0, 4096,
    )  # fmt: skip
    opening = open_network(config, UNIT_SCALING, with_top=whole)
    x = opening.scaled
    for block, (count, filters) in enumerate(BLOCKS, start=1):
        for index in range(1, count + 1):
            name = f"block{block}_conv{index}"
            x = _convolution(x, name, _scaled(filters, config.width), config.batch_norm)
        x = keras.layers.MaxPooling2D(2, strides=2, name=f"block{block}_pool")(x)
    return close_network(config, opening, _head(x, config))


def _convolution(x: Any, name: str, filters: int, batch_norm: bool) -> Any:
    """3x3 convolution and ReLU, with batch norm between them where asked."""
    x = keras.layers.Conv2D(
        filters,
        3,
        padding="same",
        # Batch norm has a shift of its own, which makes the convolution's bias redundant.
        use_bias=not batch_norm,
        activation=None if batch_norm else "relu",
        kernel_initializer="he_normal",
        name=name,
    )(x)
    if batch_norm:
        x = _batch_norm(f"{name}_bn")(x)
        x = keras.layers.ReLU(name=f"{name}_relu")(x)
    return x


def _batch_norm(name: str) -> Any:
    # 0.9, not Keras's 0.99: a few hundred pictures are a few batches an epoch, and the moving
    # statistics must have arrived before the first validation.
    return FusedBatchNormalization(momentum=0.9, name=name)


def _head(x: Any, config: ModelConfig) -> Any:
    """From the pooled maps (N, h, w, C) to the vector before the last dense layer."""
    if config.head == "gap":
        x = keras.layers.GlobalAveragePooling2D(name="features")(x)
        return keras.layers.Dropout(config.dropout, name="dropout")(x)
    if config.head == "max":
        x = keras.layers.GlobalMaxPooling2D(name="features")(x)
        return keras.layers.Dropout(config.dropout, name="dropout")(x)
    if config.head not in FC_LAYERS:
        raise TrainerError(f"--head is {config.head!r}; expected gap, max, dense or fc.")
    x = keras.layers.Flatten(name="flatten")(x)
    units = _scaled(config.fc_units, config.width)
    for name in FC_LAYERS[config.head]:
        x = dense(x, units, "relu", name, kernel_initializer="he_normal")
        x = keras.layers.Dropout(config.dropout, name=f"{name}_dropout")(x)
    return x


def _scaled(count: int, width: float) -> int:
    return max(1, round(count * width))
