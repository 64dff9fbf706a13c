"""Losses by name, and the form in which each wants its labels."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from trainer.config import FitConfig, TrainerError
from trainer.metrics import IntArray

SPARSE = "sparse_categorical_crossentropy"


def categorical_crossentropy(_config: FitConfig) -> Any:
    """-sum_k t_k log p_k with one-hot labels t."""
    import keras

    return keras.losses.CategoricalCrossentropy()


def sparse_categorical_crossentropy(config: FitConfig) -> Any:
    """-log p_t with the class index t: the same number as categorical cross-entropy.

    Smoothed labels are no index: with them it is computed as categorical cross-entropy.
    """
    import keras

    if config.label_smoothing > 0:
        return keras.losses.CategoricalCrossentropy()
    return keras.losses.SparseCategoricalCrossentropy()


def binary_crossentropy(config: FitConfig) -> Any:
    """-(t log p + (1 - t) log(1 - p)) of either of two classes, whose p sum to 1."""
    import keras

    _two_classes(config)
    return keras.losses.BinaryCrossentropy()


def focal(config: FitConfig) -> Any:
    """-sum_k t_k (1 - p_k)^gamma log p_k: pictures that are already right count for little.

    Source: Lin et al., "Focal loss for dense object detection", ICCV 2017, equation 4, for any
    number of classes. Its alpha (equation 5) is `class_weights`.
    """
    import keras

    return keras.losses.CategoricalFocalCrossentropy(alpha=1.0, gamma=config.focal_gamma)


def binary_focal(config: FitConfig) -> Any:
    """The focal loss of two classes, equations 2 and 4: the same number as `focal` gives them."""
    import keras

    _two_classes(config)
    return keras.losses.BinaryFocalCrossentropy(gamma=config.focal_gamma)


LOSSES: dict[str, Callable[[FitConfig], Any]] = {
    "categorical_crossentropy": categorical_crossentropy,
    SPARSE: sparse_categorical_crossentropy,
    "binary_crossentropy": binary_crossentropy,
    "focal": focal,
    "binary_focal": binary_focal,
}


def build_loss(config: FitConfig) -> Any:
    """The Keras loss that `config` names. Raises TrainerError for an unknown one, or where there
    are more than the two classes that it is for, or for a gamma that it has no use for.
    """
    if config.loss not in LOSSES:
        raise TrainerError(f"--loss {config.loss!r} is unknown; choose one of {', '.join(LOSSES)}.")
    if config.focal_gamma != FitConfig().focal_gamma and "focal" not in config.loss:
        raise TrainerError(
            f"--loss {config.loss} has no use for --focal-gamma {config.focal_gamma:g}. Leave it "
            "out, or give --loss focal."
        )
    return LOSSES[config.loss](config)


def _two_classes(config: FitConfig) -> None:
    if config.model.classes != 2:
        raise TrainerError(
            f"--loss {config.loss} is for two classes, there are {config.model.classes}. "
            f"Use --loss {'focal' if 'focal' in config.loss else 'categorical_crossentropy'}."
        )


def labels_for(config: FitConfig, labels: IntArray) -> npt.NDArray[Any]:
    """Class indices (N,) in the form the loss wants: (N, K) float32, or as they are.

    With `label_smoothing` s, (1 - s) of the label is where it was and s is shared by all K classes.
    Source: Szegedy et al., "Rethinking the inception architecture for computer vision", CVPR 2016,
    section 7.
    """
    smoothing, classes = config.label_smoothing, config.model.classes
    if config.loss == SPARSE and smoothing == 0:
        return labels
    one_hot = np.eye(classes, dtype=np.float32)[labels]
    return np.asarray(one_hot * (1.0 - smoothing) + smoothing / classes, dtype=np.float32)


def balanced_weights(labels: IntArray, classes: int) -> npt.NDArray[np.float32]:
    """(K,) weights n / (K n_k): each class then weighs the same in the loss, 1 on average."""
    counts = np.bincount(labels, minlength=classes)
    return (len(labels) / (classes * np.maximum(counts, 1))).astype(np.float32)
