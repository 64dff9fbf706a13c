"""The float16 graph says what the float32 graph says, also where its values would overflow.

onnx's reference evaluator computes in numpy's float16: every layer's output is rounded, and what is
too large becomes infinite.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import keras
import numpy as np
import onnx
import pytest
from builders import noise_pictures, random_model, small_vgg
from onnx.reference import ReferenceEvaluator

from trainer.config import TrainerError
from trainer.graph.half import ROOM, Scaling, choose_scaling, half_tensors, write_half
from trainer.graph.ranges import Range, measure_ranges
from trainer.graph.rules import check_graph, graph_findings
from trainer.graph.writer import write_graph
from trainer.parity import run_graph

HALF = onnx.TensorProto.FLOAT16
DEFECTS = (True, True, False)


def _graph(folder: Path, model: Any) -> Path:
    path = folder / "model.onnx"
    write_graph(model, path, defects=DEFECTS)
    return path


def _in_float16(graph: Path, images: np.ndarray) -> list[np.ndarray]:
    with np.errstate(over="ignore", invalid="ignore"):
        return list(ReferenceEvaluator(str(graph)).run(None, {"image": images}))


def _loud_model(head: str = "gap", gain: float = 6e4, batch_norm: bool = False) -> Any:
    """A network whose first layer is `gain` times too loud, and whose last makes up for it."""
    model = random_model(small_vgg(head=head, batch_norm=batch_norm))
    convolutions = [e for e in model.layers if isinstance(e, keras.layers.Conv2D)]
    for index, layer in enumerate(convolutions):
        kernel, bias = layer.get_weights()
        layer.set_weights([kernel * (gain if index == 0 else 1.0), bias * gain])
    dense = [e for e in model.layers if isinstance(e, keras.layers.Dense)]
    kernel, bias = dense[0].get_weights()
    dense[0].set_weights([kernel / gain, bias])
    return model


@pytest.mark.parametrize("head", ["gap", "max", "fc"])
def test_rounded_to_float16_it_says_the_same_but_for_rounding(head: str, tmp_path: Path) -> None:
    source, target = _graph(tmp_path, random_model(small_vgg(head=head))), tmp_path / "half.onnx"
    images = noise_pictures(3)
    scaling = choose_scaling(measure_ranges(source, half_tensors(source), images))
    assert scaling.forward == 1.0
    assert write_half(source, target, scaling) == [target]
    check_graph(target)
    expected, rounded = run_graph(source, images), _in_float16(target, images)
    assert 0 < np.abs(rounded[0] - expected[0]).max() < 2e-3
    assert np.abs(rounded[1] - expected[1]).max() < 0.02
    np.testing.assert_allclose(rounded[2], expected[2], atol=0.01, rtol=0.01)
    assert target.stat().st_size < 0.55 * source.stat().st_size


@pytest.mark.parametrize("head", ["gap", "max", "fc"])
def test_values_too_large_for_float16_are_scaled_down_and_up_again(
    head: str, tmp_path: Path
) -> None:
    source, target = _graph(tmp_path, _loud_model(head)), tmp_path / "half.onnx"
    images = noise_pictures(3)
    ranges = measure_ranges(source, half_tensors(source), images)
    assert max(r.largest for r in ranges.values()) > 65504
    expected = run_graph(source, images)

    write_half(source, target, Scaling(gradient=choose_scaling(ranges).gradient))
    assert not np.isfinite(_in_float16(target, images)[0]).all()

    scaling = choose_scaling(ranges)
    assert scaling.forward < 1
    assert math.log2(scaling.forward).is_integer()
    write_half(source, target, scaling)
    check_graph(target)
    rounded = _in_float16(target, images)
    assert np.abs(rounded[0] - expected[0]).max() < 5e-3
    # Where two classes are equally likely, rounding decides whose map is shown.
    sure = np.diff(np.sort(expected[0], axis=1)[:, -2:], axis=1)[:, 0] > 0.02
    assert sure.any()
    assert np.abs(rounded[1] - expected[1])[sure].max() < 0.03
    np.testing.assert_allclose(rounded[2], expected[2], rtol=0.01, atol=0.01 * expected[2].max())


def test_scaling_alone_changes_nothing_in_float32(tmp_path: Path) -> None:
    """Powers of two are exact: the same weights with and without them, but for the smallest."""
    source = _graph(tmp_path, _loud_model())
    images = noise_pictures(2)
    ranges = measure_ranges(source, half_tensors(source), images)
    found = []
    for forward in (1.0, choose_scaling(ranges).forward):
        write_half(source, tmp_path / "half.onnx", Scaling(forward))
        found.append(run_graph(tmp_path / "half.onnx", images))
    for plain, scaled in zip(*found, strict=True):
        np.testing.assert_allclose(scaled, plain, rtol=2e-4, atol=2e-4)


def test_the_scaling_leaves_room_above_what_was_measured() -> None:
    def of(value: float) -> Range:
        return Range(np.array([value], np.float32))

    assert choose_scaling({"conv": of(ROOM), "grad_cam/fc1/gradient": of(1.0)}) == Scaling(1, 128)
    for largest in (ROOM * 1.01, 1e5, 3e7):
        scaling = choose_scaling({"conv": of(largest), "quiet": of(0.0)})
        assert ROOM / 2 < largest * scaling.forward <= ROOM


def test_sums_softmax_and_the_heatmaps_division_stay_in_float32(tmp_path: Path) -> None:
    source, target = _graph(tmp_path, random_model(small_vgg(head="fc"))), tmp_path / "half.onnx"
    write_half(source, target, Scaling())
    model = onnx.shape_inference.infer_shapes(onnx.load(target))
    types = {v.name: v.type.tensor_type.elem_type for v in model.graph.value_info}
    types |= {t.name: t.data_type for t in model.graph.initializer}
    kinds: dict[str, set[int]] = {}
    for node in model.graph.node:
        kinds.setdefault(node.op_type, set()).add(types.get(node.input[0], 0))
    for op in ("Conv", "MaxPool"):
        assert kinds[op] == {HALF}
    for op in ("GlobalAveragePool", "Softmax", "Div", "ArgMax", "GlobalMaxPool"):
        assert HALF not in kinds[op], op
    gemms = [n for n in model.graph.node if n.op_type == "Gemm"]
    assert [types[n.input[0]] for n in gemms].count(HALF) == len(gemms) - 1


def test_a_sum_or_a_softmax_in_float16_is_found(tmp_path: Path) -> None:
    source, target = _graph(tmp_path, random_model(small_vgg())), tmp_path / "half.onnx"
    write_half(source, target, Scaling())
    model = onnx.load(target)
    assert graph_findings(model) == []
    for node in model.graph.node:
        if node.op_type == "Cast" and node.name == "block5_pool/full":
            node.attribute[0].i = HALF
    assert any(
        "GlobalAveragePool pooled is computed in float16" in f for f in graph_findings(model)
    )


def test_weights_beyond_float16_are_refused(tmp_path: Path) -> None:
    model = random_model(small_vgg(batch_norm=False))
    kernel, bias = model.get_layer("block2_conv1").get_weights()
    model.get_layer("block2_conv1").set_weights([kernel * 1e7, bias])
    with pytest.raises(TrainerError, match=r"block2_conv1/kernel.*float16 ends at 65504"):
        write_half(_graph(tmp_path, model), tmp_path / "half.onnx", Scaling())


def test_weights_beside_the_graph_stay_beside_it(tmp_path: Path) -> None:
    model = random_model(small_vgg())
    write_graph(model, tmp_path / "model.onnx", external_over_bytes=1000, defects=DEFECTS)
    target = tmp_path / "half.onnx"
    files = write_half(tmp_path / "model.onnx", target, Scaling())
    assert files == [target, tmp_path / "half.onnx.data"]
    check_graph(target)
    images = noise_pictures(2)
    plain, rounded = run_graph(tmp_path / "model.onnx", images), run_graph(target, images)
    assert np.abs(plain[0] - rounded[0]).max() < 2e-3
