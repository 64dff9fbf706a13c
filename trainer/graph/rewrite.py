"""A graph of ours, read node by node and written anew in another precision."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
from onnx import NodeProto, helper, numpy_helper

from trainer.config import TrainerError
from trainer.graph.weights import WeightWriter


class GraphCopy:
    """The graph at `source`, and the nodes and weights of the one to be written.

    Only weights that are asked for are carried over. Raises TrainerError for a graph that cannot
    be read.
    """

    def __init__(self, source: Path, weights: WeightWriter) -> None:
        try:
            # Weights beside the graph are read one by one: of VGG16 they are 500 MB.
            self.model = onnx.load(str(source), load_external_data=False)
        except (OSError, ValueError, onnx.checker.ValidationError) as error:
            raise TrainerError(
                f"{source} cannot be read as ONNX ({error}). Export again."
            ) from error
        self.nodes: list[NodeProto] = []
        self._folder = str(source.parent)
        self._weights = weights
        self._old = {tensor.name: tensor for tensor in self.model.graph.initializer}
        self._written: set[str] = set()

    @property
    def old_nodes(self) -> list[NodeProto]:
        """The nodes of the source, in order."""
        return list(self.model.graph.node)

    def is_weight(self, name: str) -> bool:
        """Whether `name` is an initialiser of the source."""
        return name in self._old

    def values(self, name: str) -> npt.NDArray[Any]:
        """An initialiser of the source."""
        return np.asarray(numpy_helper.to_array(self._old[name], base_dir=self._folder))

    def keep(self, name: str) -> str:
        """Carry an initialiser over as it is; returns its name. Any other name is given back."""
        return self.weight(name, self.values(name)) if name in self._old else name

    def weight(self, name: str, values: npt.NDArray[Any]) -> str:
        """Write an initialiser, once; returns its name."""
        if name not in self._written:
            self._written.add(name)
            self._weights.add(name, values)
        return name

    def add(self, op: str, name: str, inputs: list[str], **attributes: Any) -> str:
        """Append a node; returns the name of its output."""
        self.nodes.append(helper.make_node(op, inputs, [name], name=name, **attributes))
        return name

    def again(self, node: NodeProto, inputs: list[str]) -> None:
        """Append a node of the source with other inputs."""
        copy = NodeProto()
        copy.CopyFrom(node)
        del copy.input[:]
        copy.input.extend(inputs)
        self.nodes.append(copy)

    def save(self, target: Path) -> None:
        """Write the graph; its weights are where the WeightWriter put them."""
        graph = self.model.graph
        copy = helper.make_model(
            helper.make_graph(
                self.nodes, graph.name, graph.input, graph.output, self._weights.tensors
            ),
            opset_imports=self.model.opset_import,
            ir_version=self.model.ir_version,
            producer_name=self.model.producer_name,
        )
        target.write_bytes(copy.SerializeToString())


def external_file(source: Path, target: Path) -> Path | None:
    """Where the weights of a copy go: beside it, if those of the source lie beside theirs."""
    beside = source.with_name(source.name + ".data").exists()
    return target.with_name(target.name + ".data") if beside else None
