"""The nodes of a graph as they are written, one after another."""

from __future__ import annotations

from typing import Any

import numpy as np
import onnx
from onnx import helper

from engines.prediction import FloatArray
from trainer.graph.weights import WeightWriter


class GraphNodes:
    """Nodes as they are appended; each returns the name of its output."""

    def __init__(self, weights: WeightWriter) -> None:
        self.weights = weights
        self.nodes: list[onnx.NodeProto] = []

    def add(self, op: str, name: str, inputs: list[str], **attributes: Any) -> str:
        """A node of one output, which bears its name."""
        self.nodes.append(helper.make_node(op, inputs, [name], name=name, **attributes))
        return name

    def weight(self, name: str, values: FloatArray) -> str:
        """An initialiser in float32."""
        return self.weights.add(name, np.asarray(values, dtype=np.float32))

    def reshape(self, name: str, source: str, shape: list[int]) -> str:
        """Reshape; 0 keeps the axis (the batch)."""
        target = self.weights.add(f"{name}/shape", np.array(shape, dtype=np.int64))
        return self.add("Reshape", name, [source, target])
