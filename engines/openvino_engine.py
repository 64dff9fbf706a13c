"""OpenVINO: any x86 or Arm processor, and Intel GPUs."""

from __future__ import annotations

import platform
from pathlib import Path

import numpy as np
import openvino as ov
import platformdirs

from engines.backend import OUTPUTS, Answers, Candidate, OnProgress, Precision
from engines.bundle import Bundle
from engines.compiled_cache import intact, remember
from engines.errors import EngineError
from engines.prediction import ImageArray

HINTS = {"fp32": "f32", "bf16": "bf16", "fp16": "f16"}
"""Precision -> OpenVINO's name for the arithmetic of a float graph."""


def candidates(bundle: Bundle, device: str) -> list[Candidate]:
    """What OpenVINO could run here; nothing is compiled. Raises EngineError for a missing device.

    bf16 and fp16 are the float32 graph in another arithmetic, int8 is a graph of its own whose
    float parts run in the narrowest arithmetic that the device has.
    """
    core = ov.Core()
    if device not in {name.split(".")[0] for name in core.available_devices}:
        raise EngineError(
            "OpenVINO finds no {device} here (devices: {available_devices}). --device CPU "
            "runs everywhere, NVIDIA is TensorRT's.",
            device=device,
            available_devices=", ".join(core.available_devices),
        )
    able = set(core.get_property(device, "OPTIMIZATION_CAPABILITIES"))
    narrow: Precision = next((p for p in ("bf16", "fp16") if p.upper() in able), "fp32")
    ways: list[tuple[Precision, Precision]] = [("fp32", "fp32")]
    if narrow != "fp32":
        ways.append((narrow, narrow))
    if "int8" in bundle.graphs and "INT8" in able:
        ways.append(("int8", narrow))
    facts = {
        "openvino": ov.get_version(),
        "processor": str(core.get_property(device, "FULL_DEVICE_NAME")),
        "capabilities": " ".join(sorted(able)),
        "architecture": platform.machine(),
        **_driver(core, device),
    }
    return [
        Candidate("openvino", device, precision, {**facts, "float_arithmetic": HINTS[arithmetic]})
        for precision, arithmetic in ways
    ]


def open_backend(
    bundle: Bundle,
    candidate: Candidate,
    cache_dir: Path | None = None,
    on_progress: OnProgress | None = None,
) -> OpenVinoBackend:
    """Compile one candidate, or take it from the cache. Raises EngineError."""
    if on_progress is not None:
        on_progress(f"compiling {candidate}", 0, 1)
    graph = bundle.graphs["int8" if candidate.precision == "int8" else "fp32"]
    # OpenVINO knows a compiled model by its file's path, size and second of change: another bundle
    # of the same make, laid there by a tool that keeps times, would be taken for the first.
    folder = (cache_dir or platformdirs.user_cache_path("scaffold-station")) / "openvino"
    return OpenVinoBackend(graph, candidate, folder / bundle.digest[:16] / candidate.precision)


class OpenVinoBackend:
    """One graph compiled by OpenVINO for one device; see Backend."""

    def __init__(self, graph: Path, candidate: Candidate, cache_dir: Path) -> None:
        self.facts = candidate.facts
        device, arithmetic = candidate.device, candidate.facts["float_arithmetic"]
        core = ov.Core()
        cache = intact(cache_dir)
        if cache is not None:
            core.set_property({"CACHE_DIR": str(cache)})
        options = {"PERFORMANCE_HINT": "LATENCY", "INFERENCE_PRECISION_HINT": arithmetic}
        try:
            self._compiled = core.compile_model(str(graph), device, options)
            self._request = self._compiled.create_infer_request()
        except RuntimeError as error:
            found = ", ".join(core.available_devices)
            raise EngineError(
                "OpenVINO could not compile {graph} for {device} (devices here: {found}): "
                "{first_line}. Try --device CPU, or export the bundle again.",
                graph=graph,
                device=device,
                found=found,
                first_line=_first_line(error),
            ) from error
        if cache is not None:
            remember(cache)
        missing = [name for name in OUTPUTS if name not in _output_names(self._compiled)]
        if missing:
            raise EngineError(
                "{graph} lacks the output {missing!r}. Export the bundle again.",
                graph=graph,
                missing=missing[0],
            )

    def infer(self, images: ImageArray) -> Answers:
        """See Backend.infer."""
        try:
            # Without the copies and look-ups of infer(): a millisecond, where a part takes ten.
            self._images = np.ascontiguousarray(images)
            self._request.set_input_tensor(ov.Tensor(self._images, shared_memory=True))
            self._request.start_async()
            self._request.wait()
        except RuntimeError as error:
            raise EngineError(
                "OpenVINO failed on a batch of {shape}: {first_line}. The parts were not "
                "decided; restart the station and send them again.",
                shape=images.shape,
                first_line=_first_line(error),
            ) from error
        return Answers(
            *(np.array(self._request.get_tensor(n).data, dtype=np.float32) for n in OUTPUTS)
        )

    @property
    def runtime_s(self) -> float:
        """Seconds of the last infer() inside OpenVINO, without its copies: for the bench."""
        return float(self._request.latency) / 1e3

    def close(self) -> None:
        """See Backend.close."""
        self._request = self._compiled = None


def _driver(core: ov.Core, device: str) -> dict[str, str]:
    """A GPU's driver, where OpenVINO tells it."""
    if device == "CPU":
        return {}
    try:
        return {"driver": str(core.get_property(device, "GPU_DRIVER_VERSION"))}
    except RuntimeError:
        return {"driver": platform.release()}


def _output_names(compiled: ov.CompiledModel) -> set[str]:
    return {name for port in compiled.outputs for name in port.get_names()}


def _first_line(error: BaseException) -> str:
    return next((line for line in str(error).splitlines() if line.strip()), type(error).__name__)
