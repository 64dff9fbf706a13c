"""The real pycuda, compiled here, over a driver that works in host memory (host_memory_cuda.c).

Its context stack, its ownership of memory by threads and its clean-up are C++ of its own: they run
for real, without a GPU. Fetched and compiled once, in minutes, into the user's cache.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import tempfile
import zipfile
from functools import cache
from pathlib import Path

import pytest
from nvidia_bindings import cached, download

PYCUDA = "pycuda==2026.1"
HEADERS = "nvidia-cuda-runtime-cu12==12.9.79"
DRIVER = Path(__file__).with_name("host_memory_cuda.c")
PROFILER = """\
#pragma once
#include <cuda.h>
typedef enum { CU_OUT_KEY_VALUE_PAIR, CU_OUT_CSV } CUoutput_mode;
extern "C" CUresult cuProfilerInitialize(const char *, const char *, CUoutput_mode);
extern "C" CUresult cuProfilerStart(void);
extern "C" CUresult cuProfilerStop(void);
"""
"""cudaProfiler.h is in no package of headers that is small."""


def source() -> Path:
    """pycuda's own source, fetched once; skips where it is out of reach."""
    folder = cached(PYCUDA.replace("==", "-"))
    if not folder.is_dir():
        with tempfile.TemporaryDirectory(prefix="scaffold-pycuda-") as temporary:
            work = Path(temporary)
            options = ("--no-binary", ":all:", "--no-build-isolation")
            archive = download(PYCUDA, work / "file", *options)
            with tarfile.open(archive) as opened:
                opened.extractall(work / "all", filter="data")
            (made,) = (work / "all").iterdir()
            folder.parent.mkdir(parents=True, exist_ok=True)
            shutil.copytree(made, folder)
    return folder


def host_driver(folder: Path, *missing: str) -> Path:
    """Compile the driver as libcuda.so.1 in `folder`; those `missing` answer "not supported"."""
    if sys.platform != "linux" or shutil.which("cc") is None:
        pytest.skip("the host-memory driver needs Linux and a C compiler (cc)")
    folder.mkdir(parents=True, exist_ok=True)
    rest = folder / "rest.c"
    rest.write_text("".join(f"int {name}(void) {{ return 801; }}\n" for name in missing))
    target = folder / "libcuda.so.1"
    command = [
        "cc", "-O1", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC",
        "-Wl,-soname,libcuda.so.1", "-o", target, DRIVER, rest, "-lpthread",
    ]  # fmt: skip
    subprocess.run(command, check=True)
    return folder


@cache
def pycuda_on_host_memory() -> dict[str, str]:
    """Variables under which a new Python finds pycuda and the driver."""
    root = source()
    library = cached("host-driver")
    if not list((root / "pycuda").glob("_driver*.so")):
        _compile(root, library)
    host_driver(library, *_missing(root, library))
    return {**os.environ, "PYTHONPATH": str(root), "LD_LIBRARY_PATH": str(library)}


def _compile(root: Path, library: Path) -> None:
    include = cached("cuda-headers")
    if not include.is_dir():
        with tempfile.TemporaryDirectory(prefix="scaffold-headers-") as temporary:
            work = Path(temporary)
            wheel = download(HEADERS, work / "file", "--only-binary", ":all:")
            with zipfile.ZipFile(wheel) as archive:
                archive.extractall(work / "all")
            shutil.copytree(work / "all/nvidia/cuda_runtime/include", include)
        (include / "cudaProfiler.h").write_text(PROFILER)
    host_driver(library)
    shutil.copy(library / "libcuda.so.1", library / "libcuda.so")
    configure = [
        "configure.py", "--no-cuda-enable-curand", f"--cuda-inc-dir={include}",
        f"--cudadrv-lib-dir={library}", "--cxxflags=-O0",
    ]  # fmt: skip
    for step in (configure, ["setup.py", "build_ext", "--inplace"]):
        done = subprocess.run(
            [sys.executable, *step], cwd=root, capture_output=True, text=True, check=False
        )
        if done.returncode != 0:
            pytest.skip(f"pycuda cannot be compiled here: {done.stderr.strip()[-300:]}")


def _missing(root: Path, library: Path) -> set[str]:
    """Functions that pycuda names and our driver does not have."""
    suffix = sysconfig.get_config_var("EXT_SUFFIX")
    listed = subprocess.run(
        ["nm", "-D", "--undefined-only", root / "pycuda" / f"_driver{suffix}"],
        capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    ours = set(re.findall(r"^API \w+ (\w+)\(", DRIVER.read_text(), flags=re.MULTILINE))
    return set(re.findall(r"\bU (cu[A-Z]\w+)", listed)) - ours
