"""VGG16, adapted: any size and width, three heads, batch norm, normalisation inside.

Source: Simonyan and Zisserman, "Very deep convolutional networks for large-scale image
recognition", 2015, table 1, column D. Layer names are those of keras.applications.VGG16, so that
its weights load by name.
"""

from __future__ import annotations

from typing import Any

import keras

from trainer.config import ModelConfig, TrainerError
from trainer.models.batch_norm import FusedBatchNormalization
from trainer.models.weights import UNIT_SCALING, WeightSource, copy_weights, read_weights

BLOCKS = ((2, 64), (2, 128), (3, 256), (3, 512), (3, 512))
"""Per block: number of convolutions, and their filters at width 1."""
FC_LAYERS = ("fc1", "fc2")


def build_vgg16(config: ModelConfig) -> Any:
    """A keras.Model: RGB 0..255 (N, size, size, channels) to probabilities (N, classes) float32.

    Built under the global dtype policy; scaling and softmax stay float32. Weights as
    `config.weights` says, He initialisation otherwise. Raises TrainerError when they do not fit.
    """
    source = _source(config)
    scaling = UNIT_SCALING if source is None else source.scaling
    image = keras.Input((config.size_px, config.size_px, config.channels), name="image")
    # float32 on purpose: bfloat16 keeps 8 bits and would round every pixel a second time.
    x = keras.layers.Rescaling(
        scaling.scale,
        list(scaling.offset[: config.channels]),
        dtype="float32",
        name=scaling.name,
    )(image)
    for block, (count, filters) in enumerate(BLOCKS, start=1):
        for index in range(1, count + 1):
            name = f"block{block}_conv{index}"
            x = _convolution(x, name, _scaled(filters, config.width), config.batch_norm)
        x = keras.layers.MaxPooling2D(2, strides=2, name=f"block{block}_pool")(x)
    x = _head(x, config)
    x = keras.layers.Dense(
        config.classes, activation="softmax", dtype="float32", name="predictions"
    )(x)
    model = keras.Model(image, x, name="vgg16")
    if source is not None:
        copy_weights(source, model)
    _freeze(model, config.freeze)
    return model


def _source(config: ModelConfig) -> WeightSource | None:
    if config.weights == "none":
        return None
    if config.channels != 3:
        raise TrainerError(
            f"--weights {config.weights} are for 3 channels, the model takes {config.channels}. "
            "Use 3 channels: gray pictures are read as RGB with three equal channels."
        )
    whole = (config.head, config.size_px, config.width, config.fc_units) == ("fc", 224, 1.0, 4096)
    return read_weights(config.weights, with_top=whole)


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
    if config.head != "fc":
        raise TrainerError(f"--head is {config.head!r}; expected gap, max or fc.")
    x = keras.layers.Flatten(name="flatten")(x)
    for name in FC_LAYERS:
        x = keras.layers.Dense(
            _scaled(config.fc_units, config.width),
            activation="relu",
            kernel_initializer="he_normal",
            name=name,
        )(x)
        x = keras.layers.Dropout(config.dropout, name=f"{name}_dropout")(x)
    return x


def _scaled(count: int, width: float) -> int:
    return max(1, round(count * width))


def _freeze(model: Any, blocks: int) -> None:
    """Blocks 1..blocks are not trained; their batch norm runs on its moving statistics.

    Keras runs batch norm in inference mode whenever it is not trainable.
    """
    for layer in model.layers:
        if any(layer.name.startswith(f"block{block}_") for block in range(1, blocks + 1)):
            layer.trainable = False
