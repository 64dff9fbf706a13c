"""Temperature scaling finds the temperature that the answers were spoilt with."""

from __future__ import annotations

import numpy as np
import pytest

from trainer.calibration import apply_temperature, fit_temperature
from trainer.metrics import log_loss


def _overconfident(temperature: float, count: int = 20_000) -> tuple[np.ndarray, np.ndarray]:  # type: ignore[type-arg]
    """Labels drawn from softmax(z); answers softmax(z * temperature), in float32."""
    rng = np.random.default_rng(5)
    logits = 2.0 * rng.standard_normal((count, 3))
    honest = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    labels = (rng.random((count, 1)) > honest.cumsum(axis=1)).sum(axis=1)
    spoilt = np.exp(logits * temperature)
    return (spoilt / spoilt.sum(axis=1, keepdims=True)).astype(np.float32), labels


@pytest.mark.parametrize("true", [0.4, 1.0, 2.5, 6.0])
def test_a_known_temperature_is_found_within_five_percent(true: float) -> None:
    answers, labels = _overconfident(true)
    found = fit_temperature(answers, labels)
    assert found == pytest.approx(true, rel=0.05)
    calibrated = apply_temperature(answers, found)
    assert log_loss(calibrated, labels) <= log_loss(answers.astype(np.float64), labels) + 1e-9


def test_the_scaled_answers_are_those_of_divided_logits() -> None:
    logits = np.array([[3.0, -1.0, 0.5], [30.0, 0.0, -30.0]])
    raw = np.exp(logits - logits.max(axis=1, keepdims=True))
    raw /= raw.sum(axis=1, keepdims=True)
    expected = np.exp(logits / 4.0 - logits.max(axis=1, keepdims=True) / 4.0)
    expected /= expected.sum(axis=1, keepdims=True)
    assert apply_temperature(raw, 4.0) == pytest.approx(expected, rel=1e-6, abs=1e-9)
    assert apply_temperature(raw, 1.0) == pytest.approx(raw, rel=1e-9, abs=1e-12)


def test_the_class_order_never_changes() -> None:
    answers, _ = _overconfident(2.0, 500)
    assert np.array_equal(apply_temperature(answers, 3.3).argmax(1), answers.argmax(1))


def test_a_faultless_set_is_never_made_sharper() -> None:
    answers = np.array([[0.7, 0.3], [0.2, 0.8]] * 10)
    labels = np.array([0, 1] * 10)
    assert fit_temperature(answers, labels) == 1.0
