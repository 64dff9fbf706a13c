"""Training begins with a bundle's weights, and does not lose at its first step what they know."""

from __future__ import annotations

from pathlib import Path

import keras
import numpy as np
import pytest
from builders import red_mark_bundle

from engines.bundle import load_bundle
from engines.engine import open_engine
from trainer.cli import main
from trainer.config import ModelConfig, TrainerError
from trainer.models import build_model
from trainer.models.settling import settle_batch_norm
from trainer.models.weight_source import UNIT_SCALING
from trainer.models.weights import read_weights
from trainer.synthetic.scene import render

DEMO = Path(__file__).parents[3] / "engines" / "demo.bundle"
numbers = keras.ops.convert_to_numpy


def demo_model(batch_norm: bool = True) -> keras.Model:
    return build_model(
        ModelConfig(size_px=448, head="max", dropout=0.1, weights=str(DEMO), batch_norm=batch_norm)
    )


@pytest.fixture(scope="module")
def crops() -> np.ndarray:
    """Four good and four broken scaffolds, (8, 448, 448, 3) uint8."""
    drawn = [render(700 + seed, seed % 2 == 1).image_rgb[32:480, 32:480] for seed in range(8)]
    return np.stack(drawn)


@pytest.fixture(scope="module")
def by_engine(crops: np.ndarray) -> np.ndarray:
    with open_engine(load_bundle(DEMO), "CPU") as engine:
        return np.stack([answer.probabilities for answer in engine.predict(list(crops))])


@pytest.mark.parametrize("batch_norm", [False, True], ids=["plain", "bn"])
def test_the_network_answers_as_its_bundle_does(
    batch_norm: bool, crops: np.ndarray, by_engine: np.ndarray
) -> None:
    """The temperature is in the graph's last layer, and so in the weights."""
    answers = numbers(demo_model(batch_norm)(crops, training=False))
    np.testing.assert_allclose(answers, by_engine, atol=2e-4)
    assert np.ptp(answers[:, 0]) > 0.3  # and not one answer for all


def test_what_the_weights_know_outlives_the_first_step(crops: np.ndarray) -> None:
    """By statistics of the batch, as in training: near the answer where settled, else far."""
    model = demo_model()
    before = numbers(model(crops, training=False))
    lost = np.abs(numbers(model(crops, training=True)) - before).mean()
    model = demo_model()
    names = settle_batch_norm(model, crops, np.arange(len(crops)))
    assert len(names) == 13
    np.testing.assert_allclose(numbers(model(crops, training=False)), before, atol=1e-4)
    kept = np.abs(numbers(model(crops, training=True)) - before).mean()
    assert kept < 0.2 * lost, f"{kept:.3f} of {lost:.3f}"


def test_norms_that_were_trained_are_left_alone(crops: np.ndarray) -> None:
    model = demo_model()
    settle_batch_norm(model, crops, np.arange(8))
    weights = [w.copy() for w in model.get_weights()]
    assert settle_batch_norm(model, crops, np.arange(4)) == []
    for one, other in zip(weights, model.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_new_network_is_not_settled(crops: np.ndarray) -> None:
    """gamma 1, mean 0, variance 1 are where batch norm begins to learn, not a bias."""
    model = build_model(ModelConfig(size_px=448, head="max"))
    assert settle_batch_norm(model, crops, np.arange(8)) == []


def test_the_scaling_of_the_pixels_comes_out_of_the_first_kernel() -> None:
    source = read_weights(str(DEMO), with_top=False)
    assert source.scaling == UNIT_SCALING
    assert source.arrays["block1_conv1"][0].shape == (3, 3, 3, 16)
    # As He's initialisation draws it, 0.27, not 127 times smaller.
    assert 0.05 < source.arrays["block1_conv1"][0].std() < 2.0


def test_another_width_is_refused() -> None:
    with pytest.raises(TrainerError, match=r"layer block1_conv1 .*--width"):
        build_model(ModelConfig(size_px=64, width=0.5, weights=str(DEMO)))


def test_a_graph_of_another_make_is_refused(tmp_path: Path) -> None:
    made = red_mark_bundle(tmp_path / "red.bundle", locate="frame", size_px=64).path
    with pytest.raises(TrainerError, match="trainer export"):
        read_weights(str(made), with_top=False)


def test_a_fit_begins_where_the_bundle_stands(disc_data: Path, tmp_path: Path) -> None:
    words = ["--size", "64", "--epochs", "1", "--batch", "8", "--weights", str(DEMO), "--augment"]
    out = tmp_path / "run"
    assert main(["fit", str(disc_data), "--out", str(out), *words, "none", "--lr", "1e-9"]) == 0
    model = keras.models.load_model(out / "model.keras", compile=False)
    kernel = model.get_layer("block5_conv3").get_weights()[0]
    stated = read_weights(str(DEMO), with_top=False).arrays["block5_conv3"][0]
    np.testing.assert_allclose(kernel, stated, atol=1e-4)
    assert model.get_layer("block1_conv1_bn").moving_variance.numpy().max() != 1.0
