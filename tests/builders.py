"""Builders shared by the tests: the real things, small."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from engines.prediction import ImageArray
    from trainer.config import ModelConfig


def small_vgg(**changes: Any) -> ModelConfig:
    """A VGG16 of an eighth of the width at 64 px, three classes."""
    from trainer.config import ModelConfig

    return ModelConfig(
        **{"size_px": 64, "width": 0.125, "classes": 3, "fc_units": 256, **changes}  # type: ignore[arg-type]
    )


def random_model(config: ModelConfig, seed: int = 7) -> Any:
    """A network as if trained: every bias, shift and batch norm statistic away from its start."""
    import keras

    from trainer.models import build_model

    keras.utils.set_random_seed(seed)
    model = build_model(config)
    rng = np.random.default_rng(seed)
    ranges = {
        "gamma": (0.5, 1.5),
        "beta": (-0.3, 0.3),
        "moving_mean": (-0.3, 0.3),
        "moving_variance": (0.5, 2.0),
        "bias": (-0.1, 0.1),
    }
    for variable in model.weights:
        if variable.name in ranges:
            low, high = ranges[variable.name]
            variable.assign(rng.uniform(low, high, variable.shape))
    return model


def noise_pictures(count: int, size_px: int = 64, channels: int = 3, seed: int = 1) -> ImageArray:
    """uint8 (count, size, size, channels): noise of different brightness and contrast."""
    rng = np.random.default_rng(seed)
    shape = (size_px, size_px, channels)
    centres = rng.uniform(50, 200, (count, 1, 1, channels))
    pictures = centres + rng.uniform(10, 60) * rng.standard_normal((count, *shape))
    return np.asarray(pictures.clip(0, 255), dtype=np.uint8)
