"""KEVGG: the VGG-like network of Keras's examples, which seed 001 compares with at 32x32.

Source: "VGG-like convnet" in Keras's guide to the Sequential model (Keras 1 and 2), for 100x100x3
there. The seed names it "the Vgg model that Keras gives as an example" and no more.
"""

from __future__ import annotations

from typing import Any

from trainer.config import ModelConfig
from trainer.models.two_blocks import build_two_blocks


def build_kevgg(config: ModelConfig) -> Any:
    """A keras.Model: 0..255 (N, height, width, channels) to probabilities (N, classes) float32.

    Two blocks of two 3x3 convolutions without padding, 2x2 max-pooling and dropout; a dense layer
    of 256. 476,452 parameters at 32x32x3 and 4 classes. Raises TrainerError.
    """
    return build_two_blocks(config, paddings=("valid", "valid"), units=256)
