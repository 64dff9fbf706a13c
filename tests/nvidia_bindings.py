"""The real TensorRT bindings of three versions, importable without a GPU and without TensorRT.

The wheels hold a `tensorrt.so` that needs three libraries, of which it takes nine C functions; a
few lines of C stand for those. Nothing can be built or run so, but every name, member and signature
is the real one. The wheels are fetched once into the user's cache; nothing of them is ours to keep.
"""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import zipfile
from pathlib import Path

import platformdirs
import pytest

WHEELS = {
    "10.3": "tensorrt-cu12-bindings==10.3.0",
    "10.16": "tensorrt-cu12-bindings==10.16.1.11",
    "11.4": "tensorrt-cu13-bindings==11.4.0.106",
}
FUNCTIONS = (
    "createInferBuilder_INTERNAL createInferRefitter_INTERNAL createInferRuntime_INTERNAL "
    "createNvOnnxParser_INTERNAL createNvOnnxParserRefitter_INTERNAL getBuilderPluginRegistry "
    "getPluginRegistry getNvOnnxParserVersion initLibNvInferPlugins"
)
LIBRARIES = ("nvinfer", "nvinfer_plugin", "nvonnxparser")


def cached(*names: str) -> Path:
    """Where fetched and generated things are kept between runs."""
    root = platformdirs.user_cache_path("scaffold-station-tests")
    return root.joinpath(f"{sys.implementation.cache_tag}-{sysconfig.get_platform()}", *names)


def bindings(version: str) -> Path:
    """A folder to import `tensorrt` from, by `environment`; skips, saying why, where there is none.

    version: a key of WHEELS.
    """
    folder = cached("bindings", version)
    if not folder.is_dir():
        with tempfile.TemporaryDirectory(prefix="scaffold-bindings-") as temporary:
            made = _make(version, Path(temporary))
            folder.parent.mkdir(parents=True, exist_ok=True)
            if not folder.is_dir():
                shutil.copytree(made, folder)
    return folder


def environment(folder: Path) -> dict[str, str]:
    """Variables under which a new Python finds the bindings."""
    return {**os.environ, "PYTHONPATH": str(folder), "LD_LIBRARY_PATH": str(folder / "lib")}


def download(spec: str, target: Path, *options: str) -> Path:
    """Fetch one file of a package, by pip as it is set up here; skips where that fails."""
    command = [
        sys.executable, "-m", "pip", "download", "--quiet", "--no-deps",
        "--disable-pip-version-check", "--dest", str(target), *options, spec,
    ]  # fmt: skip
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=240)
    except subprocess.TimeoutExpired:
        pytest.skip(f"{spec} could not be fetched in 240 s")
    if done.returncode != 0:
        lines = [line for line in done.stderr.splitlines() if "ERROR" in line]
        pytest.skip(f"{spec} could not be fetched: {(lines or ['pip failed'])[-1]}")
    (file,) = target.iterdir()
    return file


def _make(version: str, work: Path) -> Path:
    if sys.platform != "linux" or shutil.which("cc") is None:
        pytest.skip("the stand-in libraries need Linux and a C compiler (cc)")
    wheel = download(WHEELS[version], work / "wheel", "--only-binary", ":all:")
    made = work / "made"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(made)
    (made / "lib").mkdir()
    source = work / "functions.c"
    bodies = [f"void *{name}(void) {{ return 0; }}\n" for name in FUNCTIONS.split()]
    source.write_text("".join(bodies))
    for library in LIBRARIES:
        target = made / "lib" / f"lib{library}.so.{version.split('.')[0]}"
        subprocess.run(["cc", "-shared", "-fPIC", "-o", target, source], check=True)
    # As the package `tensorrt` does, which is no more than a door to these.
    (made / "tensorrt").mkdir()
    (made / "tensorrt" / "__init__.py").write_text(
        "from tensorrt_bindings import *\nfrom tensorrt_bindings import __version__\n"
    )
    return made


def stubs(version: str) -> Path:
    """A folder with type stubs of the bindings, for mypy; generated once."""
    folder = cached("stubs-1", version)
    if folder.is_dir():
        return folder
    found = bindings(version)
    with tempfile.TemporaryDirectory(prefix="scaffold-stubs-") as temporary:
        made = Path(temporary) / "made"
        command = [
            Path(sysconfig.get_path("scripts")) / "stubgen", "--inspect-mode", "--quiet",
            "-m", "tensorrt_bindings.tensorrt", "-o", made,
        ]  # fmt: skip
        subprocess.run(command, env=environment(found), check=True, capture_output=True)
        generated = (made / "tensorrt_bindings" / "tensorrt.pyi").read_text()
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "tensorrt.pyi").write_text(mended(generated))
    return folder


def mended(stub: str) -> str:
    """What stubgen cannot see or gets wrong, put right.

    Buffers, the sequence protocol of Dims and tuples taken for Dims are pybind11's doing in C++;
    `bool` is shadowed by TensorRT's data type of that name; numbers are given to callbacks as int.
    """
    buffer = "def __buffer__(self, flags: int, /) -> memoryview: ..."
    for pattern, text in (
        (r"^bool: .*$", ""),
        (r"\bbuffer\b|typing_extensions\.Buffer", "bytes"),
        (r"^class IHostMemory.*$", rf"\g<0>\n    {buffer}"),
        (r"^class Dims:$", r"\g<0>\n    def __iter__(self) -> Iterator[int]: ..."),
        (r"\b(min|opt|max): Dims\b", r"\1: tuple[int, ...]"),
        (r"\b(num_steps|step): typing\.SupportsInt", r"\1: int"),
    ):
        stub = re.sub(pattern, text, stub, flags=re.MULTILINE)
    lines = stub.splitlines()
    while True:
        try:
            ast.parse("\n".join(lines))
            break
        except SyntaxError as error:
            # Parameters with and without defaults, mixed as only C++ may.
            line = lines[(error.lineno or 1) - 1]
            lines[(error.lineno or 1) - 1] = re.sub(r"\(.*$", "(self, *args, **kwargs): ...", line)
    head = ["from collections.abc import Iterator", "from typing import Any"]
    tail = ["__version__: str", "def nptype(trt_type: DataType) -> Any: ..."]
    return "\n".join([*head, *lines, *tail]) + "\n"
