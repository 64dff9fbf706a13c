"""One compiled graph on one device: what certification, the engine and the bench all drive.

A runtime is a module with two functions, imported only when it is asked for:

    candidates(bundle, device) -> list[Candidate]     what could run here; compiles nothing
    open_backend(bundle, candidate, cache_dir, on_progress) -> Backend
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol

from engines.prediction import FloatArray, ImageArray

Precision = Literal["fp32", "bf16", "fp16", "int8"]
OUTPUTS = ("probabilities", "heatmap", "features", "defect_heatmap")
"""What every graph gives, by name, in the order of Answers."""
OnProgress = Callable[[str, int, int], None]
"""What is being done, how many steps of it are done, and of how many."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """One way to run a bundle on this machine; neither opened nor certified yet."""

    runtime: str
    """`openvino` or `tensorrt`; key of engines.engine.RUNTIMES."""
    device: str
    """`CPU`, `GPU` (Intel), or `NVIDIA`."""
    precision: Precision
    facts: Mapping[str, str] = field(default_factory=dict)
    """All that may change its answers: versions, processor, driver, options. Part of the
    certificate's fingerprint."""

    def __str__(self) -> str:
        return f"{self.runtime} {self.device} {self.precision}"


@dataclass(frozen=True, slots=True, eq=False)
class Answers:
    """What a graph says about a batch: float32 arrays of its own, not checked yet."""

    probabilities: FloatArray
    """(N, K)"""
    heatmaps: FloatArray
    """(N, h, w)"""
    features: FloatArray
    """(N, C)"""
    defect_heatmaps: FloatArray
    """(N, h, w)"""


class Backend(Protocol):
    """A compiled graph. Whoever opened it closes it."""

    @property
    def facts(self) -> Mapping[str, str]:
        """What really runs: the candidate's facts, and those that compiling added, like the
        sha256 of a plan. A certificate holds for these alone."""

    def infer(self, images: ImageArray) -> Answers:
        """Run a batch, uint8 (N, H, W, C) at the graph's size, N from 1. Raises EngineError."""

    def close(self) -> None:
        """Give the device back. A second call does nothing."""
