"""The plans of a bundle, built ahead of the first part, and each tried once on this GPU."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from engines.backend import Candidate, OnProgress, Precision
from engines.bundle import Bundle
from engines.errors import EngineError
from engines.plan_cache import read_sidecar
from engines.tensorrt_build import BuildOptions
from engines.tensorrt_engine import candidates, open_backend, plan_folder, plan_key, why_not

TRIALS = 10


@dataclass(frozen=True, slots=True)
class PlanReport:
    """What became of one precision."""

    precision: Precision
    built: bool = False
    """False when a plan was there already."""
    seconds: float = 0.0
    """To build, load and try it."""
    path: Path | None = None
    """None when the folder cannot be written, or nothing was built."""
    size_bytes: int = 0
    typing: str = ""
    device_ms: float = 0.0
    """Median device time of one picture."""
    error: str = ""
    """Why there is no plan."""


def build_plans(
    bundle: Bundle,
    *,
    precisions: Sequence[Precision] = (),
    options: BuildOptions | None = None,
    cache_dir: Path | None = None,
    on_progress: Callable[[Precision], OnProgress] | None = None,
) -> Iterator[PlanReport]:
    """Build, load and try the plan of each precision; one report after the other.

    precisions: none means all that the bundle has a graph for. on_progress: gives the callback for
    one precision. Raises EngineError where TensorRT cannot run at all, or the bundle lacks a graph.
    """
    lacking = [p for p in precisions if p not in bundle.graphs]
    if lacking:
        raise EngineError(
            "bundle {name} has no {lacking} graph; it has {graphs}. Export it with "
            "--precision {lacking}.",
            name=bundle.name,
            lacking=lacking[0],
            graphs=", ".join(bundle.graphs),
        )
    found = candidates(bundle, "NVIDIA")
    if not found:
        raise EngineError(
            "TensorRT cannot run here. {why_not}\n{on_the_target}",
            why_not=why_not(),
            on_the_target=on_the_target(bundle),
        )
    for candidate in found:
        if not precisions or candidate.precision in precisions:
            told = None if on_progress is None else on_progress(candidate.precision)
            yield _report(bundle, candidate, cache_dir, options or BuildOptions(), told)


def on_the_target(bundle: Bundle) -> str:
    """What to install and run on the machine with the GPU, line by line."""
    return (
        f"The bundle holds all that is needed ({', '.join(bundle.graphs)}). On the machine with "
        "the NVIDIA GPU:\n"
        "  on a Jetson, JetPack 6.1 or newer (TensorRT comes with it):\n"
        "    sudo apt-get install nvidia-jetpack python3-venv python3-dev build-essential\n"
        "    python3 -m venv --system-site-packages .venv\n"
        "    PATH=/usr/local/cuda/bin:$PATH .venv/bin/pip install -e . 'pycuda>=2025.1.2'\n"
        "    (JetPack 6: also name PyQt6==6.7.1 PyQt6-Qt6==6.7.3; newer wheels need JetPack 7)\n"
        "  on a workstation, with NVIDIA's driver and the CUDA toolkit:\n"
        "    python3 -m venv .venv\n"
        "    PATH=/usr/local/cuda/bin:$PATH .venv/bin/pip install -e '.[tensorrt]'\n"
        "  then, on either, with the bundle copied there:\n"
        f"    .venv/bin/station build {bundle.name} --trt"
    )


def _report(
    bundle: Bundle,
    candidate: Candidate,
    cache_dir: Path | None,
    options: BuildOptions,
    on_progress: OnProgress | None,
) -> PlanReport:
    folder = plan_folder(cache_dir)
    key = plan_key(bundle, candidate, options)
    before = read_sidecar(folder, key)
    started = time.perf_counter()
    try:
        backend = open_backend(bundle, candidate, cache_dir, on_progress, options)
        try:
            size = bundle.input
            grey = np.full((1, size.height, size.width, size.channels), 127, np.uint8)
            times = []
            for _ in range(TRIALS):
                backend.infer(grey)
                times.append(backend.device_ms)
        finally:
            backend.close()
    except EngineError as error:
        return PlanReport(candidate.precision, error=str(error))
    after = read_sidecar(folder, key)
    return PlanReport(
        candidate.precision,
        built=after is None or after != before,
        seconds=time.perf_counter() - started,
        path=None if after is None else folder / str(after["plan"]),
        size_bytes=0 if after is None else int(after["bytes"]),
        typing=backend.facts["typing"],
        device_ms=statistics.median(times),
    )
