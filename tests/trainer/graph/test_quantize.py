"""The int8 graph computes its convolutions in int8, and says nearly what the float32 graph says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import openvino as ov
import pytest
from builders import noise_pictures, random_model, small_vgg
from onnx import numpy_helper

from engines.heat_correlation import correlations
from trainer.config import TrainerError
from trainer.graph.quantize import quantise_weights, quantised_tensors, write_int8
from trainer.graph.ranges import Range, measure_ranges
from trainer.graph.rules import check_graph, graph_findings
from trainer.graph.writer import write_graph
from trainer.parity import run_graph

DEFECTS = (True, True, False)


def _both(folder: Path, model: Any, **options: Any) -> tuple[Path, Path]:
    source, target = folder / "model.onnx", folder / "model.int8.onnx"
    write_graph(model, source, **options, defects=DEFECTS)
    # Among them those that the tests look at: what exceeds the calibration is cut off.
    pictures = noise_pictures(8, model.input_shape[1], model.input_shape[3])
    write_int8(source, target, measure_ranges(source, quantised_tensors(source), pictures))
    check_graph(target)
    return source, target


@pytest.mark.parametrize("head", ["gap", "max", "fc"])
def test_int8_is_near_float32_and_a_third_of_its_size(head: str, tmp_path: Path) -> None:
    source, target = _both(tmp_path, random_model(small_vgg(head=head)))
    images = noise_pictures(8)
    plain, rounded = run_graph(source, images), run_graph(target, images)
    difference = np.abs(rounded[0] - plain[0]).max()
    assert 0 < difference < 0.02
    np.testing.assert_allclose(rounded[2], plain[2], atol=0.04 * plain[2].max())
    for a, b in zip(plain[1], rounded[1], strict=True):
        assert np.corrcoef(a.ravel(), b.ravel())[0, 1] > 0.95
    assert np.nanmedian(correlations(plain[3], rounded[3])) > 0.95
    if head == "gap":
        assert target.stat().st_size < 0.35 * source.stat().st_size


def test_without_batch_norm_and_in_grey(tmp_path: Path) -> None:
    model = random_model(small_vgg(batch_norm=False, channels=1))
    source, target = _both(tmp_path, model)
    images = noise_pictures(8, channels=1)
    assert np.abs(run_graph(source, images)[0] - run_graph(target, images)[0]).max() < 0.02


def test_openvino_runs_all_convolutions_but_the_first_in_int8(tmp_path: Path) -> None:
    _, target = _both(tmp_path, random_model(small_vgg()))
    core = ov.Core()
    if "INT8" not in core.get_property("CPU", "OPTIMIZATION_CAPABILITIES"):
        pytest.skip("this processor has no int8 arithmetic")
    compiled = core.compile_model(str(target), "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    kinds: dict[str, list[str]] = {}
    for op in compiled.get_runtime_model().get_ordered_ops():
        info = op.get_rt_info()
        kind, precision = (str(info[k].astype(str)) for k in ("layerType", "runtimePrecision"))
        kinds.setdefault(kind, []).append(precision)
    assert len(kinds["Convolution"]) == 13
    assert sum(p in ("u8", "i8") for p in kinds["Convolution"]) == 12
    assert sum(p in ("u8", "i8") for p in kinds["Pooling"]) == 4
    # Rounding is part of the convolution before it: nothing is left to be done by itself.
    assert "FakeQuantize" not in kinds
    assert kinds.get("Relu", []) == []


def test_another_runtime_agrees_about_the_rounding(tmp_path: Path) -> None:
    _, target = _both(tmp_path, random_model(small_vgg()))
    images = noise_pictures(4)
    session = onnxruntime.InferenceSession(str(target), providers=["CPUExecutionProvider"])
    found = session.run(None, {"image": images})
    # A value midway between two steps may fall to either side, and then others after it.
    np.testing.assert_allclose(found[0], run_graph(target, images)[0], atol=5e-3)


def test_what_stays_in_float32_is_the_first_layer_the_last_and_the_heatmap(tmp_path: Path) -> None:
    _, target = _both(tmp_path, random_model(small_vgg(head="fc")))
    graph = onnx.load(target).graph
    rounded = {n.output[0] for n in graph.node if n.op_type == "DequantizeLinear"}
    through = set(rounded)
    for node in graph.node:
        if node.op_type in ("MaxPool", "Transpose", "Flatten") and node.input[0] in through:
            through.add(node.output[0])
    layers = [n for n in graph.node if n.op_type in ("Conv", "Gemm")]
    in_float = {n.name for n in layers if n.input[0] not in through}
    assert in_float == {"block1_conv1", "predictions", "grad_cam/fc1/gradient",
                        "grad_cam/fc2/gradient"}  # fmt: skip
    for node in layers:
        assert (node.input[1] in rounded) == (node.input[0] in through), node.name
    heat = next(n for n in graph.node if n.name == "grad_cam/maps")
    assert heat.input[0] == "block5_conv3/relu"


def test_loud_channels_do_not_drown_quiet_ones(tmp_path: Path) -> None:
    """One channel a thousand times as loud, read by weights a thousand times as small."""
    model = random_model(small_vgg(batch_norm=False))
    images = noise_pictures(8)
    source, target = _both(tmp_path, model)
    even = np.abs(run_graph(target, images)[0] - run_graph(source, images)[0]).max()
    for before, after in (("block2_conv1", "block2_conv2"), ("block3_conv2", "block3_conv3")):
        kernel, bias = model.get_layer(before).get_weights()
        kernel[..., 0] *= 1000
        bias[0] *= 1000
        model.get_layer(before).set_weights([kernel, bias])
        kernel, bias = model.get_layer(after).get_weights()
        kernel[:, :, 0] /= 1000
        model.get_layer(after).set_weights([kernel, bias])
    (tmp_path / "loud").mkdir()
    source, target = _both(tmp_path / "loud", model)
    loud = np.abs(run_graph(target, images)[0] - run_graph(source, images)[0]).max()
    assert loud < 2 * even + 1e-3


def test_weights_use_the_whole_range_of_each_output_channel() -> None:
    rng = np.random.default_rng(0)
    values = rng.standard_normal((5, 3, 3, 3)).astype(np.float32)
    values *= np.array([1e-3, 1, 50, 0, 2]).reshape(5, 1, 1, 1)
    scale, levels = quantise_weights(values, 0)
    assert scale.dtype == np.float32
    assert levels.dtype == np.int8
    largest = np.abs(levels.astype(int)).max(axis=(1, 2, 3))
    np.testing.assert_array_equal(largest, [127, 127, 127, 0, 127])
    back = levels * scale.reshape(5, 1, 1, 1)
    assert (np.abs(back - values).max(axis=(1, 2, 3)) <= scale / 2 * 1.001).all()
    values[1, 0, 0, 0] = np.nan
    with pytest.raises(TrainerError, match="not finite"):
        quantise_weights(values, 0)


def test_a_tensor_that_is_always_zero_has_a_scale_all_the_same(tmp_path: Path) -> None:
    source, target = tmp_path / "model.onnx", tmp_path / "int8.onnx"
    write_graph(random_model(small_vgg()), source, defects=DEFECTS)
    shapes = {t: _channels(source, t) for t in quantised_tensors(source)}
    write_int8(source, target, {t: Range(np.zeros(n, np.float32)) for t, n in shapes.items()})
    scales = [t for t in onnx.load(target).graph.initializer if t.name.endswith("/scale")]
    assert all((numpy_helper.to_array(t) > 0).all() for t in scales)
    check_graph(target)
    assert np.isfinite(run_graph(target, noise_pictures(1))[0]).all()


def _channels(source: Path, tensor: str) -> int:
    kernel = f"{tensor.removesuffix('/relu')}/kernel"
    return next(t.dims[0] for t in onnx.load(source).graph.initializer if t.name == kernel)


def test_pictures_that_overflow_float32_are_refused(tmp_path: Path) -> None:
    model = random_model(small_vgg(batch_norm=False))
    kernel, bias = model.get_layer("block1_conv2").get_weights()
    model.get_layer("block1_conv2").set_weights([kernel / np.abs(kernel).max() * 3e38, bias])
    write_graph(model, tmp_path / "model.onnx", defects=DEFECTS)
    with pytest.raises(TrainerError, match=r"block1_conv2/relu.*overflows"):
        measure_ranges(tmp_path / "model.onnx", ["block1_conv2/relu"], noise_pictures(1))


def _damaged(kind: str, model: onnx.ModelProto) -> None:
    """Break one rule of int8 in a graph that keeps them all."""
    weights = {t.name: t for t in model.graph.initializer}
    conv = next(n for n in model.graph.node if n.name == "block2_conv1")
    layer = next(n for n in model.graph.node if n.output[0] == conv.input[1])
    values = next(n for n in model.graph.node if n.output[0] == conv.input[0])
    if kind == "scale type":
        scale = weights[layer.input[1]]
        half = numpy_helper.to_array(scale).astype(np.float16)
        scale.CopyFrom(numpy_helper.from_array(half, scale.name))
    elif kind == "scale value":
        scale = weights[layer.input[1]]
        broken = numpy_helper.to_array(scale) * np.float32(np.inf)
        scale.CopyFrom(numpy_helper.from_array(broken, scale.name))
    elif kind == "axis":
        layer.attribute[0].i = 1
    elif kind == "values":
        conv.input[0] = "block1_pool_plain"
        maker = next(n for n in model.graph.node if n.output[0] == values.input[0])
        pool = onnx.helper.make_node("Relu", [maker.input[0]], ["block1_pool_plain"])
        place = next(i for i, n in enumerate(model.graph.node) if n.name == conv.name)
        model.graph.node.insert(place, pool)
    elif kind == "bias":
        conv.input[2] = layer.output[0]
    elif kind == "-128":
        kernel = weights[layer.input[0]]
        broken = np.full_like(numpy_helper.to_array(kernel), -128)
        kernel.CopyFrom(numpy_helper.from_array(broken, kernel.name))


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("scale type", "no constant float32 scale"),
        ("scale value", "not a finite number above 0"),
        ("axis", "along axis 1, not by output"),
        ("values", "its weights are rounded, its values are not"),
        ("bias", "its bias is rounded"),
        ("-128", "it holds -128"),
    ],
)
def test_a_broken_rule_of_int8_is_found(kind: str, words: str, tmp_path: Path) -> None:
    _, target = _both(tmp_path, random_model(small_vgg()))
    model = onnx.load(target)
    assert graph_findings(model) == []
    _damaged(kind, model)
    assert any(words in finding for finding in graph_findings(model))


def test_weights_beside_the_graph_stay_beside_it(tmp_path: Path) -> None:
    source, target = _both(tmp_path, random_model(small_vgg()), external_over_bytes=1000)
    assert (tmp_path / "model.int8.onnx.data").stat().st_size > 100_000
    images = noise_pictures(2)
    assert np.abs(run_graph(source, images)[0] - run_graph(target, images)[0]).max() < 0.02
