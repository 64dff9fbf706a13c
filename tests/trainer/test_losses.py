"""Losses and optimizers by name."""

from __future__ import annotations

import itertools

import keras
import numpy as np
import pytest
from builders import random_model, small_vgg

from trainer.config import FitConfig, ModelConfig, TrainerError
from trainer.losses import LOSSES, balanced_weights, build_loss, labels_for
from trainer.models import build_model
from trainer.optimizers import OPTIMIZERS, build_optimizer, learning_rate

CROSS_ENTROPIES = ("categorical_crossentropy", "sparse_categorical_crossentropy")


def guesses(classes: int) -> tuple[np.ndarray, np.ndarray]:
    """Probabilities (64, classes) and the truth."""
    rng = np.random.default_rng(0)
    p = rng.dirichlet(np.ones(classes), 64).astype(np.float32)
    return p, rng.integers(0, classes, 64)


def value_of(name: str, p: np.ndarray, labels: np.ndarray, **options: float) -> float:
    model = ModelConfig(classes=p.shape[1])
    config = FitConfig(model=model, loss=name, **options)  # type: ignore[arg-type]
    return float(build_loss(config)(labels_for(config, labels), p))


def test_both_cross_entropies_are_one_function() -> None:
    p, labels = guesses(4)
    values = [value_of(name, p, labels) for name in CROSS_ENTROPIES]
    assert values[0] == pytest.approx(values[1], rel=1e-6)
    assert values[0] == pytest.approx(-np.log(p[np.arange(64), labels]).mean(), rel=1e-5)


def test_binary_cross_entropy_of_two_classes_is_the_same_number() -> None:
    p, labels = guesses(2)
    expected = -np.log(p[np.arange(64), labels]).mean()
    for name in (*CROSS_ENTROPIES, "binary_crossentropy"):
        assert value_of(name, p, labels) == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("gamma", [0.0, 2.0, 3.5])
def test_focal_losses_follow_lin_s_equation_4(gamma: float) -> None:
    p, labels = guesses(2)
    right = p[np.arange(64), labels].astype(np.float64)
    expected = (-((1 - right) ** gamma) * np.log(right)).mean()
    for name in ("focal", "binary_focal"):
        assert value_of(name, p, labels, focal_gamma=gamma) == pytest.approx(expected, rel=1e-4)
    p, labels = guesses(5)
    right = p[np.arange(64), labels].astype(np.float64)
    expected = (-((1 - right) ** gamma) * np.log(right)).mean()
    assert value_of("focal", p, labels, focal_gamma=gamma) == pytest.approx(expected, rel=1e-4)


def test_smoothed_labels_are_spread_over_all_classes() -> None:
    p, labels = guesses(4)
    soft = np.full((64, 4), 0.2 / 4)
    soft[np.arange(64), labels] += 0.8
    expected = -(soft * np.log(p.astype(np.float64))).sum(axis=1).mean()
    for name in CROSS_ENTROPIES:
        assert value_of(name, p, labels, label_smoothing=0.2) == pytest.approx(expected, rel=1e-4)
    assert expected > value_of("categorical_crossentropy", p, labels) * 1.02


@pytest.mark.parametrize("name", ["binary_crossentropy", "binary_focal"])
def test_losses_of_two_classes_refuse_three(name: str) -> None:
    with pytest.raises(TrainerError, match="is for two classes, there are 3"):
        build_loss(FitConfig(model=ModelConfig(classes=3), loss=name))


def test_losses_and_smoothing_that_are_none_are_refused() -> None:
    with pytest.raises(TrainerError, match="--label-smoothing is 1"):
        FitConfig(label_smoothing=1.0)
    with pytest.raises(TrainerError, match="--focal-gamma"):
        FitConfig(focal_gamma=-1.0)


@pytest.mark.parametrize("name", LOSSES)
def test_every_loss_teaches(name: str) -> None:
    config = FitConfig(model=ModelConfig(name="kevgg", size_px=32), loss=name, label_smoothing=0.05)
    keras.utils.set_random_seed(3)
    model = build_model(config.model)
    model.compile("adam", build_loss(config), metrics=["accuracy"])
    labels = np.arange(16) % 2
    pictures = np.full((16, 32, 32, 3), 90.0, np.float32) + 80 * labels[:, None, None, None]
    for _ in range(50):
        model.train_on_batch(pictures, labels_for(config, labels))
    p = keras.ops.convert_to_numpy(model(pictures, training=False))
    assert (p.argmax(axis=1) == labels).all()


def test_balanced_weights_give_every_class_the_same_say() -> None:
    labels = np.repeat([0, 1, 2], [70, 20, 10])
    weights = balanced_weights(labels, 3)
    assert weights * [70, 20, 10] == pytest.approx([100 / 3] * 3)
    assert weights[labels].mean() == pytest.approx(1.0)


def test_unknown_names_are_refused_with_the_known_ones() -> None:
    with pytest.raises(TrainerError, match="choose one of categorical_crossentropy, sparse"):
        build_loss(FitConfig(loss="hinge"))
    with pytest.raises(TrainerError, match="choose one of sgd, momentum, nag"):
        build_optimizer(FitConfig(optimizer="lion"))


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_every_optimizer_goes_downhill(name: str) -> None:
    rates = {"sgd": 0.01, "momentum": 0.01, "nag": 0.01, "adagrad": 0.5, "adadelta": 30.0}
    rate = rates.get(name, 0.05)
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


def test_no_weight_decay_is_none_for_adamw_too() -> None:
    assert build_optimizer(FitConfig(optimizer="adamw", weight_decay=0.0)).weight_decay == 0.0
    assert build_optimizer(FitConfig(optimizer="adamw", weight_decay=0.02)).weight_decay == 0.02


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
