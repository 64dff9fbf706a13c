"""What is fitted tells the unknown, and its limit is the validation pictures'."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.covariance import ledoit_wolf

from engines.bundle import ClassInfo
from trainer.config import TrainerError
from trainer.limits.novelty import HEADROOM, fit_novelty, shrunk_covariance

CLASSES = (ClassInfo("crack", True), ClassInfo("white", False), ClassInfo("grey", False))
CHANNELS = 12


def features(count: int, seed: int, classes: int = 3) -> tuple[np.ndarray, np.ndarray]:
    """Correlated and skewed, as those of a network are; each class about a mean of its own."""
    rng = np.random.default_rng(seed)
    labels = np.arange(count) % classes
    mixing = np.random.default_rng(7).normal(0.0, 0.4, (4, CHANNELS))
    means = np.random.default_rng(8).uniform(-1.0, 1.0, (3, CHANNELS))
    spread = np.where(labels == 0, 3.0, 1.0)[:, None]
    logs = means[labels] + spread * (
        rng.normal(0, 1, (count, 4)) @ mixing + 0.1 * rng.normal(0, 1, (count, CHANNELS))
    )
    return np.exp(logs).astype(np.float32), labels


def test_the_covariance_is_ledoit_and_wolf_s() -> None:
    rng = np.random.default_rng(2)
    for count in (5, 20, 400):
        values = rng.normal(0, 1, (count, 9)) @ rng.normal(0, 1, (9, 9))
        expected, _ = ledoit_wolf(values, assume_centered=True)
        np.testing.assert_allclose(shrunk_covariance(values), expected, rtol=1e-9)


def test_at_most_one_in_a_thousand_of_the_validation_pictures_is_beyond() -> None:
    checked, labels = features(6000, 2)
    novelty = fit_novelty(*features(600, 1), checked, labels, CLASSES)
    distances = novelty.distances(checked)
    for column, of_these, spread in (
        (0, labels > 0, novelty.good),
        (1, labels >= 0, novelty.known),
    ):
        assert spread is not None
        assert spread.checked == of_these.sum()
        assert spread.beyond == (distances[of_these, column] > 1.0).sum()
        assert spread.beyond <= of_these.sum() // 1000
        rest = np.sort(distances[of_these, column])[: -1 - int(of_these.sum() // 1000) or None]
        assert rest.max() <= 1.0 / HEADROOM + 1e-9


def test_fresh_pictures_are_familiar_and_the_unknown_is_not() -> None:
    novelty = fit_novelty(*features(600, 1), *features(900, 2), CLASSES)
    fresh, labels = features(3000, 3)
    distances = novelty.distances(fresh)
    assert (distances[:, 1] > 1.0).mean() < 0.01
    assert (distances[labels > 0, 0] > 1.0).mean() < 0.01
    # A class of defects is known, and mostly unlike the good parts.
    assert (distances[labels == 0, 0] > 1.0).mean() > 0.9
    unknown = 1.0 / fresh
    assert (novelty.distances(unknown)[:, 0] > 1.0).mean() > 0.99


def test_a_handful_of_pictures_is_enough_to_know_the_quite_unknown() -> None:
    novelty = fit_novelty(*features(15, 1), *features(15, 2), CLASSES)
    fresh, labels = features(300, 3)
    assert (novelty.distances(fresh)[labels > 0, 0] > 1.0).mean() < 0.3
    unknown = 1.0 / fresh
    assert (novelty.distances(unknown)[:, 0] > 1.0).mean() > 0.95


def test_a_feature_that_never_varied_does_not_cry_wolf_over_rounding() -> None:
    training, labels = features(600, 1)
    checked, checked_labels = features(600, 2)
    for values in (training, checked):
        values[:, 3] = 2.0
    novelty = fit_novelty(training, labels, checked, checked_labels, CLASSES)
    off = checked.copy()
    off[:, 3] *= 1.004  # a rounding of bfloat16
    moved = np.abs(novelty.distances(off) - novelty.distances(checked))
    assert moved.max() < 0.1


def test_where_no_class_is_good_the_nearest_of_all_serves() -> None:
    bad = tuple(ClassInfo(name, True) for name in ("crack", "blob", "chip"))
    novelty = fit_novelty(*features(300, 1), *features(300, 2), bad)
    assert novelty.good is None


def test_too_few_or_dead_features_are_told() -> None:
    training, labels = features(300, 1)
    checked, checked_labels = features(300, 2)
    with pytest.raises(TrainerError, match="0 validation pictures cannot tell"):
        fit_novelty(training, labels, checked[:0], checked_labels[:0], CLASSES)
    with pytest.raises(TrainerError, match="1 training and"):
        fit_novelty(training[:2], labels[:2], checked, checked_labels, CLASSES)
    with pytest.raises(TrainerError, match="do not vary"):
        fit_novelty(np.ones_like(training), labels, checked, checked_labels, CLASSES)
    mean = np.expm1(np.log1p(training[labels == 1].astype(float)).mean(axis=0))
    with pytest.raises(TrainerError, match="the very features"):
        alone = (ClassInfo("crack", True), ClassInfo("white", False), ClassInfo("none", True))
        at_mean = np.asarray(mean, np.float64)[None].repeat(3, 0)
        fit_novelty(training, labels, at_mean, np.ones(3, np.int64), alone)  # type: ignore[arg-type]
