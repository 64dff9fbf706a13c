"""Grad-CAM by tape: its definition, its classes, its layers."""

from __future__ import annotations

import keras
import numpy as np
import pytest
from builders import noise_pictures, random_model, small_vgg

from trainer.config import TrainerError
from trainer.explain import EXPLAINERS, grad_cam

numbers = keras.ops.convert_to_numpy


def activations(model: keras.Model, layer: str, images: np.ndarray) -> np.ndarray:
    part = keras.Model(model.inputs[0], model.get_layer(layer).output)
    return np.asarray(numbers(part(images.astype("float32"), training=False)))


def test_gap_head_has_the_weights_of_the_dense_layer() -> None:
    # With mean pooling behind it the gradient is the class's own column: CAM (Zhou et al., 2016).
    model = random_model(small_vgg(head="gap", size_px=96, batch_norm=False))
    images = noise_pictures(3, 96)
    maps = activations(model, "block5_pool", images)
    assert maps.shape[1:3] == (3, 3)
    kernel = numbers(model.get_layer("predictions").kernel)
    full = activations(model, "block5_conv3", images)
    for wanted in range(3):
        raw = np.maximum(full @ kernel[:, wanted], 0)
        expected = raw / raw.max(axis=(1, 2), keepdims=True)
        np.testing.assert_allclose(grad_cam(model, images, class_index=wanted), expected, atol=1e-4)


def test_any_layer_agrees_with_a_numerical_derivative() -> None:
    model = random_model(small_vgg(head="fc", batch_norm=True))
    images = noise_pictures(1)
    maps = activations(model, "block4_conv3_relu", images).astype("float32")
    rest = keras.Model(model.get_layer("block4_conv3_relu").output, model.layers[-1].input)
    kernel, bias = model.layers[-1].get_weights()

    def score(x: np.ndarray) -> float:
        return float((numbers(rest(x, training=False)) @ kernel + bias)[0, 1])

    # The mean gradient of a channel is the slope when its whole map is raised, per position.
    step, places = 1e-3, maps.shape[1] * maps.shape[2]
    eye = np.eye(maps.shape[-1], dtype="float32") * step
    alpha = [(score(maps + e) - score(maps - e)) / (2 * step * places) for e in eye]
    raw = np.maximum(maps @ np.asarray(alpha, "float32"), 0)
    found = grad_cam(model, images, "block4_conv3", class_index=1)
    assert np.corrcoef(found.ravel(), raw.ravel())[0, 1] > 0.99


def test_the_default_class_is_the_predicted_one() -> None:
    model = random_model(small_vgg(head="max"))
    images = noise_pictures(5)
    top = numbers(model(images.astype("float32"), training=False)).argmax(axis=1)
    by_default = grad_cam(model, images)
    np.testing.assert_array_equal(by_default, grad_cam(model, images, class_index=top))
    other = grad_cam(model, images, class_index=(top + 1) % 3)
    assert np.abs(by_default - other).max() > 0.1


def test_maps_do_not_depend_on_the_batch() -> None:
    model = random_model(small_vgg(head="gap"))
    images = noise_pictures(5)
    whole = grad_cam(model, images, "block3_conv2", batch_size=5)
    assert whole.shape == (5, 16, 16)
    assert whole.dtype == np.float32
    assert whole.min() >= 0
    assert whole.max() == 1
    np.testing.assert_allclose(
        whole, grad_cam(model, images, "block3_conv2", batch_size=2), atol=1e-4
    )


def test_no_evidence_gives_zeros_not_nan() -> None:
    model = random_model(small_vgg())
    kernel, bias = model.layers[-1].get_weights()
    model.layers[-1].set_weights([-np.abs(kernel), bias])
    assert np.array_equal(grad_cam(model, noise_pictures(2)), np.zeros((2, 4, 4), np.float32))


def test_the_explainer_is_found_by_name() -> None:
    assert EXPLAINERS["grad-cam"] is grad_cam


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"layer": "block6_conv1"}, "block6_conv1.*Choose from block1 to block5, or: block1_conv1"),
        ({"layer": "features"}, "'features' gives no maps"),
        ({"class_index": 3}, r"outside 0\.\.2"),
        ({"class_index": [0]}, r"shape \(1,\) for 2 pictures"),
    ],
)
def test_bad_questions_are_refused(options: dict[str, object], words: str) -> None:
    with pytest.raises(TrainerError, match=words):
        grad_cam(random_model(small_vgg()), noise_pictures(2), **options)


def test_no_pictures_are_refused() -> None:
    with pytest.raises(TrainerError, match="no pictures"):
        grad_cam(random_model(small_vgg()), noise_pictures(0))
