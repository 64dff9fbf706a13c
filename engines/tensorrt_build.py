"""ONNX -> plan, on the machine that will run it. Right for TensorRT 10.3 to 11.4.

The precision lies in the graph (TensorRT 11 knows nothing else): the network is strongly typed.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from engines.atomic_file import write_atomically
from engines.backend import OnProgress, Precision
from engines.errors import EngineError
from engines.tensorrt_log import Said, listening, logger

if TYPE_CHECKING:
    import tensorrt as trt

log = logging.getLogger(__name__)
INPUT = "image"
FLAGS = "strongly typed, no TF32"
"""Part of a plan's key: say so here when other flags are set below."""


@dataclass(frozen=True, slots=True)
class BuildOptions:
    """What a plan is built for."""

    max_batch: int = 8
    """The profile serves 1 to this; larger batches are run in pieces."""
    workspace_mib: int = 2048
    """Most memory that one layer may take for its work."""

    def __post_init__(self) -> None:
        if self.max_batch < 1 or self.workspace_mib < 1:
            raise EngineError(
                "batch {max_batch} and workspace {workspace_mib} MiB must both be at least "
                "1. Leave them out for the defaults.",
                max_batch=self.max_batch,
                workspace_mib=self.workspace_mib,
            )

    @property
    def best_batch(self) -> int:
        """The batch that is made fastest: one part at a time is what a bench sees."""
        return 1


@dataclass(frozen=True, slots=True, eq=False)
class BuiltPlan:
    """A plan in memory."""

    plan: bytes
    typing: str
    """`strong`, or `weak` where an old TensorRT could not do the other."""


@dataclass
class _Phase:
    parent: str | None
    steps: int
    done: int = 0


@dataclass
class BuildProgress:
    """TensorRT's tree of phases as one bar that never goes back.

    A phase's child fills one step of its parent. An error or Ctrl-C in `on_progress` must not run
    through TensorRT's C++ code: it is kept in `stopped`, and the build is asked to end.
    """

    on_progress: OnProgress | None
    stopped: BaseException | None = None
    _phases: dict[str, _Phase] = field(default_factory=dict)
    _shown: int = 0

    def start(self, name: str, parent: str | None, steps: int) -> None:
        """A phase begins."""
        if parent not in self._phases:
            parent, self._shown = None, 0
        self._phases[name] = _Phase(parent, max(1, steps))
        self._show(name)

    def step(self, name: str, step: int) -> bool:
        """Step `step`, from 0, is done; False asks TensorRT to stop."""
        if name in self._phases:
            self._phases[name].done = step + 1
            self._show(name)
        return self.stopped is None

    def finish(self, name: str) -> None:
        """A phase is over, also when it was stopped."""
        phase = self._phases.get(name)
        if phase is not None:
            phase.done = phase.steps
            self._show(name)
            del self._phases[name]

    def _show(self, name: str) -> None:
        share = 0.0
        phase = self._phases[name]
        while True:
            share = min(1.0, (phase.done + share * (phase.done < phase.steps)) / phase.steps)
            if phase.parent is None or phase.parent not in self._phases:
                break
            name = phase.parent
            phase = self._phases[name]
        self._shown = max(self._shown, round(1000 * share))
        if self.on_progress is None or self.stopped is not None:
            return
        try:
            self.on_progress(name, self._shown, 1000)
        except BaseException as error:  # noqa: BLE001 - raised again once TensorRT has returned
            self.stopped = error


def build_plan(
    onnx_path: Path,
    precision: Precision,
    options: BuildOptions,
    *,
    timing_cache: Path | None = None,
    on_progress: OnProgress | None = None,
) -> BuiltPlan:
    """Build the plan of one graph for this GPU; takes minutes.

    timing_cache: file of measured kernels, read if it fits and written anew; makes the next build
    shorter. Raises EngineError with TensorRT's own reason.
    """
    import tensorrt as trt

    progress = BuildProgress(on_progress)
    with listening() as said:
        plan = _try(onnx_path, options, (), timing_cache, progress, said)
        typing = "strong"
        weak = _weak_flags(trt, precision)
        if plan is None and progress.stopped is None and weak:
            log.warning(
                "TensorRT %s cannot build %s strongly typed (%s); trying its precision flags",
                trt.__version__, onnx_path.name, said.reason(),
            )  # fmt: skip
            plan = _try(onnx_path, options, weak, timing_cache, progress, said)
            typing = "weak"
        if progress.stopped is not None:
            raise progress.stopped
        if plan is None:
            raise EngineError(
                "TensorRT {version} could not build {onnx_path}: {reason}. With little "
                "memory, close other programs or give a smaller --workspace-mib; else "
                "export the bundle again, or run it with --device CPU.",
                version=trt.__version__,
                onnx_path=onnx_path,
                reason=said.reason(),
            )
    return BuiltPlan(plan, typing)


def _try(
    onnx_path: Path,
    options: BuildOptions,
    weak_flags: Sequence[trt.BuilderFlag],
    timing_cache: Path | None,
    progress: BuildProgress,
    said: Said,
) -> bytes | None:
    """One attempt: the plan, or None with the reason in `said`."""
    import tensorrt as trt

    try:
        builder = trt.Builder(logger())
    except TypeError as error:
        # What the bindings make of a null pointer.
        raise EngineError(
            "TensorRT {version} gives no builder: {reason}. Its libraries do not fit one "
            "another or the driver; install TensorRT anew.",
            version=trt.__version__,
            reason=said.reason(),
        ) from error
    strong = 1 << int(trt.NetworkDefinitionCreationFlag.STRONGLY_TYPED)
    network = builder.create_network(0 if weak_flags else strong)
    parser = trt.OnnxParser(network, logger())
    if not parser.parse_from_file(str(onnx_path)):
        said.errors.extend(_parser_errors(parser))
        return None
    config = builder.create_builder_config()
    config.set_memory_pool_limit(trt.MemoryPoolType.WORKSPACE, options.workspace_mib << 20)
    # Else float32 is multiplied as TF32, with 10 bits: who wants that speed takes fp16.
    config.clear_flag(trt.BuilderFlag.TF32)
    for flag in weak_flags:
        config.set_flag(flag)
    config.add_optimization_profile(_profile(builder, network, options))
    cache = _timing_cache(config, timing_cache)
    # Named, so that it lives as long as the build, whether or not the configuration holds it.
    monitor = _monitor(progress)
    config.progress_monitor = monitor
    memory = builder.build_serialized_network(network, config)
    if memory is None:
        return None
    if cache is not None and timing_cache is not None:
        _keep_timings(config, timing_cache)
    return bytes(memory)


def _weak_flags(trt_module: object, precision: Precision) -> tuple[trt.BuilderFlag, ...]:
    """Flags that stand for the precision where strong typing fails; gone from TensorRT 11."""
    flags = trt_module.BuilderFlag  # type: ignore[attr-defined]
    wanted = {"fp16": ("FP16",), "int8": ("INT8", "FP16")}.get(precision, ())
    return tuple(getattr(flags, name) for name in wanted if hasattr(flags, name))


def _parser_errors(parser: trt.OnnxParser) -> list[str]:
    errors = [parser.get_error(index) for index in range(parser.num_errors)]
    return [f"{e.desc()} (node {e.node()}, {e.func()})" for e in errors]


def _profile(
    builder: trt.Builder, network: trt.INetworkDefinition, options: BuildOptions
) -> trt.IOptimizationProfile:
    """Batches 1 to N of the input; height, width and channels stand in the graph."""
    for index in range(network.num_inputs):
        tensor = network.get_input(index)
        if tensor.name == INPUT:
            break
    else:
        raise EngineError("the graph has no input {input!r}. Export the bundle again.", input=INPUT)
    size = tuple(tensor.shape)[1:]
    profile = builder.create_optimization_profile()
    profile.set_shape(INPUT, (1, *size), (options.best_batch, *size), (options.max_batch, *size))
    return profile


def _timing_cache(config: trt.IBuilderConfig, path: Path | None) -> trt.ITimingCache | None:
    """Give the builder the timings measured earlier; fresh ones where those do not fit."""
    if path is None:
        return None
    try:
        earlier = path.read_bytes()
    except OSError:
        earlier = b""
    for data in (earlier, b""):
        cache = config.create_timing_cache(data)
        if cache is not None and config.set_timing_cache(cache, False):
            return cache
    return None


def _keep_timings(config: trt.IBuilderConfig, path: Path) -> None:
    cache = config.get_timing_cache()
    if cache is None:
        return
    try:
        write_atomically(path, bytes(cache.serialize()))
    except OSError as error:
        log.warning("the timing cache is not kept: %s (%s)", path, error.strerror)


def _monitor(progress: BuildProgress) -> trt.IProgressMonitor:
    import tensorrt as trt

    class Monitor(trt.IProgressMonitor):  # type: ignore[misc]
        """TensorRT's callbacks; nothing may be raised into it."""

        def __init__(self) -> None:
            trt.IProgressMonitor.__init__(self)

        def phase_start(self, phase_name: str, parent_phase: str | None, num_steps: int) -> None:
            progress.start(phase_name, parent_phase, num_steps)

        def step_complete(self, phase_name: str, step: int) -> bool:
            return progress.step(phase_name, step)

        def phase_finish(self, phase_name: str) -> None:
            progress.finish(phase_name)

    return Monitor()
