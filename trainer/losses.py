"""Losses by name, and the form in which each wants its labels."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from trainer.config import TrainerError

IntArray = npt.NDArray[np.int64]


def categorical_crossentropy() -> Any:
    """-sum_k t_k log p_k with one-hot labels t."""
    import keras

    return keras.losses.CategoricalCrossentropy()


def sparse_categorical_crossentropy() -> Any:
    """-log p_t with the class index t: the same number as categorical cross-entropy."""
    import keras

    return keras.losses.SparseCategoricalCrossentropy()


LOSSES: dict[str, Callable[[], Any]] = {
    "categorical_crossentropy": categorical_crossentropy,
    "sparse_categorical_crossentropy": sparse_categorical_crossentropy,
}


def build_loss(name: str) -> Any:
    """The Keras loss called `name`. Raises TrainerError for an unknown one."""
    if name not in LOSSES:
        raise TrainerError(f"--loss {name!r} is unknown; choose one of {', '.join(LOSSES)}.")
    return LOSSES[name]()


def labels_for(name: str, labels: IntArray, classes: int) -> npt.NDArray[Any]:
    """Class indices (N,) in the form the loss wants: one-hot float32 (N, K), or as they are."""
    if name == "categorical_crossentropy":
        return np.eye(classes, dtype=np.float32)[labels]
    return labels


def balanced_weights(labels: IntArray, classes: int) -> npt.NDArray[np.float32]:
    """(K,) weights n / (K n_k): each class then weighs the same in the loss, 1 on average."""
    counts = np.bincount(labels, minlength=classes)
    return (len(labels) / (classes * np.maximum(counts, 1))).astype(np.float32)
