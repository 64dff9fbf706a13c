"""The GPU: driver, TensorRT, pycuda; whether TensorRT has all that is asked of it; a round trip."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from importlib import resources
from typing import Any

import numpy as np

from engines.nvidia_gpu import NoGpu, find_gpu
from engines.tensorrt_engine import obstacles
from station.doctor.finding import Finding, State

GROUP = "nvidia"
GATED = frozenset({"FP16", "INT8"})
"""Members that exist only before TensorRT 11, asked for by hasattr."""


def look_at_nvidia() -> Iterator[Finding]:
    """Driver and packages first; what runs on the GPU only when nothing stands against it."""
    against = {obstacle.part: obstacle for obstacle in obstacles()}
    for part in ("driver", "tensorrt", "pycuda"):
        if part in against:
            found = against[part]
            yield Finding(GROUP, part, State.ABSENT, found.found, found.remedy)
        else:
            yield Finding(GROUP, part, State.OK, _driver() if part == "driver" else "present")
    why = "; ".join(f"no {part}" for part in against)
    if against:
        for name in ("tensorrt names", "pycuda round trip"):
            yield Finding(GROUP, name, State.NOT_EXECUTED, why)
        return
    yield _names()
    yield _round_trip()


def _driver() -> str:
    try:
        gpu = find_gpu()
    except NoGpu as error:
        return str(error)
    kind = "integrated (Jetson)" if gpu.integrated else f"{gpu.memory_bytes / 2**30:.0f} GiB"
    return (
        f"{gpu.name}, {kind}, compute capability {gpu.compute_capability}, driver {gpu.driver}, "
        f"CUDA {gpu.cuda}"
    )


def _names() -> Finding:
    """Every name that our source asks of TensorRT, asked of the one installed here."""
    import tensorrt

    asked = asked_of_tensorrt()
    missing = sorted(name for name in asked if not _has(tensorrt, name))
    seen = f"TensorRT {tensorrt.__version__}: {len(asked) - len(missing)} of {len(asked)} names"
    if missing:
        return Finding(
            GROUP, "tensorrt names", State.FAILED, f"{seen}; missing {', '.join(missing)}",
            "Use TensorRT 10.3 to 11.4, and send us this page.",
        )  # fmt: skip
    return Finding(GROUP, "tensorrt names", State.OK, seen)


def asked_of_tensorrt() -> set[str]:
    """`A.B` for every `trt.A.B` in engines/tensorrt_*.py, read from the source itself."""
    names: set[str] = set()
    for file in resources.files("engines").iterdir():
        if file.name.startswith("tensorrt_") and file.name.endswith(".py"):
            for node in ast.walk(ast.parse(file.read_text("utf-8"))):
                name = _dotted(node)
                if name and name.split(".")[-1] not in GATED:
                    names.add(name)
    return names


def _dotted(node: ast.AST) -> str:
    """`A.B` where the node is `trt.A.B`, else nothing."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.insert(0, node.attr)
        node = node.value
    return ".".join(parts) if isinstance(node, ast.Name) and node.id == "trt" else ""


def _has(module: Any, name: str) -> bool:
    for part in name.split("."):
        if not hasattr(module, part):
            return False
        module = getattr(module, part)
    return True


def _round_trip() -> Finding:
    """A megabyte to the GPU and back through pinned memory, by the calls the engine makes."""
    from engines.cuda import open_cuda

    sent = np.random.default_rng(0).integers(0, 256, 1 << 20, dtype=np.uint8)
    try:
        with open_cuda() as cuda:
            stream, began, ended = cuda.stream(), cuda.event(), cuda.event()
            buffer = cuda.buffer(sent.shape, np.uint8)
            buffer.host[:] = sent
            began.record(stream)
            buffer.upload(len(sent), stream)
            stream.synchronize()
            buffer.host[:] = 0
            buffer.download(len(sent), stream)
            ended.record(stream)
            ended.synchronize()
            same = bool(np.array_equal(buffer.host, sent))
            passed_ms = began.ms_till(ended)
    except Exception as error:  # noqa: BLE001 - whatever pycuda raises is the finding
        return Finding(
            GROUP, "pycuda round trip", State.FAILED, f"{type(error).__name__}: {error}",
            "Look into `nvidia-smi`; restart the machine after an update of the driver.",
        )  # fmt: skip
    if not same:
        return Finding(
            GROUP, "pycuda round trip", State.FAILED, "what came back is not what was sent",
            "Do not use this GPU: look for NVRM and Xid in `dmesg`.",
        )  # fmt: skip
    return Finding(
        GROUP, "pycuda round trip", State.OK, f"1 MiB there and back: {passed_ms:.2f} ms"
    )
