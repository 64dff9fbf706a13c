"""Networks by name: one file per network, one function each, a config in and a Keras model out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from trainer.config import ModelConfig, TrainerError
from trainer.models.kecnn import build_kecnn
from trainer.models.kevgg import build_kevgg
from trainer.models.lenet5 import build_lenet5
from trainer.models.sequential import build_sequential
from trainer.models.vgg16 import build_vgg16

MODELS: dict[str, Callable[[ModelConfig], Any]] = {
    "vgg16": build_vgg16,
    "lenet5": build_lenet5,
    "kecnn": build_kecnn,
    "kevgg": build_kevgg,
    "sequential": build_sequential,
}
"""Name -> function that builds a keras.Model: 0..255 (N, H, W, C) to probabilities (N, K)."""


def build_model(config: ModelConfig) -> Any:
    """A keras.Model for a configuration. Raises TrainerError for an unknown name."""
    try:
        build = MODELS[config.name]
    except KeyError as error:
        known = ", ".join(MODELS)
        raise TrainerError(f"--model is {config.name!r}; this version knows: {known}.") from error
    return build(config)
