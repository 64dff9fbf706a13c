"""A linter for our graphs: what OpenVINO, ONNX Runtime and TensorRT 10.3 to 11 all accept.

The rules on top of onnx.checker come from onnx-tensorrt's operator table: uint8 only at the border
of the graph, axes and depths known when the engine is built, symmetric int8.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import onnx
from onnx import NodeProto, TensorProto, numpy_helper

from trainer.config import TrainerError

OPSETS = range(17, 20)
IR_VERSIONS = range(8, 11)
INPUT = "image"
OUTPUTS = ("probabilities", "heatmap", "features")
CONSTANT_INPUTS = {"OneHot": (1,), "Reshape": (1,), "Unsqueeze": (1,), "Squeeze": (1,)}
"""Operator -> inputs that must be initialisers; Reduce* are added by their name."""


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
    elif np.any(numpy_helper.to_array(point)):
        yield f"{where} is not symmetric: its zero point is not 0"
