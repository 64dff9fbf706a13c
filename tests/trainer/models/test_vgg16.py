"""VGG16: Keras's own network when asked for, any head and size, weights by name, frozen blocks."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import h5py
import keras
import numpy as np
import pytest
from builders import noise_pictures, random_model, small_vgg

from trainer.config import ModelConfig, TrainerError
from trainer.models import build_model
from trainer.models.vgg16 import build_vgg16

numbers = keras.ops.convert_to_numpy


@pytest.fixture(scope="module")
def keras_vgg() -> keras.Model:
    """Keras's VGG16 without its head, its biases away from zero."""
    keras.utils.set_random_seed(5)
    model = keras.applications.VGG16(weights=None, include_top=False, input_shape=(64, 64, 3))
    rng = np.random.default_rng(5)
    for layer in model.layers:
        if layer.weights:
            layer.bias.assign(rng.uniform(-0.1, 0.1, layer.bias.shape))
    return model


@pytest.fixture(scope="module")
def files(keras_vgg: keras.Model, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("weights")
    keras_vgg.save_weights(folder / "new.weights.h5")
    keras_vgg.save(folder / "whole.keras")
    keras_vgg.save(folder / "old.h5")
    return folder


def features(model: keras.Model, layer: str, images: np.ndarray) -> np.ndarray:
    part = keras.Model(model.inputs[0], model.get_layer(layer).output)
    return np.asarray(numbers(part(images.astype("float32"), training=False)))


@pytest.mark.parametrize("name", ["new.weights.h5", "old.h5", "whole.keras"])
@pytest.mark.parametrize("batch_norm", [False, True], ids=["plain", "bn"])
def test_keras_weights_give_keras_features_on_rgb(
    keras_vgg: keras.Model, files: Path, name: str, batch_norm: bool
) -> None:
    images = noise_pictures(2)
    caffe = keras.applications.vgg16.preprocess_input(images.astype("float32"))
    expected = numbers(keras_vgg(caffe, training=False))
    model = build_vgg16(
        ModelConfig(
            size_px=64, width=1.0, weights=str(files / name), batch_norm=batch_norm, freeze=5
        )
    )
    found = features(model, "block5_pool", images)
    assert expected.max() > 1
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-4 * expected.max())


@pytest.mark.parametrize("style", ["block1_conv1_W_1:0", "block1_conv1/kernel:0"])
def test_the_layout_of_the_published_files_is_read(
    keras_vgg: keras.Model, tmp_path: Path, style: str
) -> None:
    with h5py.File(tmp_path / "published.h5", "w") as file:
        layers = [layer for layer in keras_vgg.layers if layer.weights]
        file.attrs["layer_names"] = [layer.name.encode() for layer in layers]
        for layer in layers:
            kernel = style.replace("block1_conv1", layer.name)
            names = [kernel, kernel.replace("_W_", "_b_").replace("kernel", "bias")]
            group = file.create_group(layer.name)
            group.attrs["weight_names"] = [name.encode() for name in names]
            for name, values in zip(names, layer.get_weights(), strict=True):
                group[name] = values
    model = build_vgg16(
        ModelConfig(size_px=64, width=1.0, weights=str(tmp_path / "published.h5"), batch_norm=False)
    )
    for layer in keras_vgg.layers[2:]:
        for ours, theirs in zip(
            model.get_layer(layer.name).get_weights(), layer.get_weights(), strict=True
        ):
            np.testing.assert_array_equal(ours, theirs)


@pytest.mark.parametrize("suffix", [".weights.h5", ".h5", ".keras"])
def test_our_own_files_come_back_as_they_were(tmp_path: Path, suffix: str) -> None:
    model = random_model(small_vgg(head="fc"))
    path = tmp_path / f"own{suffix}"
    if suffix == ".weights.h5":
        model.save_weights(path)
    else:
        model.save(path)
    again = build_model(small_vgg(head="fc", weights=str(path)))
    images = noise_pictures(2).astype("float32")
    np.testing.assert_allclose(numbers(again(images)), numbers(model(images)), atol=1e-6)


def test_imagenet_scaling_survives_a_second_fine_tuning(files: Path, tmp_path: Path) -> None:
    first = build_model(ModelConfig(size_px=64, width=1.0, weights=str(files / "new.weights.h5")))
    first.save_weights(tmp_path / "tuned.weights.h5")
    again = build_model(
        ModelConfig(size_px=64, width=1.0, weights=str(tmp_path / "tuned.weights.h5"))
    )
    images = noise_pictures(1)
    np.testing.assert_allclose(
        features(again, "block5_pool", images), features(first, "block5_pool", images), rtol=1e-5
    )


def test_dense_layers_of_another_number_of_classes_start_anew(tmp_path: Path) -> None:
    random_model(small_vgg(classes=3)).save(tmp_path / "three.keras")
    model = build_model(small_vgg(classes=5, weights=str(tmp_path / "three.keras")))
    assert model.output_shape == (None, 5)


def test_weights_of_another_width_are_refused_by_layer(files: Path) -> None:
    with pytest.raises(TrainerError, match=r"block1_conv1 .*\(3, 3, 3, 64\).*width 1"):
        build_model(small_vgg(batch_norm=False, weights=str(files / "new.weights.h5")))


def test_weights_with_batch_norm_do_not_load_without(tmp_path: Path) -> None:
    random_model(small_vgg()).save(tmp_path / "bn.keras")
    with pytest.raises(TrainerError, match="--batch-norm"):
        build_model(small_vgg(batch_norm=False, weights=str(tmp_path / "bn.keras")))


def test_damaged_and_missing_files_are_refused(tmp_path: Path) -> None:
    (tmp_path / "cut.h5").write_bytes(b"\x89HDF\r\n\x1a\n cut off")
    (tmp_path / "cut.keras").write_bytes(b"PK cut off")
    for weights in ("cut.h5", "cut.keras", "none.h5"):
        with pytest.raises(TrainerError, match=weights):
            build_model(small_vgg(weights=str(tmp_path / weights)))


@pytest.mark.parametrize("batch_norm", [False, True], ids=["plain", "bn"])
def test_imagenet_weights_see_gray_as_three_equal_channels(files: Path, batch_norm: bool) -> None:
    """Equal but for the outermost pixel of the first layer, where zeros stand in for pixels."""
    same = {"size_px": 64, "width": 1.0, "batch_norm": batch_norm}
    weights = str(files / "new.weights.h5")
    gray = build_model(ModelConfig(input="cxr", weights=weights, **same))  # type: ignore[arg-type]
    rgb = build_model(ModelConfig(weights=weights, **same))  # type: ignore[arg-type]
    pictures = noise_pictures(2, channels=1)
    layer = "block1_conv1_relu" if batch_norm else "block1_conv1"
    found = features(gray, layer, pictures)
    expected = features(rgb, layer, np.repeat(pictures, 3, axis=3))
    assert expected.max() > 10
    inside = (slice(None), slice(1, -1), slice(1, -1))
    np.testing.assert_allclose(found[inside], expected[inside], atol=2e-4 * expected.max())
    assert np.abs(found - expected).max() < 0.15 * expected.max()
    last = [features(model, "block5_pool", np.repeat(pictures, c, axis=3))
            for model, c in ((gray, 1), (rgb, 3))]  # fmt: skip
    assert np.abs(last[0] - last[1]).max() < 0.1 * last[1].max()


def test_our_weights_with_batch_norm_go_from_colour_to_gray_and_back(tmp_path: Path) -> None:
    colour = random_model(small_vgg())
    colour.save(tmp_path / "model.keras")
    gray = build_model(small_vgg(channels=1, weights=str(tmp_path)))
    assert gray.get_layer("block1_conv1").kernel.shape == (3, 3, 1, 8)
    pictures = noise_pictures(2, channels=1)
    expected = numbers(colour(np.repeat(pictures, 3, axis=3).astype("float32"), training=False))
    p = numbers(gray(pictures.astype("float32"), training=False))
    np.testing.assert_allclose(p, expected, atol=1e-5)
    gray.save(tmp_path / "model.keras")
    again = build_model(small_vgg(channels=3, weights=str(tmp_path)))
    p = numbers(again(np.repeat(pictures, 3, axis=3).astype("float32"), training=False))
    np.testing.assert_allclose(p, expected, atol=1e-5)


def test_a_file_of_unknown_scaling_is_refused(tmp_path: Path) -> None:
    image = keras.Input((32, 32, 3))
    x = keras.layers.Conv2D(8, 3, name="block1_conv1")(keras.layers.Rescaling(1 / 255)(image))
    keras.Model(image, x).save_weights(tmp_path / "a.weights.h5")
    with pytest.raises(TrainerError, match=r"rescaling.*\.keras"):
        build_model(small_vgg(weights=str(tmp_path / "a.weights.h5")))


def test_imagenet_without_network_asks_for_a_file(tmp_path: Path) -> None:
    dead = "http://127.0.0.1:9"
    script = (
        "from trainer.config import ModelConfig, TrainerError\n"
        "from trainer.models import build_model\n"
        "try:\n    build_model(ModelConfig(size_px=32, weights='imagenet'))\n"
        "except TrainerError as error:\n    print(error)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        env={**os.environ, "KERAS_HOME": str(tmp_path), "https_proxy": dead, "HTTPS_PROXY": dead},
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    assert "could not be fetched" in done.stdout
    assert "--weights vgg16_weights" in done.stdout


@pytest.mark.parametrize(
    ("head", "before_last"),
    [("gap", "dropout"), ("max", "dropout"), ("dense", "fc1_dropout"), ("fc", "fc2_dropout")],
)
def test_heads_and_names(head: str, before_last: str) -> None:
    model = build_model(small_vgg(head=head, size_px=96))
    names = [layer.name for layer in model.layers]
    assert names[-2:] == [before_last, "predictions"]
    assert {f"block{b}_pool" for b in range(1, 6)} <= set(names)
    assert ("fc1" in names) == (head in ("dense", "fc"))
    assert ("fc2" in names) == (head == "fc")
    assert model.get_layer("block5_conv3").filters == 64
    assert model.get_layer("block5_conv3").output.shape == (None, 6, 6, 64)
    assert model.output_shape == (None, 3)


def test_frozen_blocks_keep_weights_and_statistics_while_the_rest_learns() -> None:
    model = random_model(small_vgg(freeze=3))
    before = {w.path: numbers(w).copy() for w in model.weights}
    model.compile(keras.optimizers.SGD(0.01), "sparse_categorical_crossentropy")
    model.fit(noise_pictures(8).astype("float32"), np.arange(8) % 3, batch_size=4, verbose=0)
    changed = {
        w.path.split("/")[0]
        for w in model.weights
        if not np.array_equal(numbers(w), before[w.path])
    }
    assert not [name for name in changed if name.startswith(("block1_", "block2_", "block3_"))]
    assert {"block4_conv1", "block4_conv1_bn", "block5_conv3", "predictions"} <= changed


def test_mixed_precision_ends_in_float32() -> None:
    policy = keras.config.dtype_policy()
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        model = build_model(small_vgg())
    finally:
        keras.config.set_dtype_policy(policy)
    assert model.get_layer("block3_conv1").compute_dtype == "bfloat16"
    probabilities = numbers(model(noise_pictures(4).astype("float32")))
    assert probabilities.dtype == np.float32
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, atol=1e-6)


def test_an_untrained_network_neither_explodes_nor_dies() -> None:
    model = build_model(small_vgg(batch_norm=False))
    spread = features(model, "block5_conv3", noise_pictures(4)).std()
    assert 0.01 < spread < 10


def test_an_unknown_model_is_refused() -> None:
    with pytest.raises(TrainerError, match=r"'resnet'.*vgg16"):
        build_model(small_vgg(name="resnet"))
