"""Intervals over repeats."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from trainer.studies.confidence import mean_of, paired
from trainer.studies.drawing import COLOURS, draw_curves


@pytest.mark.parametrize("count", [2, 3, 5, 20])
def test_the_interval_is_student_s(count: int) -> None:
    values = np.random.default_rng(count).normal(0.9, 0.03, count)
    mean = mean_of(values.tolist())
    low, high = stats.t.interval(0.95, count - 1, values.mean(), stats.sem(values))
    assert mean.half is not None
    assert (mean.value - mean.half, mean.value + mean.half) == pytest.approx((low, high))


def test_the_interval_holds_the_truth_as_often_as_it_says() -> None:
    rng = np.random.default_rng(0)
    hits = 0
    for _ in range(400):
        mean = mean_of(rng.normal(5.0, 2.0, 4).tolist())
        hits += abs(mean.value - 5.0) <= (mean.half or 0.0)
    assert 0.92 <= hits / 400 <= 0.98


def test_what_both_sides_share_does_not_widen_a_paired_interval() -> None:
    shared = np.array([0.1, 0.5, 0.9])
    added = np.array([0.01, 0.02, 0.03])
    difference = paired((shared + added).tolist(), shared.tolist())
    assert difference.value == pytest.approx(0.02)
    assert difference.text(digits=2) == "2.00 ± 2.48"


def test_a_single_repeat_shows_no_spread() -> None:
    assert mean_of([0.973]).text() == "97.3"


def test_a_study_of_one_epoch_is_seen_in_its_curves() -> None:
    import base64

    def drawn(curves: dict[str, list[list[float]]]) -> str:
        return base64.b64decode(draw_curves(curves).split(",", 1)[1]).decode()

    # A line of one point is drawn as nothing: its mark is filled with the colour of the line.
    one = drawn({"CCE": [[0.7]], "SCCE": [[0.6]]})
    assert all(f"fill: {colour}" in one for colour in COLOURS[:2])
    assert f"fill: {COLOURS[0]}" not in drawn({"CCE": [[0.7, 0.6]]})
