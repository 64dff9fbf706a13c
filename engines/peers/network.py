"""The network of an exported graph as plain arrays: what Keras and PyTorch are rebuilt from.

So every peer runs the very same weights, whatever the trainer was.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np

from engines.errors import EngineError
from engines.prediction import FloatArray

Pooled = Literal["mean", "max", "flatten"]
POOLS: dict[str, Pooled] = {"GlobalAveragePool": "mean", "GlobalMaxPool": "max"}


@dataclass(frozen=True, slots=True, eq=False)
class Convolution:
    """Stride 1; `padding` rows and columns of zeros on either side."""

    kernel_oihw: FloatArray
    bias: FloatArray
    padding: tuple[int, int]
    relu: bool


@dataclass(frozen=True, slots=True)
class MaxPool:
    """Without padding."""

    size: tuple[int, int]
    strides: tuple[int, int]


@dataclass(frozen=True, slots=True, eq=False)
class Dense:
    """x @ kernel + bias."""

    kernel: FloatArray
    """(in, out)"""
    bias: FloatArray
    relu: bool


@dataclass(frozen=True, slots=True, eq=False)
class Network:
    """Pixels 0..255 + offset, the trunk, one pooling over space, the dense layers, softmax."""

    height: int
    width: int
    channels: int
    offset: FloatArray
    """(channels,)"""
    trunk: tuple[Convolution | MaxPool, ...]
    pooled: Pooled
    """`flatten` lays the maps flat as (h, w, C)."""
    dense: tuple[Dense, ...]
    """The last one gives the logits."""

    @property
    def last_convolution(self) -> int:
        """Its index in the trunk: Grad-CAM looks at its map, after the ReLU."""
        return max(i for i, e in enumerate(self.trunk) if isinstance(e, Convolution))


def read_network(path: Path) -> Network:
    """Read the float32 graph that `trainer export` wrote; needs the package `onnx`.

    Raises EngineError for a graph of another make.
    """
    import onnx

    try:
        model = onnx.load(str(path))
    except Exception as error:  # protobuf's own errors have no common base
        raise EngineError(f"{path} cannot be read as ONNX ({error}). Export it again.") from error
    weights = {t.name: onnx.numpy_helper.to_array(t) for t in model.graph.initializer}
    steps = _chain(model.graph, weights, path)
    height, width, channels = (
        d.dim_value for d in model.graph.input[0].type.tensor_type.shape.dim[1:]
    )
    for op in ("Cast", "Transpose"):
        _take(steps, op, path)
    offset = weights[_take(steps, "Add", path).input[1]].reshape(-1)
    trunk = _trunk(steps, weights, path)
    pooled = _pooled(steps, path)
    dense = _dense(steps, weights, path)
    _take(steps, "Softmax", path)
    if not any(isinstance(each, Convolution) for each in trunk) or not dense:
        raise _unknown(path, "no convolution or no dense layer")
    return Network(height, width, channels, offset, trunk, pooled, dense)


def _chain(graph: Any, weights: dict[str, Any], path: Path) -> list[Any]:
    """The nodes from `image` to `probabilities`, in order, each fed by the one before it."""
    makers = {name: node for node in graph.node for name in node.output}
    steps: list[Any] = []
    name = "probabilities"
    while name != "image":
        if name not in makers:
            raise _unknown(path, f"no way from `image` to {name!r}")
        steps.append(makers[name])
        fed = [each for each in makers[name].input if each not in weights]
        if len(fed) != 1:
            raise _unknown(path, f"{makers[name].op_type} with {len(fed)} inputs")
        name = fed[0]
    return steps[::-1]


def _take(steps: list[Any], op: str, path: Path) -> Any:
    found = steps[0].op_type if steps else "its end"
    if found != op:
        raise _unknown(path, f"{found} where {op} is expected")
    return steps.pop(0)


def _relu(steps: list[Any]) -> bool:
    if steps and steps[0].op_type == "Relu":
        steps.pop(0)
        return True
    return False


def _attributes(node: Any) -> dict[str, Any]:
    import onnx

    return {a.name: onnx.helper.get_attribute_value(a) for a in node.attribute}


def _trunk(
    steps: list[Any], weights: dict[str, Any], path: Path
) -> tuple[Convolution | MaxPool, ...]:
    trunk: list[Convolution | MaxPool] = []
    while steps and steps[0].op_type in ("Conv", "MaxPool"):
        node = steps.pop(0)
        said = _attributes(node)
        rows, columns, *rest = said.get("pads", [0, 0, 0, 0])
        if list(rest) != [rows, columns]:
            raise _unknown(path, f"{node.name} with the padding {said['pads']}")
        strides = tuple(said.get("strides", [1, 1]))
        if node.op_type == "MaxPool":
            if (rows, columns) != (0, 0):
                raise _unknown(path, f"{node.name} with padding")
            trunk.append(MaxPool(tuple(said["kernel_shape"]), strides))
            continue
        if strides != (1, 1) or said.get("group", 1) != 1 or set(said.get("dilations", [1])) != {1}:
            raise _unknown(path, f"{node.name} with strides, groups or dilations")
        kernel, bias = (weights[name] for name in node.input[1:3])
        trunk.append(Convolution(kernel, bias, (rows, columns), _relu(steps)))
    return tuple(trunk)


def _pooled(steps: list[Any], path: Path) -> Pooled:
    op = steps[0].op_type if steps else ""
    if op not in (*POOLS, "Transpose"):
        raise _unknown(path, f"{op or 'its end'} where the maps become a vector")
    steps.pop(0)
    _take(steps, "Flatten", path)
    return POOLS.get(op, "flatten")


def _dense(steps: list[Any], weights: dict[str, Any], path: Path) -> tuple[Dense, ...]:
    dense = []
    while steps and steps[0].op_type == "Gemm":
        node = steps.pop(0)
        if any(_attributes(node).get(name, 0) for name in ("transA", "transB")):
            raise _unknown(path, f"{node.name} with a transposed kernel")
        kernel, bias = (np.asarray(weights[name]) for name in node.input[1:3])
        dense.append(Dense(kernel, bias, _relu(steps)))
    return tuple(dense)


def _unknown(path: Path, found: str) -> EngineError:
    return EngineError(
        f"{path} cannot be rebuilt layer by layer: it holds {found}. Keras and PyTorch are "
        "compared on the graphs that `trainer export` writes; leave them out with --against."
    )
