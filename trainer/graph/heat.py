"""The part of the graph that says where: two maps in the same forward pass.

`heatmap` is Grad-CAM of the predicted class. It weighs the maps A of the last convolution by
alpha_c, the mean over space of dy/dA_c (Selvaraju et al., 2017, equation 1). Behind A come only
pools and the head. A max-pool routes each gradient to one place and an average pool spreads it
evenly over its window, so the sum over space of dy/dA_c equals that of dy/dP_c, P being the pooled
maps, and dy/dP_c comes from the dense layers alone: their transposed kernels, a mask where a ReLU
was closed, and 1 - v^2 where a tanh gave v. No tape is needed, and any runtime can run it. A dense
layer on maps is a 1x1 convolution and counts as such; `trainer.graph.layers` refuses what else
stands between the last convolution and the head.

`defect_heatmap` says what speaks for a defect, whatever is predicted: where a part goes to a person
its likeliest class is often a good one. It differs from Grad-CAM twice.

The score that it explains is what the verdict is by: the log odds of the defects' probability,
logsumexp of the defects' logits less that of the good ones'. A class's logit alone says little,
for a softmax only knows differences.

Where the head takes each channel's maximum, a channel speaks from the one place where it has that;
Grad-CAM spreads its weight over all of its map. Instead each channel counts by how far it exceeds
PEAK of its maximum: at its peak in full, a tenth below that not at all. That is gradient times
activation, place by place (Draelos and Carin, "Use HiResCAM instead of Grad-CAM", 2020), made
continuous, so that rounding moves it little; and averaged over 3 x 3 places, for one is less than
what its receptive field has seen.

Measured with the demo bundle on the 434 defects of the fresh set, ovals aside, that do not pass by
their score: the middle of the hottest region lies on the defect (at most half its size and 0.75 mm
away) for 20 of the 25 that go to REVIEW and 97 % of the 409 others; by Grad-CAM of the defect's
logit for 1 of the 25, and 94 %.

Both maps' gradients go back together: the head's weights, which are what it costs, are read once.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from onnx import TensorProto

from engines.prediction import FloatArray
from trainer.graph.layers import Network, Pool
from trainer.graph.nodes import GraphNodes

GRAD_CAM = "grad_cam/"
"""Nodes and weights of the heatmap branch begin with this."""
PART = "/part_"
"""Products that put two tensors into one are named so: they stay in float32."""
SLOPE = "/slope"
"""The derivative of a tanh, and its product with a gradient, are named so: they stay in float32."""
ROWS, PAIRS = "/rows", "/pairs"
"""Reshapes between the gradient (2, N, units) and the (2 N, units) that a Gemm takes end so."""
EXPLAINED = ("heatmap", "defect_heatmap")
"""Outputs: of the predicted class, and of what speaks for a defect."""
PEAK = 0.9
"""Share of a channel's maximum beyond which a place counts."""
SMOOTH = 3
"""Places a side that the map of a max-pooled head is averaged over."""
IN_FLOAT32 = tuple(GRAD_CAM + name for name in ("alpha_rows", "level", "cells", "heat"))
"""Nodes of the branch that no rewriting takes to float16."""
NEVER = -1e30
"""Added to the score of a class that is not to be counted."""


def write_heatmaps(
    graph: GraphNodes,
    network: Network,
    maps: str,
    logits: str,
    hidden: list[str],
    defects: Sequence[bool],
) -> None:
    """Append both maps as outputs.

    maps: (N, C, h, w) of the last convolution. hidden: the dense layers' values after their ReLU
    or tanh.
    defects: of each class, whether it is one.
    """
    height, width, channels = map_shape(network)
    gradient = _write_gradient(graph, network, logits, defects)
    alpha = _write_alpha(graph, network, gradient, hidden)
    rows = graph.add("Transpose", f"{GRAD_CAM}alpha_rows", [alpha], perm=[1, 0, 2])
    flat = graph.reshape(f"{GRAD_CAM}maps", maps, [0, channels, height * width])
    square = [0, len(EXPLAINED), height, width]
    if network.pooled == "max":
        signed = _write_peaks(graph, network, rows, flat)
    else:
        product = graph.add("MatMul", f"{GRAD_CAM}signed", [rows, flat])
        signed = graph.reshape(f"{GRAD_CAM}square", product, square)
    heat = graph.add("Relu", f"{GRAD_CAM}heat", [signed])
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


def _write_peaks(graph: GraphNodes, network: Network, rows: str, flat: str) -> str:
    """(N, 2, h, w) for a head that takes each channel's maximum. rows: alpha (N, 2, C)."""
    height, width, channels = map_shape(network)
    highest = graph.reshape(f"{GRAD_CAM}highest", "pooled", [0, channels, 1])
    share = graph.weight(f"{GRAD_CAM}peak_share", np.array(PEAK, np.float32))
    level = graph.add("Mul", f"{GRAD_CAM}level", [highest, share])
    above = graph.add("Sub", f"{GRAD_CAM}above", [flat, level])
    cells = graph.add("Relu", f"{GRAD_CAM}cells", [above])
    both = []
    for index, (name, values) in enumerate(zip(EXPLAINED, (flat, cells), strict=True)):
        which = graph.weights.add(f"{GRAD_CAM}{name}/row", np.array([index], dtype=np.int64))
        row = graph.add("Gather", f"{GRAD_CAM}{name}/alpha", [rows, which], axis=1)
        product = graph.add("MatMul", f"{GRAD_CAM}{name}/signed", [row, values])
        square = [0, 1, height, width]
        both.append(graph.reshape(f"{GRAD_CAM}{name}/square", product, square))
    side = SMOOTH // 2
    both[1] = graph.add(
        "AveragePool",
        f"{GRAD_CAM}smooth",
        [both[1]],
        kernel_shape=[SMOOTH, SMOOTH],
        strides=[1, 1],
        pads=[side] * 4,
        count_include_pad=1,
    )
    return _stacked(graph, "square", (both[0], both[1]), (1, 2, 1, 1))


def _write_gradient(
    graph: GraphNodes, network: Network, logits: str, defects: Sequence[bool]
) -> str:
    """d score / d input of the last dense layer: (2, N, units), of both scores."""
    classes = _over_space(network, len(network.dense) - 1)
    rows = graph.weight(f"{GRAD_CAM}classes", np.ascontiguousarray(classes.T))
    # Three times the logits: all of them, the defects' and the good ones'.
    counted = np.stack([np.ones(len(defects), bool), np.array(defects), ~np.array(defects)])
    mask = np.where(counted, 0.0, NEVER).astype(np.float32)[:, None, :]
    scores = graph.add("Add", f"{GRAD_CAM}scores", [logits, graph.weight(f"{GRAD_CAM}mask", mask)])
    tops = graph.add("ArgMax", f"{GRAD_CAM}tops", [scores], axis=2, keepdims=0)
    each = graph.weight(f"{GRAD_CAM}each", np.eye(len(defects), dtype=np.float32))
    top = _part(graph, f"{GRAD_CAM}top", tops, 0)
    predicted = graph.add("Gather", f"{GRAD_CAM}predicted", [each, top], axis=0)
    # d logsumexp / d logits
    softmax = graph.add("Softmax", f"{GRAD_CAM}softmax", [scores], axis=2)
    odds = _part(graph, f"{GRAD_CAM}defects", softmax, 1)
    if not all(defects):
        good = _part(graph, f"{GRAD_CAM}good", softmax, 2)
        odds = graph.add("Sub", f"{GRAD_CAM}odds", [odds, good])
    shares = _stacked(graph, "shares", (predicted, odds), (2, 1, 1))
    return graph.add("MatMul", f"{GRAD_CAM}gradient", [shares, rows])


def _part(graph: GraphNodes, name: str, source: str, index: int) -> str:
    """One slice along the first axis, which goes."""
    which = graph.weights.add(f"{name}/index", np.array(index, dtype=np.int64))
    return graph.add("Gather", name, [source, which], axis=0)


def _stacked(graph: GraphNodes, name: str, both: tuple[str, str], shape: tuple[int, ...]) -> str:
    """Two tensors as one, along the axis where `shape`, of constants that each is multiplied by,
    is 2.

    Not by a Concat: with one anywhere in the graph, OpenVINO 2026.4 computes wrong convolutions
    from int8 pairs (the features were off by half of their size; ONNX Runtime's were right).
    """
    parts = []
    for index, source in enumerate(both):
        here = np.zeros(len(both), np.float32)
        here[index] = 1.0
        weight = graph.weight(f"{GRAD_CAM}{name}/is_{index}", here.reshape(shape))
        parts.append(graph.add("Mul", f"{GRAD_CAM}{name}{PART}{index}", [source, weight]))
    return graph.add("Add", f"{GRAD_CAM}{name}", parts)


def _write_alpha(graph: GraphNodes, network: Network, gradient: str, hidden: list[str]) -> str:
    """Sum over space of d score / dA: (2, N, C).

    The mean of equation 1 is this sum over a constant number of positions, and the temperature
    is a constant too: both go out with the division by the maximum.
    """
    if not hidden:
        return gradient
    for index in range(len(hidden) - 1, -1, -1):
        name = f"{GRAD_CAM}{network.dense[index].name}"
        through = _through_tanh if network.dense[index].bend == "tanh" else _through_relu
        gradient = through(graph, name, gradient, hidden[index])
        kernel = f"{network.dense[index].name}/kernel"
        if index == 0 and network.pooled == "flatten":
            kernel = graph.weight(f"{name}/kernel", _over_space(network, 0))
        units = network.dense[index].units
        rows = graph.reshape(f"{name}{ROWS}", gradient, [-1, units])
        gradient = graph.add("Gemm", f"{name}/gradient", [rows, kernel], transB=1)
        below = network.dense[index - 1].units if index else map_shape(network)[2]
        gradient = graph.reshape(f"{name}{PAIRS}", gradient, [len(EXPLAINED), -1, below])
    return gradient


def _through_relu(graph: GraphNodes, name: str, gradient: str, values: str) -> str:
    zero = graph.weight(f"{name}/closed", np.zeros((), np.float32))
    open_ = graph.add("Greater", f"{name}/open", [values, zero])
    mask = graph.add("Cast", f"{name}/mask", [open_], to=TensorProto.FLOAT)
    return graph.add("Mul", f"{name}/masked", [gradient, mask])


def _through_tanh(graph: GraphNodes, name: str, gradient: str, values: str) -> str:
    """d tanh / dx = 1 - tanh(x)^2."""
    one = graph.weight(f"{name}/one", np.ones((), np.float32))
    square = graph.add("Mul", f"{name}{SLOPE}_squared", [values, values])
    slope = graph.add("Sub", f"{name}{SLOPE}", [one, square])
    return graph.add("Mul", f"{name}{SLOPE}_times", [gradient, slope])


def _over_space(network: Network, index: int) -> FloatArray:
    """Kernel of a dense layer; of the one behind a Flatten, summed over the positions: (C, out).

    The sum over space of (kernel^T g) is (kernel summed over space)^T g, so the transposed kernel
    of fc1, 400 MB at 224 px, is never needed.
    """
    kernel = network.dense[index].kernel()
    if index > 0 or network.pooled != "flatten":
        return kernel
    channels = map_shape(network)[2]
    places = kernel.reshape(-1, channels, kernel.shape[1])
    return np.asarray(places.sum(axis=0, dtype=np.float64), dtype=np.float32)


def map_shape(network: Network) -> tuple[int, int, int]:
    """(h, w, channels) of the last convolution's maps."""
    height, width = network.height, network.width
    at_last = (height, width)
    for layer in network.trunk:
        if isinstance(layer, Pool):
            height = (height - layer.size[0]) // layer.strides[0] + 1
            width = (width - layer.size[1]) // layer.strides[1] + 1
        else:
            height += 2 * layer.padding_px[0] - layer.kernel.shape[0] + 1
            width += 2 * layer.padding_px[1] - layer.kernel.shape[1] + 1
            at_last = (height, width)
    return (*at_last, network.convolutions[-1].kernel.shape[3])
