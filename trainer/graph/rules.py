"""A linter for our graphs: what OpenVINO, ONNX Runtime and TensorRT 10.3 to 11 all accept.

The rules on top of onnx.checker come from onnx-tensorrt's operator table: uint8 only at the border
of the graph, axes and depths known when the engine is built, symmetric int8 with constant float32
scales. Float16 is kept from what adds up many values, and from divisions.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
from onnx import NodeProto, TensorProto, numpy_helper

from engines.backend import OUTPUTS
from trainer.config import TrainerError

OPSETS = range(17, 20)
IR_VERSIONS = range(8, 11)
INPUT = "image"
CONSTANT_INPUTS = {"OneHot": (1,), "Reshape": (1,), "Unsqueeze": (1,), "Squeeze": (1,)}
"""Operator -> inputs that must be initialisers; Reduce* are added by their name."""


FLOAT32_ALONE = (
    "Softmax",
    "GlobalAveragePool",
    "AveragePool",
    "Div",
    "Exp",
    "ReduceSum",
    "ReduceMean",
)
"""Operators that lose too much in float16."""
CHANNEL_AXIS = {"Conv": 0, "Gemm": 1}
"""Operator -> axis of its weights that counts the outputs."""


def check_graph(path: Path) -> None:
    """Hold a graph against onnx.checker and the rules. Raises TrainerError with all findings."""
    try:
        onnx.checker.check_model(str(path), full_check=True)
        model = onnx.load(str(path), load_external_data=False)
    except (onnx.checker.ValidationError, onnx.shape_inference.InferenceError) as error:
        raise TrainerError(
            f"{path} is not valid ONNX: {error}. Export again; if it stays so, report it."
        ) from error
    except (OSError, ValueError) as error:
        raise TrainerError(f"{path} cannot be read as ONNX ({error}). Export it again.") from error
    findings = graph_findings(model)
    if findings:
        raise TrainerError(
            f"{path} breaks {len(findings)} rule(s) of the runtimes: {'; '.join(findings)}. "
            "Export again; if it stays so, report it."
        )


def graph_findings(model: onnx.ModelProto) -> list[str]:
    """Every rule that the graph breaks, as a sentence each; empty when it keeps them all."""
    findings = [*_header(model), *_border(model.graph)]
    constants = {tensor.name: tensor for tensor in model.graph.initializer}
    constants |= {
        node.output[0]: attribute.t
        for node in model.graph.node
        if node.op_type == "Constant"
        for attribute in node.attribute
        if attribute.name == "value"
    }
    for node in model.graph.node:
        findings += _node(node, constants)
    findings += _layers_in_int8(model.graph)
    findings += _float16(model)
    return findings


def _header(model: onnx.ModelProto) -> Iterator[str]:
    if model.ir_version not in IR_VERSIONS:
        yield f"IR version {model.ir_version}, expected {IR_VERSIONS[0]} to {IR_VERSIONS[-1]}"
    for opset in model.opset_import:
        if opset.domain not in ("", "ai.onnx"):
            yield f"operators of the domain {opset.domain!r}, expected standard ONNX only"
        elif opset.version not in OPSETS:
            yield f"opset {opset.version}, expected {OPSETS[0]} to {OPSETS[-1]}"


def _border(graph: onnx.GraphProto) -> Iterator[str]:
    """Input and outputs by name, type and shape; uint8 nowhere but in the input."""
    weights = {tensor.name for tensor in graph.initializer}
    inputs = [each for each in graph.input if each.name not in weights]
    if [each.name for each in inputs] != [INPUT]:
        yield f"inputs {[each.name for each in inputs]}, expected {INPUT!r} alone"
    for each in inputs:
        tensor = each.type.tensor_type
        sizes = [axis.dim_value for axis in tensor.shape.dim]
        if tensor.elem_type != TensorProto.UINT8 or len(sizes) != 4:
            yield f"input {each.name} is not uint8 with four axes"
        elif sizes[0] != 0 or min(sizes[1:]) < 1:
            yield f"input {each.name} has the shape {sizes}, expected a free batch and fixed sizes"
    outputs = tuple(each.name for each in graph.output)
    if outputs != OUTPUTS:
        yield f"outputs {outputs}, expected {OUTPUTS}"
    for output in graph.output:
        if output.type.tensor_type.elem_type != TensorProto.FLOAT:
            yield f"output {output.name} is not float32"
    for tensor in graph.initializer:
        if tensor.data_type == TensorProto.UINT8:
            yield f"initialiser {tensor.name} is uint8"


def _node(node: NodeProto, constants: dict[str, TensorProto]) -> Iterator[str]:
    where = f"{node.op_type} {node.name or node.output[0]}"
    attributes = {each.name: onnx.helper.get_attribute_value(each) for each in node.attribute}
    if node.domain not in ("", "ai.onnx"):
        yield f"{where} is of the domain {node.domain!r}"
    if INPUT in node.input and (node.op_type, attributes.get("to")) != ("Cast", TensorProto.FLOAT):
        yield f"{where} reads the uint8 input; the first node must be a Cast to float32"
    if node.op_type == "Cast" and attributes.get("to") == TensorProto.UINT8:
        yield f"{where} makes uint8 inside the graph"
    if node.op_type.lower() == "bitcast":
        yield f"{where}: no runtime of ours knows it"
    if node.op_type == "Concat":
        yield f"{where}: OpenVINO 2026.4 then computes wrong convolutions from int8"
    if node.op_type == "MaxPool" and len([name for name in node.output if name]) > 1:
        yield f"{where} gives indices"
    if node.op_type == "Resize":
        yield from _resize(where, attributes)
    if node.op_type in ("QuantizeLinear", "DequantizeLinear"):
        yield from _quantised(where, node, constants)
    wanted = CONSTANT_INPUTS.get(node.op_type, ())
    if node.op_type.startswith("Reduce"):
        wanted = (1,)
    for index in wanted:
        if index < len(node.input) and node.input[index] and node.input[index] not in constants:
            yield f"{where}: its input {index} ({node.input[index]}) is not an initialiser"


def _resize(where: str, attributes: dict[str, object]) -> Iterator[str]:
    mode = attributes.get("mode", b"nearest")
    if mode not in (b"nearest", b"linear") or attributes.get("antialias", 0):
        yield f"{where} has mode {mode!r} or antialias; expected nearest or linear without"


def _quantised(where: str, node: NodeProto, constants: dict[str, TensorProto]) -> Iterator[str]:
    """Symmetric int8: a zero point that is there, int8 and zero."""
    point = constants.get(node.input[2]) if len(node.input) > 2 else None
    if point is None or point.data_type != TensorProto.INT8:
        yield f"{where} has no constant int8 zero point"
    elif (offset := _held(point)) is None or np.any(offset):
        yield f"{where} is not symmetric: its zero point is not 0, or not in the graph"
    scale = constants.get(node.input[1])
    if scale is None or scale.data_type != TensorProto.FLOAT:
        yield f"{where} has no constant float32 scale"
        return
    weight = node.input[0] in constants
    if scale.dims and not weight:
        yield f"{where} has {list(scale.dims)} scales for one tensor of values, expected one"
    # What lies in a file beside the graph is not read here.
    values, levels = _held(scale), _held(constants[node.input[0]]) if weight else None
    if values is not None and not (np.isfinite(values).all() and np.all(values > 0)):
        yield f"{where} has a scale that is not a finite number above 0"
    if levels is not None and np.any(levels == -128):
        yield f"{where} is not symmetric: it holds -128"


def _held(tensor: TensorProto) -> npt.NDArray[Any] | None:
    """The values of a tensor, if they lie in the graph itself."""
    if tensor.data_location == TensorProto.EXTERNAL:
        return None
    return np.asarray(numpy_helper.to_array(tensor))


def _layers_in_int8(graph: onnx.GraphProto) -> Iterator[str]:
    """Weights by output channel, biases never rounded, values and weights rounded together."""
    makers = {name: node for node in graph.node for name in node.output}
    weights = {tensor.name for tensor in graph.initializer}

    def weights_of(name: str) -> NodeProto | None:
        maker = makers.get(name)
        if maker is None or maker.op_type != "DequantizeLinear" or maker.input[0] not in weights:
            return None
        return maker

    for node in graph.node:
        if node.op_type not in CHANNEL_AXIS:
            continue
        where = f"{node.op_type} {node.name or node.output[0]}"
        if len(node.input) > 2 and weights_of(node.input[2]) is not None:
            yield f"{where}: its bias is rounded"
        dequantised = weights_of(node.input[1])
        if dequantised is None:
            continue
        axis = next((a.i for a in dequantised.attribute if a.name == "axis"), 1)
        if axis != CHANNEL_AXIS[node.op_type]:
            yield f"{where}: its weights have scales along axis {axis}, not by output"
        if not _rounded(node.input[0], makers):
            yield f"{where}: its weights are rounded, its values are not"


def _rounded(name: str, makers: dict[str, NodeProto]) -> bool:
    """Whether a tensor comes from a DequantizeLinear, moved about at most."""
    while name in makers and makers[name].op_type in ("MaxPool", "Transpose", "Flatten"):
        name = makers[name].input[0]
    return name in makers and makers[name].op_type == "DequantizeLinear"


def _float16(model: onnx.ModelProto) -> Iterator[str]:
    """No sums, softmax or divisions in float16. Types come from shape inference."""
    try:
        graph = onnx.shape_inference.infer_shapes(model).graph
    except onnx.shape_inference.InferenceError as error:
        yield f"its types cannot be inferred ({error})"
        return
    half = {v.name for v in graph.value_info if v.type.tensor_type.elem_type == TensorProto.FLOAT16}
    half |= {t.name for t in graph.initializer if t.data_type == TensorProto.FLOAT16}
    for node in graph.node:
        if node.op_type in FLOAT32_ALONE and half.intersection(node.input):
            yield f"{node.op_type} {node.name or node.output[0]} is computed in float16"
