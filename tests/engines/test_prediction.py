"""A prediction that makes no sense is never born, so it can never become a verdict."""

from __future__ import annotations

import numpy as np
import pytest

from engines.errors import EngineError
from engines.prediction import Prediction

GOOD = {
    "probabilities": np.array([0.25, 0.75], np.float32),
    "heatmap": np.array([[0.0, 1.0]], np.float32),
    "defect_heatmap": np.array([[1.0, 0.5]], np.float32),
    "features": np.array([3.0, 4.0], np.float32),
}


def test_a_sound_one_knows_its_top_class() -> None:
    assert Prediction(**GOOD).top == 1


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("probabilities", [0.5, 0.9], "sum to 1.4"),
        ("probabilities", [-0.5, 1.5], "sum to 1.0"),
        ("probabilities", [np.nan, 1.0], "not finite"),
        ("probabilities", [[0.5, 0.5]], "expected 1 axes"),
        ("probabilities", [], "expected 1 axes"),
        ("heatmap", [[0.0, 2.0]], r"\[0\.000, 2\.000\]"),
        ("heatmap", [[np.inf]], "not finite"),
        ("heatmap", [0.0], "expected 2 axes"),
        ("features", [[1.0]], "expected 1 axes"),
        ("defect_heatmap", [[0.0, -0.5]], r"\[-0\.500, 0\.000\]"),
        ("defect_heatmap", [[0.0, np.nan]], "not finite"),
        ("defect_heatmap", [[0.0, 1.0, 0.0]], r"shape \(1, 2\) and \(1, 3\)"),
    ],
)
def test_nonsense_is_refused(field: str, value: list[float], words: str) -> None:
    with pytest.raises(EngineError, match=words):
        Prediction(**{**GOOD, field: np.array(value, np.float32)})
