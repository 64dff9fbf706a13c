"""Every explainer finds what a model looks at, where that is known."""

from __future__ import annotations

import keras
import numpy as np
import pytest
from builders import noise_pictures, random_model, small_vgg
from looking_models import energy_within, red_quarter, redness_model

from trainer.config import TrainerError
from trainer.explain import EXPLAINERS
from trainer.explain.cam import cam, cam_maps
from trainer.explain.grad_cam import grad_cam
from trainer.explain.layers import blocks, layer_name, weighted_groups

LEAST = {"grad-cam": 0.95, "cam": 0.95, "lime": 0.85}
"""Energy in the right quarter; LIME's fit spreads some noise over all superpixels."""


@pytest.mark.parametrize("name", sorted(EXPLAINERS))
@pytest.mark.parametrize("place", [(0, 0), (0, 1), (1, 0), (1, 1)])
def test_every_explainer_finds_the_red_quarter(name: str, place: tuple[int, int]) -> None:
    images = red_quarter(*place)[None]
    heat = EXPLAINERS[name](redness_model(), images)
    assert heat.dtype == np.float32
    assert (heat.min(), heat.max()) == (0, 1)
    assert energy_within(heat[0], *place) > LEAST[name]


@pytest.mark.parametrize(("name", "layer"), [("grad-cam", "looked"), ("cam", None), ("lime", None)])
def test_a_model_that_looks_at_one_quarter_is_caught_at_it(name: str, layer: str | None) -> None:
    # Red lies in two quarters; the model sees one of them.
    picture = np.maximum(red_quarter(0, 0), red_quarter(1, 1))
    picture[..., 1:] = np.minimum(red_quarter(0, 0), red_quarter(1, 1))[..., 1:]
    heat = EXPLAINERS[name](redness_model(quadrant=(1, 1)), picture[None], layer, 1)
    assert energy_within(heat[0], 1, 1) > LEAST[name]


@pytest.mark.parametrize("name", sorted(EXPLAINERS))
def test_each_class_has_its_own_place(name: str) -> None:
    images = np.stack([red_quarter(0, 0, blue=(1, 1))] * 2)
    blue, red = EXPLAINERS[name](redness_model(), images, class_index=[0, 1])
    assert energy_within(red, 0, 0) > LEAST[name]
    assert energy_within(blue, 1, 1) > LEAST[name]


def test_cam_is_grad_cam_at_the_pooled_map_but_for_a_factor() -> None:
    model = random_model(small_vgg(head="gap"))
    images = noise_pictures(3)
    for wanted in range(3):
        by_gradient = grad_cam(model, images, "block5_pool", wanted)
        np.testing.assert_allclose(cam(model, images, None, wanted), by_gradient, atol=2e-5)


def test_the_mean_of_a_cam_is_the_logit_without_its_bias() -> None:
    model = random_model(small_vgg(head="gap"))
    images = noise_pictures(4)
    probabilities = keras.ops.convert_to_numpy(model(images.astype("float32"), training=False))
    bias = keras.ops.convert_to_numpy(model.layers[-1].bias)
    logits = np.stack(
        [cam_maps(model, images, None, k).mean(axis=(1, 2)) + bias[k] for k in range(3)], axis=1
    )
    np.testing.assert_allclose(
        logits - logits[:, :1], np.log(probabilities / probabilities[:, :1]), atol=1e-4
    )


@pytest.mark.parametrize("head", ["max", "fc"])
def test_cam_says_what_it_needs(head: str) -> None:
    with pytest.raises(TrainerError, match=r"no global mean pooling.*--head gap"):
        cam(random_model(small_vgg(head=head)), noise_pictures(1))


def test_cam_has_one_layer_and_lime_none() -> None:
    model = random_model(small_vgg(head="gap"))
    with pytest.raises(TrainerError, match="exists for 'block5_pool' alone"):
        cam(model, noise_pictures(1), "block3_conv3")
    with pytest.raises(TrainerError, match="looks at no layer"):
        EXPLAINERS["lime"](model, noise_pictures(1), "block3_conv3")


def test_blocks_are_counted_between_poolings_whatever_the_names() -> None:
    model = keras.Sequential(
        [
            keras.Input((32, 32, 1)),
            keras.layers.Conv2D(4, 5, name="C1"),
            keras.layers.Activation("tanh", name="squash"),
            keras.layers.AveragePooling2D(2, name="S2"),
            keras.layers.Conv2D(6, 3, activation="tanh", name="C3"),
            keras.layers.Conv2D(6, 3, activation="tanh", name="C4"),
            keras.layers.AveragePooling2D(2, name="S4"),
            keras.layers.Flatten(),
            keras.layers.Dense(8, activation="tanh", name="F5"),
            keras.layers.Dense(3, activation="softmax", name="predictions"),
        ]
    )
    assert blocks(model) == (("C1",), ("C3", "C4"))
    assert [layer_name(model, asked) for asked in (None, "block1", "C3", "S4")] == [
        "C4", "C1", "C3", "S4",
    ]  # fmt: skip
    assert weighted_groups(model) == (
        ("predictions", ("predictions",)), ("F5", ("F5",)),
        ("block2", ("C3", "C4")), ("block1", ("C1",)),
    )  # fmt: skip
    images = noise_pictures(2, 32, channels=1)
    # After the tanh: a map before it would not be what the next layer sees.
    np.testing.assert_array_equal(grad_cam(model, images, "C1"), grad_cam(model, images, "squash"))
    assert grad_cam(model, images, "block2").shape == (2, 10, 10)
    with pytest.raises(TrainerError, match="from block1 to block2, or: C1, C3, C4"):
        grad_cam(model, images, "block3")


def test_a_vgg_has_its_five_blocks() -> None:
    model = random_model(small_vgg(batch_norm=True, head="fc"))
    assert [layer_name(model, f"block{n}") for n in range(1, 6)] == [
        "block1_conv2", "block2_conv2", "block3_conv3", "block4_conv3", "block5_conv3",
    ]  # fmt: skip
    groups = dict(weighted_groups(model))
    assert list(groups) == [
        "predictions", "fc2", "fc1", "block5", "block4", "block3", "block2", "block1",
    ]  # fmt: skip
    assert groups["block1"] == (
        "block1_conv1", "block1_conv1_bn", "block1_conv2", "block1_conv2_bn",
    )  # fmt: skip
