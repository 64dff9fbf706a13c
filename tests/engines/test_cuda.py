"""Our use of pycuda: the names against its source, and the whole engine on the real thing.

The slow half compiles pycuda itself and runs it over host memory: its context stack, its rules on
threads and its clean-up are real; the GPU, its timing and its errors are not.
"""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest
from builders import red_mark_bundle
from pycuda_build import pycuda_on_host_memory, source

ROOT = Path(__file__).resolve().parents[2]
CLEAN = "device=0 pinned=0 streams=0 events=0 retained=0 wrong=0"
PROGRAM = """
import ctypes, json, sys
from pathlib import Path
import numpy as np
import pycuda.driver
from fake_tensorrt import FakeTensorRt
from fake_tensorrt_types import MAGIC, onnx_session

world = FakeTensorRt(cuda=None)
sys.modules["tensorrt"] = world.module
from engines.errors import EngineError
from engines.tensorrt_worker import TensorRtBackend

onnx = Path(sys.argv[1]).read_bytes()
head = json.dumps({"version": world.version, "max_batch": 4}).encode()
images = np.random.default_rng(1).integers(0, 255, (11, 64, 64, 3), dtype=np.uint8)
backend = None
try:
    backend = TensorRtBackend(MAGIC + head + b"\\n" + onnx, {})
    for count in (1, 4, 11):
        got = backend.infer(images[:count])
        wanted = onnx_session(onnx).run(None, {"image": images[:count]})
        kinds = ("probabilities", "heatmaps", "features", "defect_heatmaps")
        for kind, b in zip(kinds, wanted, strict=True):
            np.testing.assert_allclose(getattr(got, kind), b, atol=1e-5)
    assert backend.device_ms > 0
    print("answered")
except EngineError as error:
    print("error:", error)
    if backend is not None:
        try:
            backend.infer(images)
        except EngineError as again:
            print("again:", again)
if backend is not None and "--forget" not in sys.argv:
    backend.close()
    backend.close()
if "--forget" not in sys.argv:
    report = ctypes.create_string_buffer(256)
    ctypes.CDLL("libcuda.so.1").hostCudaReport(report, 256)
    print("left:", report.value.decode().strip())
"""


def run(tmp_path: Path, *options: str, **faults: str) -> subprocess.CompletedProcess[str]:
    """The engine in a process of its own, on real pycuda and the host-memory driver."""
    env = pycuda_on_host_memory() | {f"HOST_CUDA_{k.upper()}": v for k, v in faults.items()}
    env["PYTHONPATH"] += f":{ROOT}:{ROOT / 'tests'}"
    model = red_mark_bundle(tmp_path / "red.bundle", size_px=64).model_path
    command = [sys.executable, "-W", "error", "-c", PROGRAM, str(model), *options]
    return subprocess.run(command, env=env, capture_output=True, text=True, check=False)


def asked_of_pycuda() -> set[str]:
    """All names that engines/cuda.py takes from pycuda's module or from what that returns."""
    tree = ast.parse((ROOT / "engines" / "cuda.py").read_text(encoding="utf-8"))
    givers = re.compile(r"driver|_handle|\bhandle|context$|pinned|_device$")
    return {
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and givers.search(ast.unparse(node.value))
    }


def test_every_name_is_in_pycudas_source() -> None:
    """pycuda registers its C++ functions by name; errors it makes by DECLARE_EXC."""
    text = (source() / "src" / "wrapper" / "wrap_cudadrv.cpp").read_text(encoding="utf-8")
    registered = set(re.findall(r'"(\w+)"', text))
    registered |= set(re.findall(r"(?:DEF_SIMPLE_METHOD|DEF_SIMPLE_FUNCTION)\((\w+)\)", text))
    registered |= set(re.findall(r"DECLARE_EXC\((\w+),", text))
    registered |= set(re.findall(r"py::def\(\"(\w+)\"", text))
    names = asked_of_pycuda()
    assert {"mem_alloc", "pagelocked_empty", "wait_for_event", "time_till", "detach"} <= names
    assert names - registered == set()


def test_pinned_arrays_and_copies_take_what_the_fake_takes() -> None:
    text = (source() / "src" / "wrapper" / "wrap_cudadrv.cpp").read_text(encoding="utf-8")
    for function, names in (
        ("pagelocked_empty", ["shape", "dtype", "order", "mem_flags"]),
        ("memcpy_htod_async", ["dest", "src", "stream"]),
        ("memcpy_dtoh_async", ["dest", "src", "stream"]),
    ):
        (call,) = re.findall(rf'py::def\("{function}",(.*?)\);', text, flags=re.DOTALL)
        assert re.findall(r'(?<!C)"(\w+)"(?!C)', call.replace('"C"', "")) == names


@pytest.mark.slow
def test_the_engine_answers_and_leaves_nothing_behind(tmp_path: Path) -> None:
    done = run(tmp_path)
    assert done.stdout.splitlines() == ["answered", f"left: {CLEAN}"], done.stderr
    assert done.stderr == ""


@pytest.mark.slow
@pytest.mark.parametrize("after", [0, 1, 2, 5])
@pytest.mark.parametrize(
    "function", ["cuMemAlloc_v2", "cuMemHostAlloc", "cuStreamCreate", "cuEventCreate"]
)
def test_memory_short_while_opening_leaves_nothing_behind(
    tmp_path: Path, function: str, after: int
) -> None:
    done = run(tmp_path, fail=function, code="2", after=str(after))
    lines = done.stdout.splitlines()
    if function == "cuStreamCreate" and after > 2:
        assert lines[0] == "answered"
    else:
        assert lines[0].startswith("error: the GPU's memory is exhausted")
    assert lines[-1] == f"left: {CLEAN}", done.stderr
    assert done.returncode == 0


@pytest.mark.slow
@pytest.mark.parametrize(
    "function", ["cuMemcpyHtoDAsync_v2", "cuMemcpyDtoHAsync_v2", "cuEventSynchronize",
                 "cuStreamWaitEvent", "cuEventRecord"],
)  # fmt: skip
def test_a_device_lost_in_mid_run_leaves_nothing_behind(tmp_path: Path, function: str) -> None:
    done = run(tmp_path, fail=function, code="719", after="3")
    error, again, left = done.stdout.splitlines()
    assert error.startswith("error: the GPU failed")
    assert "unspecified launch failure" in error
    assert again.startswith("again: the engine failed earlier")
    assert left == f"left: {CLEAN}", done.stderr


@pytest.mark.slow
@pytest.mark.parametrize("function", ["cuInit", "cuDevicePrimaryCtxRetain", "cuCtxPushCurrent_v2"])
def test_no_context_is_an_error(tmp_path: Path, function: str) -> None:
    done = run(tmp_path, fail=function, code="100")
    error, left = done.stdout.splitlines()
    assert error.startswith("error: the GPU failed")
    assert left == f"left: {CLEAN}", done.stderr


@pytest.mark.slow
def test_a_program_that_forgets_to_close_still_ends_well(tmp_path: Path) -> None:
    """pycuda aborts a process whose thread ends with a context on its stack."""
    done = run(tmp_path, "--forget")
    assert (done.returncode, done.stdout, done.stderr) == (0, "answered\n", "")
