"""Losses and optimizers by name."""

from __future__ import annotations

import itertools

import keras
import numpy as np
import pytest
from builders import random_model, small_vgg

from trainer.config import FitConfig, TrainerError
from trainer.losses import LOSSES, balanced_weights, build_loss, labels_for
from trainer.optimizers import OPTIMIZERS, build_optimizer, learning_rate


def test_both_cross_entropies_are_one_function() -> None:
    rng = np.random.default_rng(0)
    p = rng.dirichlet(np.ones(4), 64).astype(np.float32)
    labels = rng.integers(0, 4, 64)
    values = [float(build_loss(name)(labels_for(name, labels, 4), p)) for name in LOSSES]
    assert len(values) == 2
    assert values[0] == pytest.approx(values[1], rel=1e-6)
    assert values[0] == pytest.approx(-np.log(p[np.arange(64), labels]).mean(), rel=1e-5)


def test_balanced_weights_give_every_class_the_same_say() -> None:
    labels = np.repeat([0, 1, 2], [70, 20, 10])
    weights = balanced_weights(labels, 3)
    assert weights * [70, 20, 10] == pytest.approx([100 / 3] * 3)
    assert weights[labels].mean() == pytest.approx(1.0)


def test_unknown_names_are_refused_with_the_known_ones() -> None:
    with pytest.raises(TrainerError, match="choose one of categorical_crossentropy, sparse"):
        build_loss("hinge")
    with pytest.raises(TrainerError, match="choose one of sgd, momentum, nag"):
        build_optimizer(FitConfig(optimizer="lion"))


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_every_optimizer_goes_downhill(name: str) -> None:
    rate = 0.01 if name in ("sgd", "momentum", "nag") else 0.05
    optimizer = build_optimizer(FitConfig(optimizer=name, learning_rate=rate, weight_decay=0.0))
    w = keras.Variable(np.array([3.0, -2.0], np.float32))
    optimizer.build([w])
    for _ in range(150):
        optimizer.apply([2.0 * w.value])
    assert float((w.numpy() ** 2).sum()) < 0.1 * 13.0


def test_nesterov_looks_ahead_of_momentum() -> None:
    places = {}
    for name in ("momentum", "nag"):
        optimizer = build_optimizer(FitConfig(optimizer=name, learning_rate=0.1, weight_decay=0.0))
        w = keras.Variable(np.array([1.0], np.float32))
        optimizer.build([w])
        optimizer.apply([keras.ops.convert_to_tensor(np.array([1.0], np.float32))])
        places[name] = float(w.numpy()[0])
    assert places["momentum"] == pytest.approx(0.9)
    assert places["nag"] == pytest.approx(1.0 - 0.1 * (1 + 0.9))


def test_weight_decay_shrinks_kernels_and_nothing_else() -> None:
    model = random_model(small_vgg())
    optimizer = build_optimizer(FitConfig(optimizer="nag", weight_decay=0.1, learning_rate=0.5))
    optimizer.build(model.trainable_variables)
    before = [v.numpy() for v in model.trainable_variables]
    optimizer.apply([keras.ops.zeros_like(v) for v in model.trainable_variables])
    kernels = 0
    for variable, old in zip(model.trainable_variables, before, strict=True):
        shrunk = variable.name == "kernel"
        kernels += shrunk
        assert variable.numpy() == pytest.approx(old * (0.95 if shrunk else 1.0), rel=1e-5)
    assert kernels == 14


def test_long_gradients_are_cut_to_the_norm_asked_for() -> None:
    config = FitConfig(optimizer="sgd", learning_rate=1.0, clip_norm=1.0, weight_decay=0.0)
    optimizer = build_optimizer(config)
    w = keras.Variable(np.zeros(2, np.float32))
    optimizer.build([w])
    optimizer.apply([keras.ops.convert_to_tensor(np.array([30.0, 40.0], np.float32))])
    assert w.numpy() == pytest.approx([-0.6, -0.8])


def test_the_rate_rises_then_falls_to_nothing() -> None:
    rates = [learning_rate("cosine", 0.1, step, 100, 10) for step in range(100)]
    assert rates[0] == pytest.approx(0.01)
    assert max(rates) == pytest.approx(0.1)
    assert int(np.argmax(rates)) in (9, 10)
    assert rates[55] == pytest.approx(0.05, abs=1e-9)
    assert rates[-1] < 0.0001
    assert all(a >= b for a, b in itertools.pairwise(rates[10:]))


def test_a_constant_rate_stays_and_short_runs_never_leave_their_warm_up() -> None:
    assert learning_rate("constant", 0.1, 99, 100, 10) == 0.1
    assert learning_rate("cosine", 0.1, 3, 5, 5) == pytest.approx(0.08)
    assert learning_rate("cosine", 0.1, 4, 5, 5) == 0.1
    assert learning_rate("cosine", 0.1, 0, 5, 0) == 0.1
