"""The float32 graph rewritten with int8 convolutions, by pairs of QuantizeLinear and
DequantizeLinear.

Symmetric int8 everywhere, zero point 0; weights by output channel; biases, and what comes out of a
convolution, in float32: what TensorRT and OpenVINO both run as int8 kernels. In float32 stay the
first convolution, whose pixels hold more levels than int8 has; the maps of the last one, which
Grad-CAM reads; the last dense layer, softmax, and the heatmap branch.

All channels of a tensor share one step of int8, so a channel of small values would be rounded
coarsely. Before rounding, each channel between two convolutions is therefore multiplied by
sqrt(w / x), where x is its own largest value and w the largest weight that reads it, and those
weights are divided by the same: through ReLU and max-pooling that changes nothing in exact
arithmetic; where a tanh or an average pool lies between, nothing is multiplied. Source: Xiao et
al., "SmoothQuant: Accurate and Efficient Post-Training Quantization for Large Language Models",
ICML 2023, equation 4 with a migration strength of a half.

Mean error of the defect probability on the held-out pictures of two small trained networks: this
0.0036 and 0.0046, onnxruntime's quantize_static 0.0044 and 0.0070, NNCF with its bias correction
0.0034 and 0.0099; the speed was the same. Percentiles or the least squared error in place of the
largest value, and bias correction, helped one network and harmed the other.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from onnx import NodeProto

from engines.prediction import FloatArray
from trainer.config import TrainerError
from trainer.graph.heat import GRAD_CAM
from trainer.graph.ranges import Range
from trainer.graph.rewrite import GraphCopy, external_file
from trainer.graph.weights import WeightWriter
from trainer.metrics import TINY, RealArray

LEVELS = 127
"""Of either sign: -128 is never used, so that the range is symmetric."""
QUIET = 1e-3
"""A channel counts as no smaller than this share of the largest: one that is never lit is not
blown up."""
THROUGH = ("MaxPool", "Transpose", "Flatten")
"""Operators that only pick or move values: their input is quantised instead of their output, so
that they too run on int8."""


def quantised_tensors(source: Path) -> tuple[str, ...]:
    """The tensors of a float32 graph that `write_int8` rounds: their ranges are needed."""
    with WeightWriter(None) as nowhere:
        return tuple(sorted({t for _, t in _places(GraphCopy(source, nowhere)).items()}))


def write_int8(source: Path, target: Path, ranges: Mapping[str, Range]) -> list[Path]:
    """Write the int8 graph; returns the files written, the graph first.

    ranges: of `quantised_tensors`, measured on calibration pictures. Raises TrainerError.
    """
    external = external_file(source, target)
    with WeightWriter(external) as weights:
        writer = _Writer(GraphCopy(source, weights), ranges)
        for node in writer.graph.old_nodes:
            writer.rewrite(node)
        writer.graph.save(target)
    return [target] if external is None else [target, external]


class _Writer:
    """The graph as it is rewritten."""

    def __init__(self, graph: GraphCopy, ranges: Mapping[str, Range]) -> None:
        self.graph = graph
        self._places = _places(graph)
        self._factors = _factors(graph, self._places, ranges)
        self._ranges = ranges
        self._rounded: dict[str, str] = {}
        """Tensor -> its rounded counterpart, for the nodes that compute in int8."""

    def rewrite(self, node: NodeProto) -> None:
        if node.op_type == "Conv" or node.name in self._places:
            inputs = self._layer(node)
        elif node.op_type in THROUGH and node.input[0] in self._rounded:
            inputs = [self._rounded[node.input[0]]]
            self._rounded[node.output[0]] = node.output[0]
        else:
            inputs = [self.graph.keep(name) for name in node.input]
        self.graph.again(node, inputs)
        for name in node.output:
            if name in self._places.values():
                self._rounded[name] = self._pair(name)

    def _layer(self, node: NodeProto) -> list[str]:
        """Inputs of a convolution or dense layer, its channels made alike."""
        tensor, kernel, bias = node.input
        values, offsets = self.graph.values(kernel), self.graph.values(bias)
        if node.op_type == "Conv":
            before = self._factors.get(self._places.get(node.name, ""), np.ones(1, np.float32))
            after = self._factors.get(_activated(self.graph, node), np.ones(1, np.float32))
            values = values * after[:, None, None, None] / before[None, :, None, None]
            offsets = offsets * after
        bias = self.graph.weight(bias, offsets.astype(np.float32))
        if node.name not in self._places:
            return [tensor, self.graph.weight(kernel, values.astype(np.float32)), bias]
        return [self._rounded[tensor], self._weights(kernel, values, node.op_type), bias]

    def _pair(self, name: str) -> str:
        factors = self._factors.get(name, np.ones(1, np.float32))
        # A tensor that is always zero stays so with any limit.
        limit = float((self._ranges[name].channels * factors).max()) or 1.0
        scale = self.graph.weight(f"{name}/scale", np.array(limit / LEVELS, np.float32))
        zero = self.graph.weight(f"{name}/zero", np.array(0, np.int8))
        rounded = self.graph.add("QuantizeLinear", f"{name}/int8", [name, scale, zero])
        return self.graph.add("DequantizeLinear", f"{name}/rounded", [rounded, scale, zero])

    def _weights(self, name: str, values: FloatArray, op_type: str) -> str:
        """Weights of a Conv (out, in, kh, kw) or a Gemm (in, out) as int8, a scale per output."""
        axis = 0 if op_type == "Conv" else 1
        scale, levels = quantise_weights(values, axis)
        inputs = [
            self.graph.weight(f"{name}/int8", levels),
            self.graph.weight(f"{name}/scale", scale),
            self.graph.weight(f"{name}/zero", np.zeros(len(scale), np.int8)),
        ]
        return self.graph.add("DequantizeLinear", f"{name}/rounded", inputs, axis=axis)


def _places(graph: GraphCopy) -> dict[str, str]:
    """Node to be computed in int8 -> the tensor to be rounded for it."""
    makers = {name: node for node in graph.old_nodes for name in node.output}
    readers = [node for node in graph.old_nodes if node.op_type in ("Conv", "Gemm")]
    soft = {node.input[0] for node in graph.old_nodes if node.op_type == "Softmax"}
    places = {}
    first = next((node.name for node in readers if node.op_type == "Conv"), None)
    for node in readers:
        if node.name == first or node.output[0] in soft or node.name.startswith(GRAD_CAM):
            continue
        tensor = node.input[0]
        while makers[tensor].op_type in THROUGH:
            tensor = makers[tensor].input[0]
        places[node.name] = tensor
    return places


def _factors(
    graph: GraphCopy, places: Mapping[str, str], ranges: Mapping[str, Range]
) -> dict[str, FloatArray]:
    """Tensor between two convolutions -> what each of its channels is multiplied by, (C,)."""
    readers: dict[str, int] = {}
    for node in graph.old_nodes:
        for name in node.input:
            readers[name] = readers.get(name, 0) + 1
    names = {node.name: node.input[1] for node in graph.old_nodes if node.op_type == "Conv"}
    made = {_activated(graph, node) for node in graph.old_nodes if node.op_type == "Conv"}
    factors = {}
    for name, tensor in places.items():
        # The maps of the last convolution are read by Grad-CAM too: those stay as they are.
        alone = tensor in made and readers[tensor] == 1
        if name in names and alone and ranges[tensor].largest > 0:
            kernel = graph.values(names[name])
            weights = _audible(np.abs(kernel).max(axis=(0, 2, 3)))
            balance = np.sqrt(weights / _audible(ranges[tensor].channels))
            # Only the differences between channels matter: in the mean nothing is changed.
            balance /= np.exp(np.log(balance).mean())
            factors[tensor] = balance.astype(np.float32)
    return factors


def _audible(largest: FloatArray) -> RealArray:
    """(C,) float64, none smaller than QUIET of the largest."""
    values = largest.astype(np.float64)
    return np.asarray(np.maximum(values, max(QUIET * float(values.max()), TINY)))


def _activated(graph: GraphCopy, node: NodeProto) -> str:
    """The output of a convolution's ReLU, or its own where it has none."""
    for each in graph.old_nodes:
        if each.op_type == "Relu" and each.input[0] == node.output[0]:
            return str(each.output[0])
    return str(node.output[0])


def quantise_weights(values: FloatArray, axis: int) -> tuple[FloatArray, npt.NDArray[np.int8]]:
    """Scales (channels,) float32 and int8 levels, the largest weight of each channel at 127."""
    if not np.isfinite(values).all():
        raise TrainerError("a layer's weights are not finite. Train the run again.")
    others = tuple(i for i in range(values.ndim) if i != axis)
    largest = np.abs(values).max(axis=others)
    scale = np.asarray(np.where(largest > 0, largest, 1) / LEVELS, dtype=np.float32)
    shape: list[Any] = [1] * values.ndim
    shape[axis] = -1
    levels = np.rint(values / scale.reshape(shape)).clip(-LEVELS, LEVELS)
    return scale, levels.astype(np.int8)
