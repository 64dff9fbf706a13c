"""The seeds' networks: their shapes and parameters, layer by layer; what they refuse."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import keras
import numpy as np
import pytest
from builders import noise_pictures, random_model

from engines.bundle import InputKind
from trainer.config import ModelConfig, Network, TrainerError
from trainer.explain.layers import layer_name
from trainer.models import MODELS, build_model
from trainer.models.freezing import block_count, freeze_blocks

numbers = keras.ops.convert_to_numpy

TABLE_4 = (
    ("block1_conv1", (220, 399, 6), 456),
    ("block1_pool", (219, 398, 6), 0),
    ("block2_conv1", (215, 394, 16), 2_416),
    ("block2_pool", (107, 197, 16), 0),
    ("block3_conv1", (103, 193, 120), 48_120),
    ("flatten", (2_385_480,), 0),
    ("f6", (84,), 200_380_404),
    ("predictions", (11,), 935),
)
"""Seed 003's LeNet-5: layer, output, parameters."""


def without_numbers(config: ModelConfig) -> keras.Model:
    """The network with zeros for initial weights: nothing is drawn, so large ones are quick."""
    initial = keras.initializers.GlorotUniform
    drawn = initial.__call__
    initial.__call__ = lambda _self, shape, dtype=None: keras.ops.zeros(shape, dtype)
    try:
        return build_model(config)
    finally:
        initial.__call__ = drawn


def test_lenet5_is_the_one_of_table_4() -> None:
    model = without_numbers(ModelConfig(name="lenet5", size_px=224, width_px=403, classes=11))
    assert model.input_shape == (None, 224, 403, 3)
    found = [(e.name, e.output.shape[1:], e.count_params()) for e in model.layers[2:]]
    assert tuple(found) == TABLE_4
    assert model.count_params() == 200_432_331
    assert sum(int(np.prod(w.shape)) for w in model.trainable_weights) == 200_432_331


def test_both_variants_of_lenet5() -> None:
    first = build_model(ModelConfig(name="lenet5", size_px=32))
    second = build_model(
        ModelConfig(name="lenet5", size_px=32, activation="relu", pooling="max", input="cxr")
    )
    for model, activation, pool in (
        (first, keras.activations.tanh, keras.layers.AveragePooling2D),
        (second, keras.activations.relu, keras.layers.MaxPooling2D),
    ):
        for name in ("block1_conv1", "block2_conv1", "block3_conv1", "f6"):
            assert model.get_layer(name).activation is activation
        assert all(type(model.get_layer(f"block{b}_pool")) is pool for b in (1, 2))
    assert second.count_params() == first.count_params() - 5 * 5 * 2 * 6


@pytest.mark.parametrize(
    ("name", "classes", "parameters"),
    [("kecnn", 10, 1_250_858), ("kevgg", 4, 476_452), ("sequential", 4, 559_652)],
)
def test_parameters_of_the_small_networks(name: str, classes: int, parameters: int) -> None:
    model = build_model(ModelConfig(name=name, size_px=32, classes=classes))
    assert model.count_params() == parameters


def test_sequential_has_the_seed_s_order_of_layers() -> None:
    model = build_model(ModelConfig(name="sequential", size_px=32, classes=4))
    kinds = [type(layer).__name__ for layer in model.layers[2:]]
    assert kinds == [
        "Conv2D", "Conv2D", "MaxPooling2D", "Dropout", "Conv2D", "MaxPooling2D", "Dense",
        "MaxPooling2D", "Dropout", "Flatten", "Dense", "Dense",
    ]  # fmt: skip
    linear, relu = keras.activations.linear, keras.activations.relu
    found = [e.activation for e in model.layers if hasattr(e, "activation")]
    assert found == [linear, relu, relu, relu, relu, keras.activations.softmax]
    assert layer_name(model, None) == "block3_dense1"


@pytest.mark.parametrize(("kind", "channels"), [("cxr", 1), ("rgb", 3)])
@pytest.mark.parametrize("name", [n for n in MODELS if n != "vgg16"])
def test_any_input_gives_probabilities(name: str, kind: InputKind, channels: int) -> None:
    model = build_model(ModelConfig(name=name, size_px=32, width_px=44, input=kind, classes=3))
    pictures = noise_pictures(2, 44, channels)[:, :32].astype("float32")
    p = numbers(model(pictures, training=False))
    assert p.shape == (2, 3)
    np.testing.assert_allclose(p.sum(axis=1), 1, atol=1e-6)
    scaled = keras.Model(model.inputs[0], model.get_layer("share_scaling").output)(pictures)
    np.testing.assert_allclose(numbers(scaled), pictures / 255, atol=1e-6)


def test_the_names_known_to_the_command_line_are_the_models() -> None:
    assert get_args(Network) == tuple(MODELS)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"name": "kecnn", "head": "fc"}, "kecnn has no use for --head fc"),
        ({"name": "lenet5", "width": 1.0, "batch_norm": False}, "--width 1.0, --batch-norm False"),
        ({"name": "vgg16", "activation": "tanh"}, "--activation tanh"),
        ({"name": "kevgg", "pooling": "max"}, "--pooling max"),
        ({"name": "lenet5", "freeze": 4}, "lenet5 has blocks 1 to 3"),
        ({"name": "kecnn", "weights": "imagenet"}, "VGG16's, --model is kecnn"),
        ({"name": "lenet5", "size_px": 800}, "f6 would have .* smaller --size"),
    ],
)
def test_what_a_network_cannot_be_is_said(changes: dict[str, object], words: str) -> None:
    with pytest.raises(TrainerError, match=words):
        build_model(ModelConfig(**{"size_px": 32, **changes}))  # type: ignore[arg-type]


@pytest.mark.parametrize(("name", "blocks"), [("lenet5", 3), ("kecnn", 2), ("sequential", 3)])
def test_blocks_are_frozen_and_thawed_by_number(name: str, blocks: int) -> None:
    model = build_model(ModelConfig(name=name, size_px=32, freeze=1))
    assert block_count(model) == blocks
    assert not model.get_layer("block1_conv1").trainable
    assert model.get_layer("block2_conv1").trainable
    freeze_blocks(model, blocks)
    assert {w.path.split("/")[0] for w in model.trainable_weights} & {
        layer.name for layer in model.layers if layer.name.startswith("block")
    } == set()
    freeze_blocks(model, 0)
    assert len(model.trainable_weights) == len(model.weights)


@pytest.mark.parametrize("name", ["lenet5", "sequential"])
def test_weights_of_a_run_folder_come_back(tmp_path: Path, name: str) -> None:
    config = ModelConfig(name=name, size_px=32, classes=3)
    model = random_model(config)
    model.save(tmp_path / "model.keras")
    again = build_model(
        ModelConfig(name=name, size_px=32, classes=3, weights=str(tmp_path), freeze=1)
    )
    pictures = noise_pictures(2, 32).astype("float32")
    np.testing.assert_allclose(numbers(again(pictures)), numbers(model(pictures)), atol=1e-6)


def test_weights_of_another_network_are_refused_by_what_they_hold(tmp_path: Path) -> None:
    random_model(ModelConfig(name="lenet5", size_px=32)).save(tmp_path / "lenet.keras")
    with pytest.raises(TrainerError, match=r"block1_conv1 has the shapes .*5, 5, 3, 6"):
        build_model(ModelConfig(name="kecnn", size_px=32, weights=str(tmp_path / "lenet.keras")))
    random_model(ModelConfig(name="kevgg", size_px=32)).save(tmp_path / "kevgg.keras")
    with pytest.raises(TrainerError, match=r"block3_dense1 of sequential; it holds block1_conv1"):
        build_model(
            ModelConfig(name="sequential", size_px=32, weights=str(tmp_path / "kevgg.keras"))
        )
    with pytest.raises(TrainerError, match=r"folder without model\.keras"):
        build_model(ModelConfig(name="kecnn", size_px=32, weights=str(tmp_path)))
