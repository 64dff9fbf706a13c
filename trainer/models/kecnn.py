"""KECNN: the small convolutional network of Keras's examples, which seed 001 compares with.

Source: the network of Keras's example `cifar10_cnn.py` (Keras 1 and 2), 32x32x3 there as in the
seed, which names it "the usual CNN model that Keras gives as an example" and no more.
"""

from __future__ import annotations

from typing import Any

from trainer.config import ModelConfig
from trainer.models.two_blocks import build_two_blocks


def build_kecnn(config: ModelConfig) -> Any:
    """A keras.Model: 0..255 (N, height, width, channels) to probabilities (N, classes) float32.

    Two blocks of two 3x3 convolutions (the first padded, the second not), 2x2 max-pooling and
    dropout; a dense layer of 512. 1,250,858 parameters at 32x32x3 and 10 classes. Raises
    TrainerError.
    """
    return build_two_blocks(config, paddings=("same", "valid"), units=512)
