"""The seeds' small networks as graphs: average pools, tanh, dense layers on maps, no padding."""

from __future__ import annotations

from pathlib import Path

import keras
import numpy as np
import onnx
import onnxruntime
import pytest
from builders import noise_pictures, random_model, small_fit

from engines.backend import OUTPUTS
from engines.bundle import ClassInfo
from engines.prediction import ImageArray
from trainer.config import ModelConfig, TrainerError
from trainer.explain.layers import layer_name
from trainer.export import export_run
from trainer.fit import fit
from trainer.graph.half import choose_scaling, half_tensors, write_half
from trainer.graph.layers import read_network
from trainer.graph.quantize import quantised_tensors, write_int8
from trainer.graph.ranges import measure_ranges
from trainer.graph.rules import check_graph
from trainer.graph.writer import write_graph
from trainer.models import MODELS
from trainer.parity import compare, run_graph

CLASSES = (ClassInfo("crack", True), ClassInfo("normal", False), ClassInfo("void", True))
DEFECTS = tuple(c.defect for c in CLASSES)
VARIANTS = {
    "lenet5": {},
    "lenet5-relu": {"activation": "relu"},
    "lenet5-max": {"pooling": "max"},
    "lenet5-gray": {"input": "cxr"},
    "kecnn": {},
    "kevgg": {},
    "sequential": {},
    "sequential-gray": {"input": "cxr"},
}


def small(variant: str) -> ModelConfig:
    """36x48 px, so that a pool leaves a row over."""
    name, options = variant.split("-")[0], VARIANTS[variant]
    return ModelConfig(name=name, size_px=36, width_px=48, classes=3, **options)  # type: ignore[arg-type]


def pictures(config: ModelConfig, count: int = 6) -> ImageArray:
    return noise_pictures(count, config.width_px, config.channels)[:, : config.size_px]


def test_every_model_is_tried() -> None:
    assert {name.split("-")[0] for name in VARIANTS} | {"vgg16"} == set(MODELS)


@pytest.mark.parametrize("variant", VARIANTS)
def test_graph_and_maps_equal_keras_and_gradient_tape(tmp_path: Path, variant: str) -> None:
    config = small(variant)
    model, images = random_model(config), pictures(config)
    path = tmp_path / "model.onnx"
    write_graph(model, path, temperature=1.7, defects=DEFECTS)
    check_graph(path)
    parity = compare(model, layer_name(model, None), path, images, 1.7, CLASSES)
    # `compare` itself raises beyond 1e-4 for probabilities and 1e-3 for maps.
    assert parity.heatmaps_compared > len(images)
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    for found, expected in zip(
        session.run(list(OUTPUTS), {"image": images}), run_graph(path, images), strict=True
    ):
        np.testing.assert_allclose(found, expected, atol=1e-3)
    assert max(run_graph(path, images)[i].max() for i in (1, 3)) == pytest.approx(1.0)


@pytest.mark.parametrize("variant", ["lenet5", "sequential", "kecnn"])
@pytest.mark.parametrize("precision", ["int8", "fp16"])
def test_rounded_graphs_stay_near(tmp_path: Path, variant: str, precision: str) -> None:
    config = small(variant)
    model, images = random_model(config), pictures(config)
    path, target = tmp_path / "model.onnx", tmp_path / "rounded.onnx"
    write_graph(model, path, defects=DEFECTS)
    tensors = quantised_tensors(path) if precision == "int8" else half_tensors(path)
    ranges = measure_ranges(path, tensors, images)
    if precision == "int8":
        write_int8(path, target, ranges)
    else:
        write_half(path, target, choose_scaling(ranges))
    check_graph(target)
    exact, found = run_graph(path, images), run_graph(target, images)
    allowed = 0.03 if precision == "int8" else 0.003
    assert np.abs(exact[0] - found[0]).max() < allowed
    assert np.abs(exact[1] - found[1]).mean() < 3 * allowed
    kinds = {node.op_type for node in onnx.load(str(target)).graph.node}
    assert ("Tanh" in kinds) == (variant == "lenet5")


@pytest.mark.parametrize("name", ["lenet5", "sequential"])
def test_a_fit_becomes_a_bundle_that_says_what_keras_says(
    tmp_path: Path, disc_data: Path, name: str
) -> None:
    model = ModelConfig(name=name, size_px=32, width_px=44)
    run = fit(disc_data, tmp_path / "run", small_fit(model=model, epochs=1))
    bundle = export_run(run, tmp_path / "bundle")
    assert (bundle.input.height, bundle.input.width) == (32, 44)
    assert (
        bundle.provenance["graph"]["heatmap_layer"]
        == {
            "lenet5": "block3_conv1",
            "sequential": "block3_dense1",
        }[name]
    )
    assert bundle.provenance["parity"]["probabilities"] < 1e-4
    assert bundle.provenance["parity"]["heatmaps_compared"] > 0
    assert "fp32" in {row["precision"] for row in bundle.metrics["precisions"] if row["in_bundle"]}


@pytest.mark.parametrize(
    ("between", "words"),
    [
        (keras.layers.Activation("tanh", name="odd"), "'odd'.*does not follow a convolution"),
        (keras.layers.AveragePooling2D(2, padding="same", name="odd"), "'odd'.*pads 'same'"),
        (keras.layers.Activation("sigmoid", name="odd"), "'odd'.*where the maps become a vector"),
    ],
)
def test_where_the_closed_form_ends_is_said(between: keras.layers.Layer, words: str) -> None:
    image = keras.Input((32, 32, 3))
    x = keras.layers.Conv2D(4, 3)(image)
    x = between(keras.layers.AveragePooling2D(2)(x))
    x = keras.layers.GlobalAveragePooling2D()(x)
    model = keras.Model(image, keras.layers.Dense(2, activation="softmax")(x))
    with pytest.raises(TrainerError, match=words):
        read_network(model)
