"""LeNet-5 as seed 003 (a thesis on ultrasonic images of steel) lays it out in its table 4.

Source: LeCun, Bottou, Bengio and Haffner, "Gradient-based learning applied to document
recognition", 1998, figure 2, simplified: every map of a layer sees every map before it, and the
output is a softmax. The table's shapes say the rest: 5x5 convolutions without padding, the first
pooling in steps of one pixel and the second in steps of two, F6 on all of C5 laid flat.
"""

from __future__ import annotations

from typing import Any

import keras

from trainer.config import ModelConfig
from trainer.models.frame import VGG_OPTIONS, close_network, dense, open_network, refuse_options
from trainer.models.weight_source import SHARE_SCALING

ACTIVATIONS = {"own": "tanh", "tanh": "tanh", "relu": "relu"}
POOLINGS: dict[str, Any] = {
    "own": keras.layers.AveragePooling2D,
    "average": keras.layers.AveragePooling2D,
    "max": keras.layers.MaxPooling2D,
}


def build_lenet5(config: ModelConfig) -> Any:
    """A keras.Model: 0..255 (N, height, width, channels) to probabilities (N, classes) float32.

    At 224x403x3 and 11 classes, table 4's 200,432,331 parameters. The thesis trains it with tanh
    and SGD, and then with ReLU and Adam: `config.activation` and `--optimizer`. What it leaves
    open: the pooling of the second variant (average here too, unless `config.pooling` says `max`)
    and the initial weights (Keras's: Glorot). The names C1, S2, C3, S4, C5 and OUTPUT of the table
    are block1_conv1, block1_pool, block2_conv1, block2_pool, block3_conv1 and predictions, so that
    blocks are frozen and explained as those of VGG16. Raises TrainerError.
    """
    refuse_options(config, VGG_OPTIONS)
    activation, pool = ACTIVATIONS[config.activation], POOLINGS[config.pooling]
    opening = open_network(config, SHARE_SCALING)
    x = keras.layers.Conv2D(6, 5, activation=activation, name="block1_conv1")(opening.scaled)
    x = pool(2, strides=1, name="block1_pool")(x)
    x = keras.layers.Conv2D(16, 5, activation=activation, name="block2_conv1")(x)
    x = pool(2, strides=2, name="block2_pool")(x)
    x = keras.layers.Conv2D(120, 5, activation=activation, name="block3_conv1")(x)
    x = keras.layers.Flatten(name="flatten")(x)
    return close_network(config, opening, dense(x, 84, activation, "f6"))
