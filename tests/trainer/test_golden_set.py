"""The golden set: the pictures nearest to the thresholds, and a fair share of all others."""

from __future__ import annotations

import numpy as np
import pytest

from engines.bundle import Thresholds
from trainer.config import TrainerError
from trainer.golden_set import choose

THRESHOLDS = Thresholds(0.2, 0.7)


def _scores(count: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(4)
    return rng.uniform(0, 1, count), rng.integers(0, 3, count)


def test_half_of_each_class_are_the_nearest_to_either_threshold() -> None:
    p, labels = _scores(600)
    chosen, weights = choose(p, labels, THRESHOLDS, 32, seed=3)
    distance = np.minimum(np.abs(p - 0.2), np.abs(p - 0.7))
    for label in range(3):
        mine = chosen[labels[chosen] == label]
        assert len(mine) == 32
        nearest = np.sort(distance[labels == label])[:16]
        near = mine[weights[labels[chosen] == label] == 1.0]
        np.testing.assert_array_equal(np.sort(distance[near]), nearest)
        assert (np.abs(p[near] - 0.2) < 0.1).any()
        assert (np.abs(p[near] - 0.7) < 0.1).any()


def test_the_weights_stand_for_every_validation_picture() -> None:
    p, labels = _scores(600)
    chosen, weights = choose(p, labels, THRESHOLDS, 32, seed=3)
    assert weights.sum() == pytest.approx(600)
    for label in range(3):
        of_class = labels[chosen] == label
        assert weights[of_class].sum() == pytest.approx((labels == label).sum())
    # A rate over all pictures is estimated without bias: here, of those to be rejected.
    estimates = []
    for seed in range(200):
        chosen, weights = choose(p, labels, THRESHOLDS, 32, seed)
        estimates.append(weights[p[chosen] >= 0.7].sum() / 600)
    assert np.mean(estimates) == pytest.approx((p >= 0.7).mean(), abs=0.01)


def test_a_small_class_is_taken_whole() -> None:
    p, labels = _scores(60)
    labels[:] = 0
    labels[:5] = 1
    chosen, weights = choose(p, labels, THRESHOLDS, 20, seed=0)
    assert set(range(5)) <= set(chosen.tolist())
    assert len(chosen) == 25
    assert (weights[labels[chosen] == 1] == 1.0).all()
    assert weights.sum() == pytest.approx(60)


def test_the_choice_is_seeded_and_needs_two_pictures_per_class() -> None:
    p, labels = _scores(300)
    first, again, other = (choose(p, labels, THRESHOLDS, 16, seed)[0] for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert set(first.tolist()) != set(other.tolist())
    with pytest.raises(TrainerError, match="--golden is 1"):
        choose(p, labels, THRESHOLDS, 1, seed=0)
