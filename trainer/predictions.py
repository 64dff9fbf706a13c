"""Pictures through a Keras model, and what the operating point makes of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from engines.prediction import FloatArray, ImageArray
from trainer.config import TrainerError
from trainer.counting import OnCount
from trainer.metrics import IntArray, RealArray
from trainer.runs import MODEL_FILE, Run

PASS, REVIEW, REJECT = 0, 1, 2
DECISIONS = ("PASS", "REVIEW", "REJECT")
CHUNK = 32


def predict(
    model: Any,
    images: ImageArray,
    indices: IntArray,
    on_picture: OnCount | None = None,
) -> FloatArray:
    """Probabilities (M, K) float32 of images[indices], uint8 (N, H, W, C)."""
    answers = []
    for start in range(0, len(indices), CHUNK):
        chosen = indices[start : start + CHUNK]
        answers.append(np.asarray(model.predict_on_batch(images[chosen]), dtype=np.float32))
        if on_picture is not None:
            on_picture(start + len(chosen), len(indices))
    return np.concatenate(answers)


def decide(
    defect_probability: RealArray, pass_below: float, reject_from: float
) -> npt.NDArray[np.int64]:
    """(N,) indices into DECISIONS, by the rule of engines.bundle.Thresholds."""
    return np.where(
        defect_probability < pass_below,
        PASS,
        np.where(defect_probability >= reject_from, REJECT, REVIEW),
    ).astype(np.int64)


def load_model(path: Path, compiled: bool = False) -> Any:
    """A saved Keras model, with its optimizer when `compiled`.

    Raises TrainerError where it is missing or damaged.
    """
    import keras

    # Classes that a saved model names must be registered before it is read.
    import trainer.models  # noqa: F401

    try:
        return keras.models.load_model(path, compile=compiled)
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise TrainerError(
            f"{path} cannot be loaded as a Keras model ({error}). "
            "Restore it from a copy, or train the run again."
        ) from error


def load_float32(run: Run) -> Any:
    """The run's best model, computing in float32 as the exported graph does."""
    from trainer.precision import as_float32

    return as_float32(load_model(run.path / MODEL_FILE))
