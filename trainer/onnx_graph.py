"""Writes a trained network as an ONNX graph that carries its own Grad-CAM.

    image uint8 (N, H, W, C) -> probabilities (N, K), heatmap (N, h, w) in [0, 1], features (N, F),
                                defect_heatmap (N, h, w) in [0, 1]

`heatmap` explains the predicted class, `defect_heatmap` the likeliest class that is a defect: where
a part is neither passed nor rejected the predicted class may be a good one, and what a person must
be shown is where the defect is suspected.

Grad-CAM weighs the maps A of the last convolution by alpha_c, the mean over space of dy/dA_c
(Selvaraju et al., 2017, equation 1). Behind A come only max-pools and the head. A max-pool routes
each gradient to one place, so the sum over space of dy/dA_c equals that of dy/dP_c, P being the
pooled maps, and dy/dP_c comes from the dense layers alone: their transposed kernels, and a mask
where a ReLU was closed. No tape is needed, and any runtime can run it. Both classes go that way
together, so that the head's weights, which are what it costs, are read once.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper

from engines.backend import OUTPUTS
from engines.prediction import FloatArray
from trainer.config import TrainerError
from trainer.graph_rules import INPUT
from trainer.onnx_layers import Convolution, MaxPool, Network, read_network
from trainer.onnx_weights import WeightWriter

OPSET = 17
"""Read by TensorRT 8.6 to 11, OpenVINO and ONNX Runtime alike."""
IR_VERSION = 8
"""Of that opset's time: readers refuse a newer one than they know."""
EXTERNAL_OVER_BYTES = 256 << 20
"""Weights beyond this go into a file beside the graph: a protobuf ends at 2 GB, and one of half
that is held in memory several times over while it is written."""
GRAD_CAM = "grad_cam/"
"""Nodes and weights of the heatmap branch begin with this."""
ROWS, PAIRS = "/rows", "/pairs"
"""Reshapes between the gradient (2, N, units) and the (2 N, units) that a Gemm takes end so."""
EXPLAINED = ("heatmap", "defect_heatmap")
"""Outputs: of the predicted class, and of the likeliest defect."""
NEVER = -1e30
"""Added to the score of a class that is not to be chosen."""


def write_graph(
    model: Any,
    path: Path,
    temperature: float = 1.0,
    external_over_bytes: int = EXTERNAL_OVER_BYTES,
    *,
    defects: Sequence[bool],
) -> list[Path]:
    """Write a Keras model as ONNX; returns the files written, the graph first.

    defects: of each class, in the model's order, whether it is a defect. temperature: logits are
    divided by it, inside the last dense layer's weights. Beyond `external_over_bytes` the weights
    lie in `<path>.data`, which must stay beside the graph. Raises TrainerError for a layer that the
    writer does not know.
    """
    if not (np.isfinite(temperature) and temperature > 0):
        raise TrainerError(
            f"the temperature is {temperature}; expected a positive number. Run `trainer evaluate`."
        )
    network = read_network(model)
    _check_defects(defects, network.dense[-1].units)
    data = path.with_name(path.name + ".data")
    external = data if network.weight_bytes > external_over_bytes else None
    with WeightWriter(external) as weights:
        graph = _Graph(weights)
        _write_network(graph, network, temperature, defects)
    shape = ["N", network.height, network.width, network.channels]
    proto = helper.make_model(
        helper.make_graph(
            graph.nodes,
            "scaffold_station",
            [helper.make_tensor_value_info(INPUT, TensorProto.UINT8, shape)],
            _outputs(network),
            weights.tensors,
        ),
        opset_imports=[helper.make_opsetid("", OPSET)],
        ir_version=IR_VERSION,
        producer_name="scaffold-station",
    )
    path.write_bytes(proto.SerializeToString())
    return [path] if external is None else [path, external]


class _Graph:
    """Nodes as they are appended; each returns the name of its output."""

    def __init__(self, weights: WeightWriter) -> None:
        self.weights = weights
        self.nodes: list[onnx.NodeProto] = []

    def add(self, op: str, name: str, inputs: list[str], **attributes: Any) -> str:
        self.nodes.append(helper.make_node(op, inputs, [name], name=name, **attributes))
        return name

    def weight(self, name: str, values: FloatArray) -> str:
        return self.weights.add(name, np.asarray(values, dtype=np.float32))

    def reshape(self, name: str, source: str, shape: list[int]) -> str:
        """Reshape; 0 keeps the axis (the batch)."""
        target = self.weights.add(f"{name}/shape", np.array(shape, dtype=np.int64))
        return self.add("Reshape", name, [source, target])


def _check_defects(defects: Sequence[bool], classes: int) -> None:
    if len(defects) != classes or not any(defects):
        raise TrainerError(
            f"the classes are {', '.join('defect' if d else 'good' for d in defects) or 'none'}; "
            f"expected one for each of the model's {classes} outputs, a defect among them. Name "
            "the good classes with `--good`."
        )


def _write_network(
    graph: _Graph, network: Network, temperature: float, defects: Sequence[bool]
) -> None:
    maps, last = _write_trunk(graph, network)
    pool = "GlobalMaxPool" if network.pooled == "max" else "GlobalAveragePool"
    features = graph.add("Flatten", "features", [graph.add(pool, "pooled", [maps])], axis=1)
    vector = features
    if network.pooled == "flatten":
        # Keras lays (h, w, C) flat: turning the small maps spares a second copy of the kernel.
        rows = graph.add("Transpose", "pooled_nhwc", [maps], perm=[0, 2, 3, 1])
        vector = graph.add("Flatten", "flat", [rows], axis=1)
    hidden: list[str] = []
    for dense in network.dense[:-1]:
        kernel = graph.weight(f"{dense.name}/kernel", dense.kernel())
        bias = graph.weight(f"{dense.name}/bias", dense.bias())
        sums = graph.add("Gemm", dense.name, [vector, kernel, bias])
        vector = graph.add("Relu", f"{dense.name}/relu", [sums])
        hidden.append(vector)
    top = network.dense[-1]
    kernel = graph.weight(f"{top.name}/kernel", _divided(top.kernel(), temperature))
    bias = graph.weight(f"{top.name}/bias", _divided(top.bias(), temperature))
    logits = graph.add("Gemm", top.name, [vector, kernel, bias])
    graph.add("Softmax", "probabilities", [logits], axis=1)
    scores = _write_scores(graph, logits, defects)
    _write_heatmaps(graph, network, last, scores, hidden)


def _write_trunk(graph: _Graph, network: Network) -> tuple[str, str]:
    """Convolutions and pools; returns the pooled maps and the last convolution's maps."""
    x = graph.add("Cast", "pixels", [INPUT], to=TensorProto.FLOAT)
    x = graph.add("Transpose", "pixels_nchw", [x], perm=[0, 3, 1, 2])
    offset = graph.weight("offset/value", network.offset.reshape(1, -1, 1, 1))
    x = graph.add("Add", "offset", [x, offset])
    last = x
    for layer in network.trunk:
        if isinstance(layer, MaxPool):
            x = graph.add(
                "MaxPool", layer.name, [x], kernel_shape=layer.size, strides=layer.strides
            )
        else:
            x = last = _write_convolution(graph, layer, x)
    return x, last


def _write_convolution(graph: _Graph, layer: Convolution, x: str) -> str:
    kernel = graph.weight(f"{layer.name}/kernel", layer.kernel_oihw)
    bias = graph.weight(f"{layer.name}/bias", np.asarray(layer.bias, dtype=np.float32))
    rows, columns = layer.padding_px
    x = graph.add(
        "Conv",
        layer.name,
        [x, kernel, bias],
        kernel_shape=layer.kernel.shape[:2],
        strides=[1, 1],
        pads=[rows, columns, rows, columns],
    )
    return graph.add("Relu", f"{layer.name}/relu", [x]) if layer.relu else x


def _write_scores(graph: _Graph, logits: str, defects: Sequence[bool]) -> str:
    """(2, N, K): the logits, and the logits with every good class out of the question."""
    mask = np.zeros((len(EXPLAINED), 1, len(defects)), np.float32)
    mask[1, 0] = np.where(defects, 0.0, NEVER)
    return graph.add("Add", f"{GRAD_CAM}scores", [logits, graph.weight(f"{GRAD_CAM}good", mask)])


def _write_heatmaps(
    graph: _Graph, network: Network, maps: str, scores: str, hidden: list[str]
) -> None:
    """alpha (2, N, C) from the head, times the maps (N, C, h, w), ReLU, divided by its maximum."""
    height, width, channels = _map_shape(network)
    alpha = _write_alpha(graph, network, scores, hidden)
    row = graph.add("Transpose", f"{GRAD_CAM}alpha_rows", [alpha], perm=[1, 0, 2])
    flat = graph.reshape(f"{GRAD_CAM}maps", maps, [0, channels, height * width])
    signed = graph.add("MatMul", f"{GRAD_CAM}signed", [row, flat])
    square = graph.reshape(f"{GRAD_CAM}square", signed, [0, len(EXPLAINED), height, width])
    heat = graph.add("Relu", f"{GRAD_CAM}heat", [square])
    peak = graph.add("GlobalMaxPool", f"{GRAD_CAM}peak", [heat])
    # 0 / (0 + 1): a map without heat stays zero in any precision, where a tiny constant would
    # itself become zero in float16.
    zero = graph.weight(f"{GRAD_CAM}zero", np.zeros((), np.float32))
    cold = graph.add("Equal", f"{GRAD_CAM}cold", [peak, zero])
    one = graph.add("Cast", f"{GRAD_CAM}cold_as_one", [cold], to=TensorProto.FLOAT)
    divisor = graph.add("Add", f"{GRAD_CAM}divisor", [peak, one])
    share = graph.add("Div", f"{GRAD_CAM}share", [heat, divisor])
    for index, name in enumerate(EXPLAINED):
        which = graph.weights.add(f"{name}/index", np.array(index, dtype=np.int64))
        graph.add("Gather", name, [share, which], axis=1)


def _write_alpha(graph: _Graph, network: Network, scores: str, hidden: list[str]) -> str:
    """Sum over space of d logit / dA for the class of the highest score: (2, N, C).

    The mean of equation 1 is this sum over a constant number of positions, and the temperature
    is a constant too: both go out with the division by the maximum.
    """
    top = graph.add("ArgMax", f"{GRAD_CAM}top", [scores], axis=2, keepdims=0)
    classes = _over_space(network, len(network.dense) - 1)
    rows = graph.weight(f"{GRAD_CAM}classes", np.ascontiguousarray(classes.T))
    gradient = graph.add("Gather", f"{GRAD_CAM}gradient", [rows, top], axis=0)
    if not hidden:
        return gradient
    zero = graph.weight(f"{GRAD_CAM}closed", np.zeros((), np.float32))
    for index in range(len(hidden) - 1, -1, -1):
        name = f"{GRAD_CAM}{network.dense[index].name}"
        open_ = graph.add("Greater", f"{name}/open", [hidden[index], zero])
        mask = graph.add("Cast", f"{name}/mask", [open_], to=TensorProto.FLOAT)
        gradient = graph.add("Mul", f"{name}/masked", [gradient, mask])
        kernel = f"{network.dense[index].name}/kernel"
        if index == 0 and network.pooled == "flatten":
            kernel = graph.weight(f"{name}/kernel", _over_space(network, 0))
        units = network.dense[index].units
        rows = graph.reshape(f"{name}{ROWS}", gradient, [-1, units])
        gradient = graph.add("Gemm", f"{name}/gradient", [rows, kernel], transB=1)
        below = network.dense[index - 1].units if index else _map_shape(network)[2]
        gradient = graph.reshape(f"{name}{PAIRS}", gradient, [len(EXPLAINED), -1, below])
    return gradient


def _over_space(network: Network, index: int) -> FloatArray:
    """Kernel of a dense layer; of the one behind a Flatten, summed over the positions: (C, out).

    The sum over space of (kernel^T g) is (kernel summed over space)^T g, so the transposed kernel
    of fc1, 400 MB at 224 px, is never needed.
    """
    kernel = network.dense[index].kernel()
    if index > 0 or network.pooled != "flatten":
        return kernel
    channels = _map_shape(network)[2]
    places = kernel.reshape(-1, channels, kernel.shape[1])
    return np.asarray(places.sum(axis=0, dtype=np.float64), dtype=np.float32)


def _map_shape(network: Network) -> tuple[int, int, int]:
    """(h, w, channels) of the last convolution's maps."""
    height, width = network.height, network.width
    at_last = (height, width)
    for layer in network.trunk:
        if isinstance(layer, MaxPool):
            height = (height - layer.size[0]) // layer.strides[0] + 1
            width = (width - layer.size[1]) // layer.strides[1] + 1
        else:
            height += 2 * layer.padding_px[0] - layer.kernel.shape[0] + 1
            width += 2 * layer.padding_px[1] - layer.kernel.shape[1] + 1
            at_last = (height, width)
    return (*at_last, network.convolutions[-1].kernel.shape[3])


def _divided(values: FloatArray, temperature: float) -> FloatArray:
    return np.asarray(values.astype(np.float64) / temperature, dtype=np.float32)


def _outputs(network: Network) -> list[onnx.ValueInfoProto]:
    height, width, channels = _map_shape(network)
    shapes = {
        "probabilities": [network.dense[-1].units],
        "features": [channels],
        **{name: [height, width] for name in EXPLAINED},
    }
    return [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, ["N", *shapes[name]])
        for name in OUTPUTS
    ]
