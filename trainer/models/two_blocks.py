"""Two blocks of two 3x3 convolutions and one dense layer: what Keras's two examples share."""

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
from trainer.models.weight_source import SHARE_SCALING

BLOCKS = (32, 64)
"""Filters of both convolutions of each block."""


def build_two_blocks(config: ModelConfig, paddings: tuple[str, str], units: int) -> Any:
    """A keras.Model: 0..255 (N, height, width, channels) to probabilities (N, classes) float32.

    paddings: of each block's first and second convolution. units: of the dense layer. 2x2
    max-pooling and dropout end each block. Raises TrainerError.
    """
    refuse_options(config, (*VGG_OPTIONS, *LENET_OPTIONS))
    opening = open_network(config, SHARE_SCALING)
    x = opening.scaled
    for block, filters in enumerate(BLOCKS, start=1):
        name = f"block{block}"
        for index, padding in enumerate(paddings, start=1):
            x = keras.layers.Conv2D(
                filters, 3, padding=padding, activation="relu", name=f"{name}_conv{index}"
            )(x)
        x = keras.layers.MaxPooling2D(2, name=f"{name}_pool")(x)
        x = keras.layers.Dropout(0.25, name=f"{name}_dropout")(x)
    x = keras.layers.Flatten(name="flatten")(x)
    x = dense(x, units, "relu", "fc1")
    x = keras.layers.Dropout(0.5, name="fc1_dropout")(x)
    return close_network(config, opening, x)
