"""Figures against scikit-learn's, and scores that stay apart where probabilities round."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn import metrics as reference

from engines.bundle import ClassInfo
from engines.bundle import defect_probability as of_one
from trainer.metrics import (
    balanced_accuracy,
    classification_figures,
    defect_probability,
    log_loss,
    log_odds,
)


def _random(count: int = 400, classes: int = 4) -> tuple[np.ndarray, np.ndarray]:  # type: ignore[type-arg]
    rng = np.random.default_rng(0)
    labels = rng.choice(classes, count, p=[0.6, 0.25, 0.1, 0.05])
    logits = rng.standard_normal((count, classes)) + 1.5 * np.eye(classes)[labels]
    powers = np.exp(logits)
    return powers / powers.sum(axis=1, keepdims=True), labels


def test_figures_equal_scikit_learns() -> None:
    probabilities, labels = _random()
    predicted = probabilities.argmax(axis=1)
    found = classification_figures(probabilities, labels, ("a", "b", "c", "d"))
    assert found["accuracy"] == pytest.approx(reference.accuracy_score(labels, predicted))
    assert found["balanced_accuracy"] == pytest.approx(
        reference.balanced_accuracy_score(labels, predicted)
    )
    assert found["weighted_f1"] == pytest.approx(
        reference.f1_score(labels, predicted, average="weighted")
    )
    assert found["loss"] == pytest.approx(reference.log_loss(labels, probabilities))
    assert found["confusion_matrix"] == reference.confusion_matrix(labels, predicted).tolist()
    precision, recall, f1, held = reference.precision_recall_fscore_support(labels, predicted)
    for k, row in enumerate(found["classes"].values()):
        assert row["precision"] == pytest.approx(precision[k])
        assert row["recall"] == pytest.approx(recall[k])
        assert row["f1"] == pytest.approx(f1[k])
        assert row["pictures"] == held[k]


def test_a_class_without_pictures_counts_for_nothing() -> None:
    probabilities = np.array([[0.9, 0.1, 0.0], [0.2, 0.8, 0.0]])
    found = classification_figures(probabilities, np.array([0, 1]), ("a", "b", "absent"))
    assert found["balanced_accuracy"] == 1.0
    assert found["classes"]["absent"] == {"pictures": 0, "precision": 0, "recall": 0, "f1": 0}
    assert balanced_accuracy(np.array([[3, 1], [0, 0]])) == 0.75


def test_the_loss_is_finite_and_never_below_zero() -> None:
    assert log_loss(np.array([[0.0, 1.0]]), np.array([0])) == pytest.approx(69.08, abs=0.01)
    assert log_loss(np.array([[1.0000001, 0.0]]), np.array([0])) == 0.0


def test_log_odds_stay_apart_where_the_probability_rounds_to_one() -> None:
    good = np.array([1e-3, 1e-12, 1e-20], np.float32)
    p = np.stack((good, np.float32(1) - good), axis=1).astype(np.float64)
    assert (p[1:, 1] == 1.0).all()
    score = log_odds(p, [False, True])
    assert score == pytest.approx([6.9068, 27.631, 46.052], abs=1e-3)


def test_log_odds_sum_over_the_defect_classes() -> None:
    p = np.array([[0.2, 0.5, 0.3]])
    assert log_odds(p, [True, False, True])[0] == pytest.approx(0.0)
    assert log_odds(p, [True, True, True])[0] == np.inf


def test_the_defect_probability_is_a_sum_that_never_exceeds_one() -> None:
    """As the station's: a limit just above 1, under which nothing is rejected, must hold."""
    classes = (ClassInfo("a", True), ClassInfo("b", False), ClassInfo("c", True))
    rows = np.array([[0.2, 0.5, 0.3], [0.7, 0.0, 0.3001], [0.1, np.nan, np.nan]], np.float32)
    found = defect_probability(rows, [c.defect for c in classes])
    assert found[:2] == pytest.approx([0.5, 1.0])
    assert found[1] <= 1.0
    assert np.isnan(found[2])
    np.testing.assert_array_equal(found, [of_one(classes, row) for row in rows])
