"""The written graph says what Keras and GradientTape say, on two runtimes, for every head."""

from __future__ import annotations

from pathlib import Path

import keras
import numpy as np
import onnx
import onnxruntime
import pytest
from builders import noise_pictures, random_model, small_vgg
from onnx import TensorProto, helper, numpy_helper

from engines.backend import OUTPUTS
from engines.bundle import ClassInfo
from trainer.config import TrainerError
from trainer.explain.defect_map import defect_maps
from trainer.explain.grad_cam import class_maps, normalised
from trainer.graph.layers import read_network
from trainer.graph.rules import check_graph, graph_findings
from trainer.graph.writer import write_graph
from trainer.parity import run_graph, softmax

HEADS = ("gap", "max", "dense", "fc")
DEFECTS = (True, True, False)


def by_onnxruntime(path: Path, images: np.ndarray) -> list[np.ndarray]:
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    return list(session.run(list(OUTPUTS), {"image": images}))


@pytest.mark.parametrize("batch_norm", [True, False], ids=["bn", "plain"])
@pytest.mark.parametrize("head", HEADS)
def test_graph_equals_keras_on_both_runtimes(tmp_path: Path, head: str, batch_norm: bool) -> None:
    model = random_model(small_vgg(head=head, batch_norm=batch_norm))
    path = tmp_path / "model.onnx"
    assert write_graph(model, path, defects=DEFECTS) == [path]
    check_graph(path)
    layer = read_network(model).convolutions[-1].name
    assert layer == "block5_conv3"
    for count in (1, 3):
        images = noise_pictures(count, seed=count)
        expected = keras.ops.convert_to_numpy(model(images.astype("float32"), training=False))
        maps = class_maps(model, images, layer)
        for found in (run_graph(path, images), by_onnxruntime(path, images)):
            assert found[0].shape == (count, 3)
            assert found[1].shape == (count, 4, 4)
            assert np.abs(found[0] - expected).max() < 1e-4
            assert np.abs(found[1] - normalised(maps.signed)).max() < 1e-4
        assert expected.std(axis=1).max() > 1e-3, "probabilities too even to prove anything"


CLASSES_OF = {
    "good first": (False, True, True),
    "good last": (True, True, False),
    "two good": (False, True, False),
    "none good": (True, True, True),
}


@pytest.mark.parametrize("defects", CLASSES_OF.values(), ids=CLASSES_OF)
@pytest.mark.parametrize("head", HEADS)
def test_the_defect_s_map_is_that_of_gradient_tape(
    tmp_path: Path, head: str, defects: tuple[bool, ...]
) -> None:
    model = random_model(small_vgg(head=head))
    classes = [ClassInfo(str(k), defect) for k, defect in enumerate(defects)]
    path = tmp_path / "model.onnx"
    write_graph(model, path, 1.7, defects=defects)
    check_graph(path)
    images = noise_pictures(5, seed=3)
    maps = defect_maps(model, images, classes, 1.7)
    expected = normalised(maps.signed)
    # Where what was added up nearly cancels, float32 itself knows the rest less well.
    peak = np.maximum(maps.signed.max(axis=(1, 2)), 1e-12)
    # A channel's rest above nine tenths of its peak has lost a digit.
    exact = 5e-5 if head == "max" else 1e-5
    room = exact * np.maximum(1.0, 0.1 * maps.magnitude.max(axis=(1, 2)) / peak)
    warm = defects == CLASSES_OF["good first"]
    if warm:  # of the others, all may speak against a defect
        assert expected.max() == 1.0
        assert room.min() < 1.5 * exact
    predicted = class_maps(model, images)
    for found in (run_graph(path, images), by_onnxruntime(path, images)):
        assert (np.abs(found[3] - expected).max(axis=(1, 2)) < room).all()
        assert np.abs(found[1] - normalised(predicted.signed)).max() < 1e-5
        assert np.abs(found[3] - found[1]).max() > 0.05 or not warm


@pytest.mark.parametrize("factor", [2.0, 0.0])
def test_a_map_that_speaks_against_a_defect_everywhere_stays_cold(
    tmp_path: Path, factor: float
) -> None:
    model = random_model(small_vgg(head="max", classes=2))
    kernel, bias = model.layers[-1].get_weights()
    kernel[:, 0], kernel[:, 1] = np.abs(kernel[:, 0]) * factor, -np.abs(kernel[:, 1]) * factor
    model.layers[-1].set_weights([kernel, bias])
    write_graph(model, tmp_path / "model.onnx", defects=(False, True))
    for found in (
        run_graph(tmp_path / "model.onnx", noise_pictures(2)),
        by_onnxruntime(tmp_path / "model.onnx", noise_pictures(2)),
    ):
        assert not found[3].any()


@pytest.mark.parametrize("defects", [(), (True,), (False, False, False), (True,) * 4])
def test_classes_that_do_not_fit_or_hold_no_defect_are_refused(
    tmp_path: Path, defects: tuple[bool, ...]
) -> None:
    with pytest.raises(TrainerError, match="3 outputs, a defect among them"):
        write_graph(random_model(small_vgg()), tmp_path / "model.onnx", defects=defects)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("head", HEADS)
def test_features_are_the_pooled_last_maps(tmp_path: Path, head: str) -> None:
    model = random_model(small_vgg(head=head))
    write_graph(model, tmp_path / "model.onnx", defects=DEFECTS)
    images = noise_pictures(2)
    pooled = keras.Model(model.inputs[0], model.get_layer("block5_pool").output)
    maps = keras.ops.convert_to_numpy(pooled(images.astype("float32"), training=False))
    expected = maps.max(axis=(1, 2)) if head == "max" else maps.mean(axis=(1, 2))
    features = run_graph(tmp_path / "model.onnx", images)[2]
    np.testing.assert_allclose(features, expected, rtol=1e-4, atol=1e-5 * expected.max())


def test_sizes_that_do_not_halve_evenly_keep_the_closed_form(tmp_path: Path) -> None:
    # 71 px gives 4x4 maps from an 8x8 block; 90 px gives 5x5, of which the last pool drops a row.
    for size in (71, 90):
        model = random_model(small_vgg(head="fc", size_px=size))
        write_graph(model, tmp_path / "model.onnx", defects=DEFECTS)
        images = noise_pictures(2, size)
        expected = normalised(class_maps(model, images).signed)
        heatmap = run_graph(tmp_path / "model.onnx", images)[1]
        assert heatmap.shape == expected.shape
        assert np.abs(heatmap - expected).max() < 1e-4


def test_gray_input(tmp_path: Path) -> None:
    model = random_model(small_vgg(channels=1))
    write_graph(model, tmp_path / "model.onnx", defects=DEFECTS)
    images = noise_pictures(2, channels=1)
    expected = keras.ops.convert_to_numpy(model(images.astype("float32"), training=False))
    assert np.abs(run_graph(tmp_path / "model.onnx", images)[0] - expected).max() < 1e-4


@pytest.mark.parametrize("temperature", [0.4, 2.5])
def test_temperature_divides_the_logits_and_leaves_the_heatmap(
    tmp_path: Path, temperature: float
) -> None:
    model = random_model(small_vgg(head="fc"))
    write_graph(model, tmp_path / "plain.onnx", defects=DEFECTS)
    write_graph(model, tmp_path / "model.onnx", temperature, defects=DEFECTS)
    images = noise_pictures(2)
    maps = class_maps(model, images)
    plain = run_graph(tmp_path / "plain.onnx", images)
    found = run_graph(tmp_path / "model.onnx", images)
    assert np.abs(found[0] - softmax(maps.logits, temperature)).max() < 1e-5
    assert np.abs(found[0] - plain[0]).max() > 1e-2
    np.testing.assert_allclose(found[1], plain[1], atol=1e-5)


@pytest.mark.parametrize("temperature", [0.0, -1.0, float("nan"), float("inf")])
def test_a_temperature_that_is_none_is_refused(tmp_path: Path, temperature: float) -> None:
    with pytest.raises(TrainerError, match="temperature is"):
        write_graph(
            random_model(small_vgg()), tmp_path / "model.onnx", temperature, defects=DEFECTS
        )


def test_a_map_without_heat_is_zero(tmp_path: Path) -> None:
    model = random_model(small_vgg())
    kernel, bias = model.get_layer("predictions").get_weights()
    model.get_layer("predictions").set_weights([-np.abs(kernel), bias])
    write_graph(model, tmp_path / "model.onnx", defects=DEFECTS)
    for run in (run_graph, by_onnxruntime):
        found = run(tmp_path / "model.onnx", noise_pictures(2))
        assert found[2].max() > 0, "the last maps are dead, so this proves nothing"
        assert np.array_equal(found[1], np.zeros_like(found[1]))


def test_external_weights_give_the_same_answers(tmp_path: Path) -> None:
    model = random_model(small_vgg(head="fc"))
    write_graph(model, tmp_path / "inline.onnx", defects=DEFECTS)
    files = write_graph(model, tmp_path / "model.onnx", external_over_bytes=1000, defects=DEFECTS)
    assert [f.name for f in files] == ["model.onnx", "model.onnx.data"]
    assert 3 * files[0].stat().st_size < files[1].stat().st_size
    check_graph(files[0])
    images = noise_pictures(2)
    inline = run_graph(tmp_path / "inline.onnx", images)
    for run in (run_graph, by_onnxruntime):
        for found, expected in zip(run(files[0], images), inline, strict=True):
            np.testing.assert_allclose(found, expected, atol=1e-4)


def test_an_unknown_layer_is_named() -> None:
    image = keras.Input((32, 32, 3))
    x = keras.layers.Conv2D(4, 3, strides=2, name="strided")(image)
    x = keras.layers.GlobalAveragePooling2D()(x)
    model = keras.Model(image, keras.layers.Dense(2, activation="softmax")(x))
    with pytest.raises(TrainerError, match=r"'strided'.*strides"):
        read_network(model)


def test_a_branching_model_is_refused() -> None:
    image = keras.Input((32, 32, 3))
    x = keras.layers.Conv2D(4, 3, padding="same", name="one")(image)
    y = keras.layers.Conv2D(4, 3, padding="same", name="two")(image)
    x = keras.layers.GlobalAveragePooling2D()(keras.layers.Add()([x, y]))
    model = keras.Model(image, keras.layers.Dense(2, activation="softmax")(x))
    with pytest.raises(TrainerError, match="one chain of layers"):
        read_network(model)


def written(tmp_path: Path) -> onnx.ModelProto:
    write_graph(random_model(small_vgg()), tmp_path / "model.onnx", defects=DEFECTS)
    return onnx.load(tmp_path / "model.onnx")


def test_rules_hold_for_what_is_written(tmp_path: Path) -> None:
    model = written(tmp_path)
    assert graph_findings(model) == []
    assert model.opset_import[0].version == 17
    assert model.graph.node[0].op_type == "Cast"


def test_rules_find_an_opset_out_of_range(tmp_path: Path) -> None:
    model = written(tmp_path)
    model.opset_import[0].version = 20
    assert any("opset 20" in finding for finding in graph_findings(model))


def test_rules_find_pool_indices(tmp_path: Path) -> None:
    model = written(tmp_path)
    pool = next(node for node in model.graph.node if node.op_type == "MaxPool")
    pool.output.append("indices")
    assert graph_findings(model) == [f"MaxPool {pool.name} gives indices"]


def test_rules_find_what_openvino_computes_wrongly_beside_int8(tmp_path: Path) -> None:
    model = written(tmp_path)
    model.graph.node.append(
        helper.make_node("Concat", ["features", "features"], ["both"], name="both", axis=1)
    )
    assert any(finding.startswith("Concat both") for finding in graph_findings(model))


def test_rules_find_uint8_that_is_not_cast_first(tmp_path: Path) -> None:
    model = written(tmp_path)
    model.graph.node.append(helper.make_node("Identity", ["image"], ["copy"], name="copy"))
    assert any("must be a Cast" in finding for finding in graph_findings(model))


def test_rules_find_computed_axes_and_wrong_resize(tmp_path: Path) -> None:
    model = written(tmp_path)
    model.graph.node.append(helper.make_node("ReduceSum", ["pooled", "logits"], ["r"], name="r"))
    model.graph.node.append(
        helper.make_node("Resize", ["pooled"], ["big"], name="big", mode="cubic")
    )
    findings = graph_findings(model)
    assert any("ReduceSum r" in f and "not an initialiser" in f for f in findings)
    assert any("Resize big" in f and "cubic" in f for f in findings)


def test_rules_find_asymmetric_quantisation(tmp_path: Path) -> None:
    model = written(tmp_path)
    model.graph.initializer.extend(
        [
            numpy_helper.from_array(np.float32(0.1), "scale"),
            numpy_helper.from_array(np.int8(3), "point"),
        ]
    )
    model.graph.node.append(
        helper.make_node("QuantizeLinear", ["pooled", "scale", "point"], ["q"], name="q")
    )
    assert any("not symmetric" in finding for finding in graph_findings(model))


def test_rules_find_renamed_outputs_and_a_fixed_batch(tmp_path: Path) -> None:
    model = written(tmp_path)
    model.graph.output[2].name = "embedding"
    model.graph.input[0].type.tensor_type.shape.dim[0].dim_value = 1
    model.graph.output[0].type.tensor_type.elem_type = TensorProto.DOUBLE
    findings = " ".join(graph_findings(model))
    for word in ("embedding", "free batch", "not float32"):
        assert word in findings


def test_a_file_that_is_no_graph_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "model.onnx"
    path.write_bytes(b"not a graph")
    with pytest.raises(TrainerError, match=r"model\.onnx"):
        check_graph(path)
