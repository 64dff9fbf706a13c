"""ONNX Runtime with its own defaults, on our graph: all of its outputs."""

from __future__ import annotations

from pathlib import Path

from engines.backend import OUTPUTS
from engines.bundle import load_bundle
from engines.errors import EngineError
from engines.peers.peer import Contender, Facts, Said
from engines.prediction import ImageArray
from engines.preprocess import fit_batch


def open_peer(contender: Contender, cache_dir: Path) -> OnnxRuntimePeer:
    """Load the graph. Raises ImportError where it is not installed, EngineError."""
    del cache_dir
    return OnnxRuntimePeer(contender)


class OnnxRuntimePeer:
    """See the module."""

    def __init__(self, contender: Contender) -> None:
        import onnxruntime

        self._input = load_bundle(contender.bundle).input
        try:
            self._session = onnxruntime.InferenceSession(
                str(contender.graph), providers=["CPUExecutionProvider"]
            )
        except Exception as error:  # its errors have no common base
            raise EngineError(
                f"ONNX Runtime does not load {contender.graph} ({error}). Export it again."
            ) from error
        self.facts = Facts(f"onnxruntime {onnxruntime.__version__}", heatmap=True)

    def prepare(self, crops_rgb: list[ImageArray]) -> ImageArray:
        """uint8 (N, H, W, C)."""
        return fit_batch(crops_rgb, self._input)

    def answer(self, prepared: ImageArray) -> Said:
        """One run."""
        probabilities, heatmaps, features, defect_heatmaps = self._session.run(
            list(OUTPUTS), {"image": prepared}
        )
        return Said(probabilities, heatmaps, features=features, defect_heatmaps=defect_heatmaps)

    def close(self) -> None:
        """End its threads."""
        del self._session
