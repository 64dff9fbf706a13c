"""One way of answering pictures with a bundle's network: ours, or one that users know."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from engines.backend import Candidate, Precision
from engines.prediction import FloatArray, ImageArray


@dataclass(frozen=True, slots=True)
class Kind:
    """A peer's file and what it needs."""

    module: str
    packages: tuple[str, ...]
    install: str
    """The command that mends their absence."""
    says: str
    """What is timed, in a few words."""


OURS = "ours"
MATMUL = "matmul"
KINDS = {
    OURS: Kind("engines.peers.ours", (), "", "predict: checked answers, both heatmaps"),
    "keras": Kind(
        "engines.peers.keras_peer",
        ("keras", "tensorflow", "onnx"),
        "pip install keras tensorflow onnx",
        "predict, then GradientTape Grad-CAM",
    ),
    "torch": Kind(
        "engines.peers.torch_peer",
        ("torch", "onnx"),
        "pip install torch onnx",
        "eager forward, autograd Grad-CAM",
    ),
    "onnxruntime": Kind(
        "engines.peers.onnxruntime_peer",
        ("onnxruntime",),
        "pip install onnxruntime",
        "our graph with its heatmaps",
    ),
    "openvino": Kind(
        "engines.peers.openvino_peer",
        ("openvino",),
        "pip install openvino",
        "classification alone: the practical limit",
    ),
    MATMUL: Kind(
        "engines.peers.matmul_peer",
        ("openvino",),
        "pip install openvino",
        "the largest matrix product's speed",
    ),
}
"""By name, as `--against` takes them."""
PEERS = tuple(name for name in KINDS if name != OURS)


@dataclass(frozen=True, slots=True)
class Contender:
    """One line of the bench before it is run. Sent to its process as it is."""

    peer: str
    """Key of KINDS."""
    precision: Precision
    bundle: Path
    graph: Path
    """The ONNX graph that holds its weights."""
    device: str = "CPU"
    candidate: Candidate | None = None
    """Ours: what is to be opened, or whose options OpenVINO is to be given."""

    def __str__(self) -> str:
        elsewhere = "" if self.device == "CPU" else f" {self.device}"
        return f"{self.peer} {self.precision}{elsewhere}"


@dataclass(frozen=True, slots=True)
class Facts:
    """What a peer says of itself when it is open."""

    version: str
    """Of its runtime, with what else decides its speed."""
    heatmap: bool
    answers: bool = True
    """False for the matrix product: there is nothing to compare."""
    operations: float = 0.0
    """For the matrix product: multiplications and additions in one call."""
    graph_operations: float = 0.0
    """For the matrix product: those in the classification of one picture."""
    notes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class Said:
    """A peer's answer to one batch."""

    probabilities: FloatArray
    """(N, K)"""
    heatmaps: FloatArray | None
    """(N, h, w) in [0, 1]; None where it makes none."""
    runtime_s: float | None = None
    """For ours: the share of the call that was spent inside the runtime."""
    features: FloatArray | None = None
    """(N, C); None where it is not asked for them."""
    defect_heatmaps: FloatArray | None = None
    """(N, h, w) of what speaks for a defect; None where it makes none."""


class Peer(Protocol):
    """An open peer."""

    facts: Facts

    def prepare(self, crops_rgb: list[ImageArray]) -> Any:
        """What `answer` takes; never timed. Crops are uint8 (H, W, 3), of the graph's size."""

    def answer(self, prepared: Any) -> Said:
        """The timed call."""

    def close(self) -> None:
        """Give back what it holds."""
