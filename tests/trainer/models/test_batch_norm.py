"""The fused batch norm is Keras's batch norm: same outputs, same statistics, same gradients."""

from __future__ import annotations

from pathlib import Path

import keras
import numpy as np

from trainer.models.batch_norm import FusedBatchNormalization

numbers = keras.ops.convert_to_numpy


def pair() -> tuple[keras.layers.Layer, keras.layers.Layer]:
    rng = np.random.default_rng(3)
    layers = [
        keras.layers.BatchNormalization(momentum=0.9),
        FusedBatchNormalization(momentum=0.9),
    ]
    weights = [rng.uniform(0.5, 2.0, 6).astype("float32") for _ in range(4)]
    for layer in layers:
        layer.build((None, 5, 7, 6))
        layer.set_weights(weights)
    return layers[0], layers[1]


def batch(dtype: str = "float32") -> keras.KerasTensor:
    rng = np.random.default_rng(4)
    return keras.ops.cast(rng.normal(2.0, 3.0, (8, 5, 7, 6)), dtype)


def test_training_output_equals_keras() -> None:
    plain, fused = pair()
    x = batch()
    difference = np.abs(numbers(plain(x, training=True)) - numbers(fused(x, training=True)))
    assert difference.max() < 1e-5


def test_moving_statistics_equal_keras_up_to_bessels_correction() -> None:
    plain, fused = pair()
    x = batch()
    plain(x, training=True)
    fused(x, training=True)
    np.testing.assert_allclose(numbers(plain.moving_mean), numbers(fused.moving_mean), rtol=1e-5)
    np.testing.assert_allclose(
        numbers(plain.moving_variance), numbers(fused.moving_variance), rtol=1.1 / 279
    )


def test_inference_uses_the_moving_statistics() -> None:
    plain, fused = pair()
    x = batch()
    np.testing.assert_allclose(
        numbers(plain(x, training=False)), numbers(fused(x, training=False)), atol=1e-5
    )


def test_a_frozen_layer_keeps_its_statistics() -> None:
    _, fused = pair()
    fused.trainable = False
    before = numbers(fused.moving_mean)
    fused(batch(), training=True)
    np.testing.assert_array_equal(before, numbers(fused.moving_mean))


def test_bfloat16_activations_keep_float32_statistics() -> None:
    fused = FusedBatchNormalization(dtype="mixed_bfloat16")
    y = fused(batch("bfloat16"), training=True)
    assert keras.backend.standardize_dtype(y.dtype) == "bfloat16"
    assert keras.backend.standardize_dtype(fused.moving_mean.dtype) == "float32"


def test_it_saves_and_loads(tmp_path: Path) -> None:
    inputs = keras.Input((5, 7, 6))
    model = keras.Model(inputs, FusedBatchNormalization()(inputs))
    model(batch(), training=True)
    model.save(tmp_path / "m.keras")
    again = keras.saving.load_model(tmp_path / "m.keras")
    np.testing.assert_array_equal(numbers(model(batch())), numbers(again(batch())))
