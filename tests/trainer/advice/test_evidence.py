"""LogME against its definition, and the advice that it gives."""

from __future__ import annotations

import numpy as np
import pytest
from builders import noise_pictures, random_model, small_vgg
from scipy import linalg, optimize, stats

from trainer.advice.evidence import kernel_evidence, log_evidence, probe_accuracy
from trainer.advice.freezing_point import Advice, BlockScore, advise, rank_of
from trainer.config import TrainerError


def _features(spread: float, count: int = 60, width: int = 5) -> tuple[np.ndarray, np.ndarray]:  # type: ignore[type-arg]
    rng = np.random.default_rng(4)
    labels = np.arange(count) % 3
    centres = rng.normal(0.0, spread, (3, width))
    return centres[labels] + rng.normal(0.0, 1.0, (count, width)), labels


def _evidence_by_definition(features: np.ndarray, y: np.ndarray) -> float:  # type: ignore[type-arg]
    """log p(y) = log N(y; 0, F F' / alpha + I / beta), at its best precisions, per picture."""

    def negative(logs: np.ndarray) -> float:  # type: ignore[type-arg]
        alpha, beta = np.exp(logs)
        covariance = features @ features.T / alpha + np.eye(len(y)) / beta
        return -float(stats.multivariate_normal(np.zeros(len(y)), covariance).logpdf(y))

    best = optimize.minimize(negative, np.zeros(2), method="Nelder-Mead")
    return -float(best.fun) / len(y)


@pytest.mark.parametrize(("spread", "width"), [(0.5, 5), (2.0, 5), (1.0, 90)])
def test_the_score_is_the_greatest_log_evidence(spread: float, width: int) -> None:
    features, labels = _features(spread, width=width)
    expected = np.mean(
        [_evidence_by_definition(features, (labels == k).astype(float)) for k in range(3)]
    )
    assert log_evidence(features, labels) == pytest.approx(expected, abs=2e-3)


@pytest.mark.parametrize("width", [5, 90])
def test_products_of_features_are_enough_for_the_score_and_a_mean_changes_nothing(
    width: int,
) -> None:
    features, labels = _features(1.0, width=width)
    contrasts = linalg.helmert(len(labels))
    expected = np.mean(
        [_evidence_by_definition(contrasts @ features, contrasts @ (labels == k)) for k in range(3)]
    )
    for shifted in (features, features + 50.0):
        found = kernel_evidence(shifted @ shifted.T, labels)
        assert found == pytest.approx(expected, abs=2e-3)


def test_what_helps_raises_the_evidence_and_what_does_not_lowers_it() -> None:
    features, labels = _features(2.0)
    idle = np.random.default_rng(1).normal(0.0, 6.0, (len(labels), 90))
    own, other = (x - x.mean(axis=0) for x in (features, idle))
    alone, both = own @ own.T, own @ own.T + other @ other.T
    assert kernel_evidence(other @ other.T, labels) < kernel_evidence(both, labels)
    assert kernel_evidence(both, labels) < kernel_evidence(alone, labels) - 0.1


def test_features_that_separate_better_score_higher() -> None:
    scores = [log_evidence(*_features(spread)) for spread in (0.0, 0.5, 1.0, 2.0)]
    assert scores == sorted(scores)
    accuracies = [probe_accuracy(*_features(spread)) for spread in (0.0, 3.0)]
    assert accuracies[0] < 0.5
    assert accuracies[1] > 0.95


def test_the_advisor_names_the_block_with_the_greatest_evidence() -> None:
    model = random_model(small_vgg())
    images = noise_pictures(40)
    labels = (np.arange(40) % 2).astype(np.int64)
    bright = images.astype(np.float32) * np.where(labels, 1.0, 0.4)[:, None, None, None]
    advice = advise(model, bright.astype(np.uint8), labels, np.arange(40))
    assert [s.channels for s in advice.scores] == [8, 16, 32, 64, 64]
    best = max(advice.scores, key=lambda s: s.tangent_evidence)
    assert advice.freeze == best.block
    told: list[tuple[int, int]] = []
    shuffled = np.random.default_rng(0).permutation(labels)
    tell = lambda done, total: told.append((done, total))  # noqa: E731
    blind = advise(model, bright.astype(np.uint8), shuffled, np.arange(40), tell)
    assert told == [(done, 80) for done in range(1, 81)]
    for score, without in zip(advice.scores, blind.scores, strict=True):
        assert without.tangent_evidence < score.tangent_evidence
        assert without.log_evidence < score.log_evidence


def test_rank_and_regret() -> None:
    scores = tuple(BlockScore(b, 8, -abs(b - 2.0), 0.0, 0.5) for b in range(1, 6))
    assert Advice(scores).freeze == 2
    measured = {1: 0.7, 2: 0.8, 3: 0.9, 4: 0.8, 5: 0.5}
    assert rank_of(2, measured) == (2, pytest.approx(0.1))
    assert rank_of(3, measured) == (1, 0.0)


def test_too_few_pictures_are_refused() -> None:
    model = random_model(small_vgg())
    with pytest.raises(TrainerError, match="at least 10 of 2"):
        advise(model, noise_pictures(20), np.zeros(20, np.int64), np.arange(20))
