"""OpenVINO: any x86 or Arm processor, and Intel GPUs."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

import numpy as np
import openvino as ov
import platformdirs
from typing_extensions import Self

from engines.bundle import Bundle
from engines.errors import EngineError
from engines.prediction import FloatArray, ImageArray, Prediction
from engines.preprocess import fit_batch

log = logging.getLogger(__name__)
OUTPUTS = ("probabilities", "heatmap", "features")


class OpenVinoEngine:
    """A bundle compiled by OpenVINO. Raises EngineError when it cannot be."""

    def __init__(self, bundle: Bundle, device: str, cache_dir: Path | None) -> None:
        self.bundle = bundle
        core = ov.Core()
        cache = _usable_cache(cache_dir)
        if cache is not None:
            core.set_property({"CACHE_DIR": str(cache)})
        # float32, although bfloat16 is faster where the processor has it: nothing has yet shown on
        # this machine that bfloat16 gives the same verdicts.
        options = {"PERFORMANCE_HINT": "LATENCY", "INFERENCE_PRECISION_HINT": "f32"}
        try:
            self._compiled = core.compile_model(str(bundle.model_path), device, options)
            self._request = self._compiled.create_infer_request()
            precision = self._compiled.get_property("INFERENCE_PRECISION_HINT")
        except RuntimeError as error:
            found = ", ".join(core.available_devices)
            raise EngineError(
                f"OpenVINO could not compile {bundle.model_path} for {device} "
                f"(devices here: {found}): {_first_line(error)}. Try --device CPU, or export the "
                "bundle again."
            ) from error
        missing = [name for name in OUTPUTS if name not in _output_names(self._compiled)]
        if missing:
            raise EngineError(
                f"{bundle.model_path} lacks the output {missing[0]!r}. Export the bundle again."
            )
        version = ov.get_version().split("-")[0]
        self.description = f"openvino {version} {device} {precision.to_string()}"

    def predict(self, crops_rgb: Sequence[ImageArray]) -> list[Prediction]:
        """See Engine.predict."""
        batch = fit_batch(crops_rgb, self.bundle.input)
        try:
            self._request.infer({0: batch})
        except RuntimeError as error:
            raise EngineError(
                f"OpenVINO failed on a batch of {batch.shape}: {_first_line(error)}. "
                "The parts were not decided; restart the station and send them again."
            ) from error
        probabilities, heatmaps, features = (
            np.array(self._request.get_tensor(name).data, dtype=np.float32) for name in OUTPUTS
        )
        self._check(probabilities, len(batch))
        return [
            Prediction(p, h, f) for p, h, f in zip(probabilities, heatmaps, features, strict=True)
        ]

    def _check(self, probabilities: FloatArray, count: int) -> None:
        expected = (count, len(self.bundle.classes))
        if probabilities.shape != expected:
            raise EngineError(
                f"the graph returned probabilities {probabilities.shape}, expected {expected}. "
                "Export the bundle again."
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        del self._request
        del self._compiled


def _usable_cache(cache_dir: Path | None) -> Path | None:
    """The folder for compiled models, made if need be; None where it cannot be written."""
    folder = cache_dir or platformdirs.user_cache_path("scaffold-station") / "openvino"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / ".writable"
        probe.touch()
        probe.unlink()
    except OSError as error:
        log.warning("compiled models are not cached: %s (%s)", folder, error.strerror)
        return None
    return folder


def _output_names(compiled: ov.CompiledModel) -> set[str]:
    return {name for port in compiled.outputs for name in port.get_names()}


def _first_line(error: BaseException) -> str:
    return next((line for line in str(error).splitlines() if line.strip()), type(error).__name__)
