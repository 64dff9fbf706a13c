"""The Sequential model that seed 001 proposes for pictures of acne, 32x32x3.

Source: the seed, section III: Conv, Conv+ReLU, Pool, Drop, Conv+ReLU, Pool, Dense+ReLU, Pool, Drop,
Flatten, Dense+ReLU, then the classes; filters 3x3, pools 2x2.
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
from trainer.models.weight_source import SHARE_SCALING


def build_sequential(config: ModelConfig) -> Any:
    """A keras.Model: 0..255 (N, height, width, channels) to probabilities (N, classes) float32.

    The first convolution has no activation, as the seed writes it. Its text leaves open, and here
    are as in KECNN, which it is compared with: the numbers of filters (32, 32, 64), the units of
    the last dense layer (512), the dropout (0.25). The dense layer between two pools stands on
    maps, so it acts on each place alone: 64 units. Convolutions are padded, for 32 px would not
    last through three pools otherwise. 559,652 parameters at 32x32x3 and 4 classes. Raises
    TrainerError.
    """
    refuse_options(config, (*VGG_OPTIONS, *LENET_OPTIONS))
    opening = open_network(config, SHARE_SCALING)
    x = _convolution(opening.scaled, 32, None, "block1_conv1")
    x = _convolution(x, 32, "relu", "block1_conv2")
    x = keras.layers.MaxPooling2D(2, name="block1_pool")(x)
    x = keras.layers.Dropout(0.25, name="block1_dropout")(x)
    x = _convolution(x, 64, "relu", "block2_conv1")
    x = keras.layers.MaxPooling2D(2, name="block2_pool")(x)
    x = keras.layers.Dense(64, activation="relu", name="block3_dense1")(x)
    x = keras.layers.MaxPooling2D(2, name="block3_pool")(x)
    x = keras.layers.Dropout(0.25, name="block3_dropout")(x)
    x = keras.layers.Flatten(name="flatten")(x)
    return close_network(config, opening, dense(x, 512, "relu", "fc1"))


def _convolution(x: Any, filters: int, activation: str | None, name: str) -> Any:
    return keras.layers.Conv2D(filters, 3, padding="same", activation=activation, name=name)(x)
