"""OpenVINO on the graph cut at `probabilities`: classification alone, the practical limit."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from engines.bundle import load_bundle
from engines.errors import EngineError
from engines.peers.peer import Contender, Facts, Said
from engines.prediction import ImageArray
from engines.preprocess import fit_batch


def open_peer(contender: Contender, cache_dir: Path) -> OpenVinoPeer:
    """Compile. Raises ImportError where it is not installed, EngineError."""
    return OpenVinoPeer(contender, cache_dir)


class OpenVinoPeer:
    """Without heatmap, checks or copies of the input."""

    def __init__(self, contender: Contender, cache_dir: Path) -> None:
        import openvino as ov

        self._input = load_bundle(contender.bundle).input
        core = ov.Core()
        core.set_property({"CACHE_DIR": str(cache_dir)})
        hints = options(contender)
        try:
            model = cut(ov, core.read_model(str(contender.graph)))
            self._compiled = core.compile_model(model, contender.device, hints)
        except RuntimeError as error:
            raise EngineError(
                f"OpenVINO does not compile {contender.graph} for {contender.device} ({error}). "
                "Try --device CPU."
            ) from error
        self._request = self._compiled.create_infer_request()
        self.facts = Facts(f"openvino {ov.get_version().split('-')[0]}", heatmap=False)

    def prepare(self, crops_rgb: list[ImageArray]) -> ImageArray:
        """uint8 (N, H, W, C)."""
        return fit_batch(crops_rgb, self._input)

    def answer(self, prepared: ImageArray) -> Said:
        """One inference on the caller's own memory."""
        self._request.infer({0: prepared}, share_inputs=True)
        return Said(np.array(self._request.get_output_tensor(0).data, dtype=np.float32), None)

    def close(self) -> None:
        """Give the device back."""
        del self._request
        del self._compiled


def options(contender: Contender) -> dict[str, str]:
    """Those of our own engine: latency first, and its arithmetic where the graph says nothing."""
    candidate = contender.candidate
    arithmetic = "f32" if candidate is None else candidate.facts["float_arithmetic"]
    return {"PERFORMANCE_HINT": "LATENCY", "INFERENCE_PRECISION_HINT": arithmetic}


def cut(ov: Any, model: Any) -> Any:
    """The part of an ov.Model that leads to `probabilities`. Raises RuntimeError without one."""
    ends = [port for port in model.outputs if "probabilities" in port.get_names()]
    if not ends:
        raise RuntimeError("it has no output `probabilities`")
    result = ends[0].get_node()
    return ov.Model([result], model.get_parameters(), "classification")


def operations(model: Any, height: int, width: int, channels: int) -> float:
    """Multiplications and additions of convolutions and matrix products, for one picture."""
    model.reshape([1, height, width, channels])
    total = 0.0
    for node in model.get_ordered_ops():
        kind = node.get_type_name()
        if kind not in ("Convolution", "MatMul"):
            continue
        out = float(np.prod(list(node.get_output_shape(0))))
        if kind == "Convolution":
            inner = float(np.prod(list(node.get_input_shape(1))[1:]))
        else:
            transposed = node.get_attributes()["transpose_a"]
            inner = float(node.get_input_shape(0)[-2 if transposed else -1])
        total += 2.0 * out * inner
    return total
