"""TensorRT on an NVIDIA GPU or a Jetson: what could run here, and how it is opened."""

from __future__ import annotations

import importlib
import importlib.util
import re
import threading
import time
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import platformdirs

from engines.backend import Candidate, OnProgress, Precision
from engines.bundle import GRAPHS, Bundle, file_sha256
from engines.errors import EngineError
from engines.nvidia_gpu import NoGpu, find_gpu, l4t, system
from engines.plan_cache import PlanKey, StoredPlan, find_built, find_plan, refuse_plan, store_plan
from engines.tensorrt_build import FLAGS, BuildOptions, build_plan
from engines.tensorrt_session import PlanRefusedError
from engines.tensorrt_worker import TensorRtBackend

DEVICE = "NVIDIA"
PRECISIONS: tuple[Precision, ...] = ("fp32", "fp16", "int8")
OLDEST = (10, 3)
_building = threading.Lock()


@dataclass(frozen=True, slots=True)
class Obstacle:
    """Why TensorRT cannot run here."""

    part: str
    """`driver`, `tensorrt` or `pycuda`."""
    found: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.found} {self.remedy}"


def obstacles() -> tuple[Obstacle, ...]:
    """All that stands between this machine and TensorRT; empty where nothing does.

    The driver is asked first: TensorRT's own functions end the process where none answers, so they
    are called only after this. A module is imported only when the driver has answered.
    """
    found: list[Obstacle] = []
    try:
        find_gpu()
    except NoGpu as error:
        found.append(Obstacle("driver", error.found, error.remedy))
    driver_answers = not found
    for part, module in (("tensorrt", "tensorrt"), ("pycuda", "pycuda.driver")):
        reason = _missing(part) or (_import_error(module) if driver_answers else "")
        if reason:
            found.append(Obstacle(part, reason, _remedy(part)))
    if not found:
        old = _too_old()
        if old:
            found.append(Obstacle("tensorrt", old, _remedy("tensorrt")))
    return tuple(found)


def why_not() -> str | None:
    """The obstacles in one text, or None where TensorRT can run."""
    return " ".join(str(o) for o in obstacles()) or None


def candidates(bundle: Bundle, device: str) -> list[Candidate]:
    """One for each precision that the bundle has a graph for; none where TensorRT cannot run.

    device: `NVIDIA` or `auto`. Why there are none: `why_not`. Compiles nothing.
    """
    if device not in (DEVICE, "auto") or obstacles():
        return []
    facts = machine_facts()
    return [
        Candidate("tensorrt", DEVICE, precision, facts)
        for precision in PRECISIONS
        if precision in bundle.graphs
    ]


def machine_facts() -> dict[str, str]:
    """Versions, GPU and driver. Raises NoGpu, ImportError."""
    gpu = find_gpu()
    import tensorrt as trt

    return {
        "tensorrt": str(trt.__version__),
        "pycuda": _package_version("pycuda"),
        "gpu": gpu.name,
        "compute_capability": gpu.compute_capability,
        "driver": gpu.driver,
        "cuda": gpu.cuda,
        "system": system(),
    }


def open_backend(
    bundle: Bundle,
    candidate: Candidate,
    cache_dir: Path | None,
    on_progress: OnProgress | None = None,
    options: BuildOptions | None = None,
) -> TensorRtBackend:
    """Load the plan, building it first where there is none; one that does not load is built anew.

    cache_dir: None takes the user's cache folder. options: None takes the plan built last for this
    graph and machine, whatever its batches. Raises EngineError.
    """
    reason = why_not()
    if reason is not None:
        raise EngineError("TensorRT cannot run here. {reason}", reason=reason)
    folder = plan_folder(cache_dir)
    key = plan_key(bundle, candidate, options or BuildOptions())
    if options is None:
        key = find_built(folder, key) or key
    with _building:
        stored = find_plan(folder, key)
        if stored is not None:
            try:
                return _load(candidate, stored)
            except PlanRefusedError as error:
                refuse_plan(folder, key, str(error))
        stored = _build(bundle, candidate, folder, key, on_progress)
        try:
            return _load(candidate, stored)
        except PlanRefusedError as error:
            refuse_plan(folder, key, str(error))
            raise EngineError(
                "the plan built just now for {candidate} does not load: {error}. "
                "TensorRT's libraries do not fit one another or the driver: install them "
                "anew, or go on with --device CPU.",
                candidate=candidate,
                error=error,
            ) from None


def plan_folder(cache_dir: Path | None) -> Path:
    """Where plans are kept."""
    return (cache_dir or platformdirs.user_cache_path("scaffold-station")) / "tensorrt"


def plan_key(bundle: Bundle, candidate: Candidate, options: BuildOptions) -> PlanKey:
    """All that the plan of this candidate depends on."""
    name = GRAPHS.get(candidate.precision, "")
    if name not in bundle.files:
        raise EngineError(
            "bundle {name} has no {precision} graph; it has {graphs}. Export it with "
            "--precision {precision}.",
            name=bundle.name,
            precision=candidate.precision,
            graphs=", ".join(bundle.graphs),
        )
    facts = candidate.facts
    return PlanKey(
        tensorrt=facts["tensorrt"],
        system=facts["system"],
        gpu=facts["gpu"],
        compute_capability=facts["compute_capability"],
        driver=facts["driver"],
        onnx_sha256=bundle.files[name],
        precision=candidate.precision,
        best_batch=options.best_batch,
        max_batch=options.max_batch,
        workspace_mib=options.workspace_mib,
        flags=FLAGS,
    )


def _load(candidate: Candidate, stored: StoredPlan) -> TensorRtBackend:
    facts = {
        **candidate.facts,
        "plan": stored.sha256,
        "max_batch": str(stored.key.max_batch),
        "typing": stored.facts.get("typing", "strong"),
    }
    return TensorRtBackend(stored.plan, facts)


def _build(
    bundle: Bundle,
    candidate: Candidate,
    folder: Path,
    key: PlanKey,
    on_progress: OnProgress | None,
) -> StoredPlan:
    path = bundle.path / GRAPHS[candidate.precision]
    if file_sha256(path) != key.onnx_sha256:
        raise EngineError(
            "{path} was altered since the bundle was opened. Restore it from its original.",
            path=path,
        )
    options = BuildOptions(max_batch=key.max_batch, workspace_mib=key.workspace_mib)
    started = time.perf_counter()
    timings = folder / f"timings-{key.tensorrt}-{key.compute_capability}.cache"
    built = build_plan(
        path, candidate.precision, options, timing_cache=timings, on_progress=on_progress
    )
    seconds = f"{time.perf_counter() - started:.1f}"
    return store_plan(folder, key, built.plan, {"typing": built.typing, "seconds": seconds})


def _missing(part: str) -> str:
    if importlib.util.find_spec(part) is None:
        return f"The Python module {part} is not installed."
    return ""


def _import_error(module: str) -> str:
    try:
        importlib.import_module(module)
    except (ImportError, OSError) as error:
        return f"{module} cannot be loaded ({error})."
    return ""


def _too_old() -> str:
    import tensorrt as trt

    found = tuple(int(part) for part in re.findall(r"\d+", str(trt.__version__))[:2])
    return f"TensorRT {trt.__version__} is too old; 10.3 is needed." if found < OLDEST else ""


def _remedy(part: str) -> str:
    if part == "pycuda":
        return (
            "Install it with `pip install 'pycuda>=2025.1.2'`; it is compiled there, so have a C++ "
            "compiler and the CUDA toolkit's /usr/local/cuda/bin on PATH."
        )
    if l4t():
        return (
            "TensorRT comes with JetPack: `sudo apt-get install nvidia-jetpack`, and make the "
            "station's environment with `python3 -m venv --system-site-packages`."
        )
    return "Install it with `pip install 'tensorrt>=10.3'`, which fetches it from NVIDIA."


def _package_version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "unknown"
