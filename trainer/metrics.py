"""Figures of a classifier from its probabilities: pure functions of arrays."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

IntArray = npt.NDArray[np.int64]
RealArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]
TINY = 1e-30
"""Least probability told apart from nothing: float32 keeps about 1e-38."""


def log_loss(probabilities: RealArray, labels: IntArray) -> float:
    """Mean -log p of the true class; probabilities (N, K), labels (N,)."""
    true = probabilities[np.arange(len(labels)), labels]
    # float32 rows may sum to a little more than 1; a loss below 0 would only puzzle.
    return max(0.0, float(-np.log(np.maximum(true, TINY)).mean()))


def confusion_matrix(predicted: IntArray, labels: IntArray, classes: int) -> IntArray:
    """(K, K) counts: row the true class, column the predicted one."""
    matrix = np.zeros((classes, classes), np.int64)
    np.add.at(matrix, (labels, predicted), 1)
    return matrix


def balanced_accuracy(confusion: IntArray) -> float:
    """Mean recall over the classes that have any picture."""
    totals = confusion.sum(axis=1)
    held = totals > 0
    return float((np.diag(confusion)[held] / totals[held]).mean())


def defect_probability(
    probabilities: npt.NDArray[np.floating[Any]], defect: Sequence[bool] | BoolArray
) -> RealArray:
    """(N,) sum of (N, K) over the classes that are defects, at most 1: what the verdict is by."""
    total = probabilities[:, np.asarray(defect, bool)].sum(axis=1, dtype=np.float64)
    return np.asarray(np.minimum(total, 1.0))


def log_odds(probabilities: RealArray, defect: Sequence[bool]) -> RealArray:
    """(N,) natural log-odds of the defect probability, exact even where it rounds to 0 or 1.

    Infinite where every class, or none, is a defect.
    """
    marks = np.asarray(defect, bool)
    bad = np.maximum(probabilities[:, marks].sum(axis=1), TINY * bool(marks.any()))
    good = np.maximum(probabilities[:, ~marks].sum(axis=1), TINY * bool((~marks).any()))
    with np.errstate(divide="ignore"):
        return np.asarray(np.log(bad) - np.log(good), dtype=np.float64)


def classification_figures(
    probabilities: RealArray, labels: IntArray, class_names: Sequence[str]
) -> dict[str, Any]:
    """Loss, accuracy, balanced accuracy, precision, recall and F1 per class, confusion matrix.

    The predicted class is the most probable one. JSON-able.
    """
    confusion = confusion_matrix(
        probabilities.argmax(axis=1).astype(np.int64), labels, len(class_names)
    )
    right, held, named = np.diag(confusion), confusion.sum(axis=1), confusion.sum(axis=0)
    precision = right / np.maximum(named, 1)
    recall = right / np.maximum(held, 1)
    f1 = 2 * right / np.maximum(held + named, 1)
    return {
        "pictures": len(labels),
        "loss": log_loss(probabilities, labels),
        "accuracy": float(right.sum() / max(len(labels), 1)),
        "balanced_accuracy": balanced_accuracy(confusion),
        "weighted_f1": float((f1 * held).sum() / max(len(labels), 1)),
        "classes": {
            name: {
                "pictures": int(held[k]),
                "precision": float(precision[k]),
                "recall": float(recall[k]),
                "f1": float(f1[k]),
            }
            for k, name in enumerate(class_names)
        },
        "confusion_matrix": confusion.tolist(),
    }
