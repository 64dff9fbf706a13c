"""LIME: its kernel, its fit, its superpixels and the shares that are read from them."""

from __future__ import annotations

import numpy as np
import pytest
from looking_models import energy_within, quarter, red_quarter, redness_model
from sklearn.linear_model import Ridge

from trainer.config import TrainerError
from trainer.explain.hidden import blurred, grayed
from trainer.explain.lime import Superpixels, explain_one, kernel, weighted_ridge
from trainer.explain.superpixels import SUPERPIXELS, superpixels


def test_the_fit_is_the_weighted_ridge_of_scikit_learn() -> None:
    rng = np.random.default_rng(2)
    masks = (rng.random((80, 12)) < 0.5).astype(float)
    answers = masks @ rng.normal(size=(12, 3)) + 0.1 * rng.normal(size=(80, 3)) + 0.7
    weight = rng.uniform(0.1, 1.0, 80)
    found, fit = weighted_ridge(masks, answers, weight, ridge=2.0)
    reference = Ridge(alpha=2.0).fit(masks, answers, sample_weight=weight)
    np.testing.assert_allclose(found, reference.coef_.T, atol=1e-9)
    for k in range(3):
        single = Ridge(alpha=2.0).fit(masks, answers[:, k], sample_weight=weight)
        assert fit[k] == pytest.approx(single.score(masks, answers[:, k], weight))


def test_answers_that_never_change_give_no_weight_and_no_fit() -> None:
    masks = np.eye(6)[:, :4]
    found, fit = weighted_ridge(masks, np.full((6, 2), 0.5), np.ones(6))
    assert np.abs(found).max() < 1e-12
    assert fit.tolist() == [0.0, 0.0]


def test_the_kernel_is_one_for_the_whole_picture_and_falls() -> None:
    shown = np.array([[1, 1, 1, 1], [1, 1, 1, 0], [1, 0, 0, 0]], bool)
    distance = 1 - np.sqrt(np.array([1, 0.75, 0.25]))
    np.testing.assert_allclose(kernel(shown), np.exp(-((distance / 0.25) ** 2)))
    # A mask of zeros and ones has the cosine m / sqrt(S m) with the mask of ones.
    cosine = shown @ np.ones(4) / (np.linalg.norm(shown, axis=1) * 2.0)
    np.testing.assert_allclose(1 - cosine, distance)


@pytest.mark.parametrize("method", sorted(SUPERPIXELS))
def test_superpixels_cover_the_picture_and_keep_to_the_edge(method: str) -> None:
    segments = superpixels(red_quarter(0, 0), method)
    counts = np.bincount(segments.ravel())
    assert segments.shape == (64, 64)
    assert counts.min() > 0
    assert len(counts) > 3
    inside = quarter(0, 0, 64)
    astray = sum(min((segments[inside] == s).sum(), (segments[~inside] == s).sum())
                 for s in range(len(counts)))  # fmt: skip
    assert astray < 0.08 * inside.sum()


def test_what_speaks_for_one_class_speaks_against_the_other() -> None:
    found = explain_one(redness_model(), red_quarter(0, 0, blue=(1, 1)), samples=300)
    red = found.heat(1)
    np.testing.assert_allclose(found.weights.sum(axis=1), 0, atol=1e-6)
    assert energy_within(red.clip(min=0), 0, 0) > 0.85
    assert energy_within((-red).clip(min=0), 1, 1) > 0.85
    for share in (*found.shares(0), *found.shares(1), *found.class_shares()):
        assert share == pytest.approx(0.5, abs=0.1)
    assert found.fit.min() > 0.9


def test_shares_count_weights_not_superpixels() -> None:
    weights = np.array([[0.6, 0.0, 0.0], [0.1, 0.0, 0.3], [-0.3, 0.0, 0.0]])
    segments = np.arange(3).reshape(1, 3)
    found = Superpixels(segments, weights, np.ones(3), np.array([0.9, 0.1, 0.0]))
    assert found.shares(0) == pytest.approx((0.7, 0.3))
    assert found.shares(1) == (0.0, 0.0)
    assert found.class_shares() == pytest.approx([0.7, 0.0, 0.3])


def test_the_same_seed_gives_the_same_answer() -> None:
    model, picture = redness_model(), red_quarter(1, 0)
    one, two, other = (
        explain_one(model, picture, samples=60, seed=seed).weights for seed in (3, 3, 4)
    )
    assert np.array_equal(one, two)
    assert np.abs(one - other).max() > 0.001


def test_one_flat_colour_is_refused() -> None:
    segments = np.zeros((64, 64), np.int64)
    with pytest.raises(TrainerError, match="falls into 1 superpixel"):
        explain_one(redness_model(), red_quarter(0, 0), segments=segments)


def test_a_blur_takes_the_detail_and_keeps_the_shade() -> None:
    picture = np.full((64, 64, 1), 120, np.uint8)
    picture[30:34, 30:34] = 255
    soft = blurred(picture)
    assert soft.shape == picture.shape
    assert np.abs(soft.astype(int) - 120).max() < 20
    assert (grayed(picture) == round(picture.mean())).all()
