"""The float32 graph rewritten in float16, for processors that compute in it: NVIDIA's.

In float16: the convolutions, their pools, the hidden dense layers, and the way back through those
for Grad-CAM. In float32 stay the pixels' normalisation, the pooling over space, the logits and
their softmax, and the heatmap's sum and division.

Average pools and tanh are computed in float32 too.

Float16 ends at 65504. Convolution, ReLU, max-pooling and dense layers are positively homogeneous:
with every bias divided by s, an input divided by s gives an output divided by s. So where values
grow too large the whole float16 part is computed divided by s, and multiplied by s again where it
is read in float32. All factors are powers of two, hence exact. (Scaling the first dense layer
instead would come to the same, but would leave the features divided.)
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from onnx import NodeProto, TensorProto

from trainer.config import TrainerError
from trainer.graph import heat
from trainer.graph.heat import GRAD_CAM, PAIRS, PART, ROWS, SLOPE
from trainer.graph.ranges import Range
from trainer.graph.rewrite import GraphCopy, external_file
from trainer.graph.weights import WeightWriter

LARGEST = 65504.0
"""The largest float16."""
ROOM = LARGEST / 8
"""What a tensor may reach on the calibration pictures, so that others have room to be brighter."""
PIXEL_SHARE = 1 / 128
"""Pixels enter float16 as -2..2, and the first kernel is multiplied instead: kernels of 1/255 and
less would lose digits among the smallest float16."""
GRADIENT_AIM = 128.0
"""The gradient is multiplied so that its largest value lies near this."""
HALF = ("Conv", "MaxPool", "Relu", "Gemm", "Transpose", "Flatten", "Greater", "Mul")
"""Operators computed in float16, but for the nodes that `_in_half` takes out."""
IN_FLOAT32 = ("pixels_nchw", "features", *heat.IN_FLOAT32)
"""Nodes of those operators that stay in float32."""


@dataclass(frozen=True, slots=True)
class Scaling:
    """What the float16 part is multiplied by: powers of two."""

    forward: float = 1.0
    """1 / s: of activations and biases."""
    gradient: float = 1.0
    """Of the gradient, from the logits to the maps."""


def half_tensors(source: Path) -> tuple[str, ...]:
    """The tensors of a float32 graph whose ranges `choose_scaling` needs."""
    with WeightWriter(None) as nowhere:
        graph = GraphCopy(source, nowhere)
    half = [node for node in graph.old_nodes if _in_half(node, graph)]
    return tuple(node.output[0] for node in half if node.op_type in ("Conv", "Gemm"))


def choose_scaling(ranges: Mapping[str, Range]) -> Scaling:
    """The scaling under which every tensor measured keeps within ROOM."""
    forward = max((r.largest for n, r in ranges.items() if not _is_gradient(n)), default=0.0)
    gradient = max((r.largest for n, r in ranges.items() if _is_gradient(n)), default=0.0)
    return Scaling(
        forward=2.0 ** -math.ceil(math.log2(forward / ROOM)) if forward > ROOM else 1.0,
        gradient=2.0 ** math.floor(math.log2(GRADIENT_AIM / gradient)) if gradient > 0 else 1.0,
    )


def write_half(source: Path, target: Path, scaling: Scaling) -> list[Path]:
    """Write the float16 graph; returns the files written, the graph first.

    Raises TrainerError for weights that float16 cannot hold.
    """
    external = external_file(source, target)
    with WeightWriter(external) as weights:
        half = _Half(GraphCopy(source, weights), scaling)
        for node in half.graph.old_nodes:
            half.rewrite(node)
        half.graph.save(target)
    return [target] if external is None else [target, external]


class _Half:
    """The graph as it is rewritten, casts put in where the precision changes."""

    def __init__(self, graph: GraphCopy, scaling: Scaling) -> None:
        self.graph = graph
        self._scaling = scaling
        self._factor: dict[str, float] = {}
        """Tensor held in float16 -> what it is multiplied by."""
        self._casts: dict[str, str] = {}

    def rewrite(self, node: NodeProto) -> None:
        if not _in_half(node, self.graph):
            self.graph.again(node, [self._full(name) for name in node.input])
        elif node.op_type == "Cast":
            self.graph.add("Cast", node.output[0], list(node.input), to=TensorProto.FLOAT16)
            self._factor[node.output[0]] = 1.0
        else:
            self._half(node)

    def _half(self, node: NodeProto) -> None:
        first = node.op_type == "Conv" and not self._factor
        before = PIXEL_SHARE if first else self._wanted(node.output[0])
        after = self._wanted(node.output[0])
        source = self._enter(node.input[0], before)
        inputs = [source]
        for index, name in enumerate(node.input[1:], start=1):
            factor = after if index == 2 else after / before
            inputs.append(self._weight(name, factor) if self.graph.is_weight(name) else name)
        self.graph.again(node, inputs)
        if node.op_type != "Greater":
            self._factor[node.output[0]] = after

    def _wanted(self, name: str) -> float:
        return self._scaling.gradient if _is_gradient(name) else self._scaling.forward

    def _weight(self, name: str, factor: float) -> str:
        values = self.graph.values(name)
        if values.dtype != np.float32:
            return self.graph.keep(name)
        with np.errstate(over="ignore"):
            rounded: npt.NDArray[np.float16] = (values * np.float32(factor)).astype(np.float16)
        if not np.isfinite(rounded).all():
            raise TrainerError(
                f"float16 cannot hold the weights of {name}: the largest is "
                f"{np.abs(values).max() * factor:.3g}, float16 ends at {LARGEST:.0f}. "
                "Export with --precision fp32 or int8."
            )
        return self.graph.weight(name, rounded)

    def _enter(self, name: str, factor: float) -> str:
        """The tensor in float16, multiplied by `factor`."""
        if name in self._factor:
            return name
        if name not in self._casts:
            scaled = self._times(name, factor, "shrunk")
            self._casts[name] = self.graph.add(
                "Cast", f"{name}/half", [scaled], to=TensorProto.FLOAT16
            )
        return self._casts[name]

    def _full(self, name: str) -> str:
        """The tensor in float32, as it would be without any scaling."""
        if name not in self._factor:
            return self.graph.keep(name)
        if name not in self._casts:
            cast = self.graph.add("Cast", f"{name}/full", [name], to=TensorProto.FLOAT)
            self._casts[name] = self._times(cast, 1.0 / self._factor[name], "grown")
        return self._casts[name]

    def _times(self, name: str, factor: float, suffix: str) -> str:
        if factor == 1.0:
            return name
        by = self.graph.weight(f"{name}/factor", np.array(factor, np.float32))
        return self.graph.add("Mul", f"{name}/{suffix}", [name, by])


def _in_half(node: NodeProto, graph: GraphCopy) -> bool:
    """Whether a node of the float32 graph is computed in float16."""
    name: str = node.name
    if node.op_type == "Cast":
        return _is_gradient(name) and name.endswith("/mask")
    if node.op_type == "Reshape":
        return _is_gradient(name) and name.endswith((ROWS, PAIRS))
    if node.op_type not in HALF or name in IN_FLOAT32 or PART in name or SLOPE in name:
        return False
    logits = {each.input[0] for each in graph.old_nodes if each.op_type == "Softmax"}
    return name not in logits


def _is_gradient(name: str) -> bool:
    return name.startswith(GRAD_CAM)
