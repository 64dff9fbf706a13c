"""KECNN: the small convolutional network of Keras's examples, which seed 001 compares with.

Source: the network of Keras's example `cifar10_cnn.py` (Keras 1 and 2), 32x32x3 there as in the
seed, which names it "the usual CNN model that Keras gives as an example" and no more.
"""

from __future__ import annotations

from typing import Any

import keras

from trainer.config import ModelConfig
from trainer.models.frame import (
    LENET_OPTIONS,
    VGG_OPTIONS,
    close_network,
    dense,
    open_network,
    refuse_options,
)
from trainer.models.weights import SHARE_SCALING

BLOCKS = (32, 64)
"""Filters of both convolutions of each block."""


def build_kecnn(config: ModelConfig) -> Any:
    """A keras.Model: 0..255 (N, height, width, channels) to probabilities (N, classes) float32.

    Two blocks of two 3x3 convolutions (the first padded, the second not), 2x2 max-pooling and
    dropout; a dense layer of 512. 1,250,858 parameters at 32x32x3 and 10 classes. Raises
    TrainerError.
    """
    refuse_options(config, (*VGG_OPTIONS, *LENET_OPTIONS))
    opening = open_network(config, SHARE_SCALING)
    x = opening.scaled
    for block, filters in enumerate(BLOCKS, start=1):
        name = f"block{block}"
        for index, padding in ((1, "same"), (2, "valid")):
            x = keras.layers.Conv2D(
                filters, 3, padding=padding, activation="relu", name=f"{name}_conv{index}"
            )(x)
        x = keras.layers.MaxPooling2D(2, name=f"{name}_pool")(x)
        x = keras.layers.Dropout(0.25, name=f"{name}_dropout")(x)
    x = keras.layers.Flatten(name="flatten")(x)
    x = dense(x, 512, "relu", "fc1")
    x = keras.layers.Dropout(0.5, name="fc1_dropout")(x)
    return close_network(config, opening, x)
