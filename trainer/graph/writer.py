"""Writes a trained network as an ONNX graph that carries its own heatmaps.

    image uint8 (N, H, W, C) -> probabilities (N, K), heatmap (N, h, w) in [0, 1], features (N, F),
                                defect_heatmap (N, h, w) in [0, 1]

How the maps are made: see trainer.graph.heat.
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
from trainer.graph.heat import EXPLAINED, map_shape, write_heatmaps
from trainer.graph.layers import Bend, Convolution, Network, Pool, read_network
from trainer.graph.nodes import GraphNodes
from trainer.graph.rules import INPUT
from trainer.graph.weights import WeightWriter

OPSET = 17
"""Read by TensorRT 8.6 to 11, OpenVINO and ONNX Runtime alike."""
IR_VERSION = 8
"""Of that opset's time: readers refuse a newer one than they know."""
POOLS = {"max": "MaxPool", "average": "AveragePool"}
BENDS = {"relu": "Relu", "tanh": "Tanh"}
"""Our word -> ONNX's operator."""
EXTERNAL_OVER_BYTES = 256 << 20
"""Weights beyond this go into a file beside the graph: a protobuf ends at 2 GB, and one of half
that is held in memory several times over while it is written."""


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
        graph = GraphNodes(weights)
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


def _check_defects(defects: Sequence[bool], classes: int) -> None:
    if len(defects) != classes or not any(defects):
        raise TrainerError(
            f"the classes are {', '.join('defect' if d else 'good' for d in defects) or 'none'}; "
            f"expected one for each of the model's {classes} outputs, a defect among them. Name "
            "the good classes with `--good`."
        )


def _write_network(
    graph: GraphNodes, network: Network, temperature: float, defects: Sequence[bool]
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
        vector = _bent(graph, dense.bend, dense.name, sums)
        hidden.append(vector)
    top = network.dense[-1]
    kernel = graph.weight(f"{top.name}/kernel", _divided(top.kernel(), temperature))
    bias = graph.weight(f"{top.name}/bias", _divided(top.bias(), temperature))
    logits = graph.add("Gemm", top.name, [vector, kernel, bias])
    graph.add("Softmax", "probabilities", [logits], axis=1)
    write_heatmaps(graph, network, last, logits, hidden, defects)


def _write_trunk(graph: GraphNodes, network: Network) -> tuple[str, str]:
    """Convolutions and pools; gives the pooled maps and the last convolution's maps."""
    x = graph.add("Cast", "pixels", [INPUT], to=TensorProto.FLOAT)
    x = graph.add("Transpose", "pixels_nchw", [x], perm=[0, 3, 1, 2])
    offset = graph.weight("offset/value", network.offset.reshape(1, -1, 1, 1))
    x = graph.add("Add", "offset", [x, offset])
    last = x
    for layer in network.trunk:
        if isinstance(layer, Pool):
            op = POOLS[layer.kind]
            x = graph.add(op, layer.name, [x], kernel_shape=layer.size, strides=layer.strides)
        else:
            x = last = _write_convolution(graph, layer, x)
    return x, last


def _write_convolution(graph: GraphNodes, layer: Convolution, x: str) -> str:
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
    return _bent(graph, layer.bend, layer.name, x)


def _bent(graph: GraphNodes, bend: Bend, layer: str, sums: str) -> str:
    """What a layer's sums go through."""
    if bend == "linear":
        return sums
    return graph.add(BENDS[bend], f"{layer}/{bend}", [sums])


def _divided(values: FloatArray, temperature: float) -> FloatArray:
    return np.asarray(values.astype(np.float64) / temperature, dtype=np.float32)


def _outputs(network: Network) -> list[onnx.ValueInfoProto]:
    height, width, channels = map_shape(network)
    shapes = {
        "probabilities": [network.dense[-1].units],
        "features": [channels],
        **{name: [height, width] for name in EXPLAINED},
    }
    return [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, ["N", *shapes[name]])
        for name in OUTPUTS
    ]
