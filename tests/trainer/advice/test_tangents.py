"""Gradients by a network's weights, held against what they are by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from builders import noise_pictures

from trainer.advice.tangents import SKETCH, tangent_grams


def _linear(size_px: int, units: int) -> Any:
    """A network whose gradient by its weights is the picture itself, for each output."""
    import keras

    image = keras.Input((size_px, size_px, 3))
    x = keras.layers.Dense(units, name="block1_dense")(keras.layers.Flatten()(image))
    return keras.Model(image, x)


def _of_one(gram: Any) -> Any:
    return gram / np.trace(gram)


def _by_hand(images: Any) -> Any:
    """The bias has the same gradient for every picture, and centring takes it out."""
    flat = images.reshape(len(images), -1).astype(np.float64)
    flat -= flat.mean(axis=0)
    return _of_one(flat @ flat.T)


def test_of_a_linear_network_they_are_the_products_of_its_inputs() -> None:
    network, images = _linear(8, 4), noise_pictures(12, 8)
    chosen = np.array([0, 3, 4, 7, 11])
    (gram,) = tangent_grams(network, [network.layers], images, chosen)
    assert _of_one(gram) == pytest.approx(_by_hand(images[chosen]), abs=1e-6)


def test_a_sketch_of_many_weights_keeps_the_products() -> None:
    network, images = _linear(64, 4), noise_pictures(12)
    assert network.count_params() > 5 * SKETCH
    (gram,) = tangent_grams(network, [network.layers], images, np.arange(12))
    exact = _by_hand(images)
    assert _of_one(gram) == pytest.approx(exact, abs=0.05 * exact.diagonal().max())
    assert np.linalg.eigvalsh(gram)[0] > -1e-6 * np.trace(gram)


def test_frozen_weights_count_as_others_do_and_a_seed_gives_the_same_again() -> None:
    network, images = _linear(8, 4), noise_pictures(6, 8)
    before = tangent_grams(network, [network.layers], images, np.arange(6), seed=3)[0]
    network.layers[-1].trainable = False
    after = tangent_grams(network, [network.layers], images, np.arange(6), seed=3)[0]
    assert after == pytest.approx(before, rel=1e-6)
    assert not np.allclose(
        before, tangent_grams(network, [network.layers], images, np.arange(6))[0]
    )
