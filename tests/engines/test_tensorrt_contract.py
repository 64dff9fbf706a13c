"""What our source asks of TensorRT is there in the real bindings of 10.3, 10.16 and 11.4.

The bindings are fetched once by pip and imported over stand-in libraries (see nvidia_bindings): not
executed on a GPU, but every name, member, parameter and type is the real one. What is asked for is
read from our source, so no list can go stale.
"""

from __future__ import annotations

import ast
import inspect
import itertools
import json
import os
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from fake_tensorrt import FakeTensorRt
from nvidia_bindings import WHEELS, bindings, cached, environment, stubs

ROOT = Path(__file__).resolve().parents[2]
SOURCES = sorted((ROOT / "engines").glob("tensorrt_*.py"))
SECONDS = itertools.count(1_000_000_000)
GATED = {"FP16", "INT8"}
"""Asked for by hasattr: gone from 11."""
LISTING = """
import inspect, json, re
import tensorrt as trt

def overloads(function):
    found = []
    for line in (function.__doc__ or "").splitlines():
        match = re.match(r"(?:\\d+\\. )?" + re.escape(function.__name__) + r"\\((.*)\\) -> ", line)
        if match and not match[1].startswith("*args"):
            depth, parts, part = 0, [], ""
            for letter in match[1]:
                depth += (letter in "[(<") - (letter in "])>")
                if letter == "," and depth == 0:
                    parts.append(part)
                    part = ""
                else:
                    part += letter
            named = [p.split(":")[0].strip() for p in [*parts, part]]
            found.append([p for p in named if p != "self"])
    return found

classes = {}
for name, kind in vars(trt).items():
    if inspect.isclass(kind):
        members = {m: getattr(kind, m) for m in dir(kind)}
        classes[name] = {m: overloads(v) if callable(v) else None for m, v in members.items()}
print(json.dumps({"version": trt.__version__, "classes": classes, "names": dir(trt)}))
"""
BEHAVIOUR = """
from pathlib import Path
import tensorrt as trt
import numpy as np
from engines.errors import EngineError
from engines.tensorrt_build import BuildOptions, BuildProgress, _monitor, _weak_flags, build_plan
from engines.tensorrt_log import listening, logger
from engines.tensorrt_session import _Loaded, _load

told = []
progress = BuildProgress(lambda what, done, total: told.append(done))
monitor = _monitor(progress)
assert isinstance(monitor, trt.IProgressMonitor)
monitor.phase_start("A", None, 2)
assert monitor.step_complete("A", 0) is True
monitor.phase_finish("A")
assert told == [0, 500, 1000], told

assert isinstance(logger(), trt.ILogger)
with listening() as said:
    logger().log(trt.ILogger.Severity.INTERNAL_ERROR, "broken")
    logger().log(trt.ILogger.Severity.VERBOSE, "chatter")
assert said.lines == ("broken",), said.lines

assert tuple(trt.Dims((-1, 64, 64, 3))) == (-1, 64, 64, 3)
assert tuple(trt.Dims((-1, 64, 64, 3)))[1:] == (64, 64, 3)
assert trt.nptype(trt.DataType.UINT8) is np.uint8
assert trt.nptype(trt.DataType.FLOAT) is np.float32
weak = [flag.name for flag in _weak_flags(trt, "int8")]
assert weak == ([] if trt.__version__.startswith("11") else ["INT8", "FP16"]), weak
assert trt.BuilderFlag.TF32 is not None

for act, words in (
    (lambda: build_plan(Path("model.onnx"), "fp32", BuildOptions()), "gives no builder"),
    (lambda: _load(_Loaded(), b"plan"), "gives no runtime"),
):
    try:
        act()
    except EngineError as error:
        assert words in str(error), error
    else:
        raise AssertionError("the stand-in libraries gave something")
"""


@cache
def listing(version: str) -> Any:
    """Every class with its members; a method with the parameters of each overload."""
    folder = bindings(version)
    command = [sys.executable, "-c", LISTING]
    done = subprocess.run(command, env=environment(folder), capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def chains() -> set[tuple[str, ...]]:
    """All `trt.A.B` in our source, without the `trt`."""
    found = set()
    for source in SOURCES:
        for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
            parts: list[str] = []
            while isinstance(node, ast.Attribute):
                parts.append(node.attr)
                node = node.value
            if isinstance(node, ast.Name) and node.id == "trt" and parts:
                found.add(tuple(reversed(parts)))
    return found


def attributes() -> set[str]:
    """All names that follow a dot in those of our files that handle TensorRT's objects."""
    texts = [source.read_text(encoding="utf-8") for source in SOURCES]
    return {
        node.attr
        for text in texts
        if "if TYPE_CHECKING:\n    import tensorrt" in text
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Attribute)
    }


def test_the_list_from_the_source_is_not_empty() -> None:
    found = chains()
    assert {("Builder",), ("MemoryPoolType", "WORKSPACE"), ("ILogger", "Severity")} <= found
    assert len(found) >= 15


@pytest.mark.parametrize("version", WHEELS)
def test_every_name_and_member_exists(version: str) -> None:
    real = listing(version)
    assert real["version"].startswith(version)
    for chain in chains() - {("__version__",)}:
        assert chain[0] in real["names"], f"{version} has no {chain}"
        if len(chain) > 1:
            assert chain[1] in real["classes"][chain[0]], f"{version} has no {chain}"


def test_a_method_used_is_in_all_three_versions() -> None:
    """What any version knows and we use, each must know; misspelt names are mypy's, below."""
    known = {v: {m for c in listing(v)["classes"].values() for m in c} for v in WHEELS}
    used = (attributes() & set.union(*known.values())) - GATED
    assert {"build_serialized_network", "execute_async_v3", "deserialize_cuda_engine"} <= used
    for version, members in known.items():
        assert used <= members, f"{version} lacks {sorted(used - members)}"


@pytest.mark.parametrize("version", WHEELS)
def test_the_fakes_take_what_the_real_ones_take(version: str) -> None:
    real = listing(version)["classes"]
    fake = FakeTensorRt(version=listing(version)["version"]).module
    compared = 0
    for name, kind in vars(fake).items():
        if not inspect.isclass(kind):
            continue
        if hasattr(kind, "__members__"):
            assert set(kind.__members__) <= set(real[name]), name
            continue
        for member, value in vars(kind).items():
            if member.startswith("_") or not callable(value) or inspect.isclass(value):
                continue
            parameters = [p for p in inspect.signature(value).parameters if p != "self"]
            overloads = real[name][member]
            # A parameter that the fake leaves out must have a default: the real ones come last.
            assert any(o[: len(parameters)] == parameters for o in overloads), (
                f"{version} {name}.{member}: {overloads}, the fake takes {parameters}"
            )
            compared += 1
    assert compared >= 25


@pytest.mark.parametrize("version", WHEELS)
def test_our_callbacks_and_errors_work_on_the_real_bindings(version: str) -> None:
    env = environment(bindings(version))
    env["PYTHONPATH"] += f":{ROOT}"
    command = [sys.executable, "-c", BEHAVIOUR]
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def complaints(version: str, tree: Path) -> list[str]:
    """What mypy says of our files in `tree`, given the types of this version."""
    cache_dir = cached("mypy", version)
    config = tree / "contract.ini"
    config.write_text("[mypy]\npython_version = 3.10\nfollow_imports = silent\n"
                      "ignore_missing_imports = True\ncheck_untyped_defs = True\n")  # fmt: skip
    command = [
        sys.executable, "-m", "mypy", "--config-file", config, "--cache-dir", cache_dir,
        *(f"engines/{source.name}" for source in SOURCES),
    ]  # fmt: skip
    env = {**environment(bindings(version)), "MYPYPATH": str(stubs(version))}
    del env["PYTHONPATH"], env["LD_LIBRARY_PATH"]
    done = subprocess.run(command, cwd=tree, env=env, capture_output=True, text=True, check=False)
    assert "checked" in done.stdout, done.stdout + done.stderr
    return [line for line in done.stdout.splitlines() if line.startswith("engines/")]


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of our engines, to be damaged at will."""
    folder = tmp_path_factory.mktemp("contract")
    ignored = shutil.ignore_patterns("*.bundle", "__pycache__")
    shutil.copytree(ROOT / "engines", folder / "engines", ignore=ignored)
    return folder


@pytest.mark.parametrize("version", WHEELS)
def test_mypy_finds_no_fault_against_the_real_types(version: str, tree: Path) -> None:
    assert complaints(version, tree) == []


@pytest.mark.parametrize(
    ("name", "right", "wrong", "words"),
    [
        ("build", "config.set_memory_pool_limit(", "config.set_workspace(", "has no attribute"),
        ("build", "set_timing_cache(cache, False)", "set_timing_cache(cache)", "ignore_mismatch"),
        ("session", ".execute_async_v3(self", ".execute_async_v2(self", "execute_async_v2"),
        ("session", "get_tensor_profile_shape(INPUT, 0)", "get_tensor_profile_shape(0, INPUT)",
         "incompatible type"),
    ],
)  # fmt: skip
def test_mypy_bites(tree: Path, name: str, right: str, wrong: str, words: str) -> None:
    file = tree / "engines" / f"tensorrt_{name}.py"
    whole = file.read_text()
    assert right in whole
    _write(file, whole.replace(right, wrong))
    try:
        assert any(words in line for line in complaints("11.4", tree))
    finally:
        _write(file, whole)


def _write(file: Path, text: str) -> None:
    """With a time of its own: mypy takes a file of the same size and second for unchanged."""
    file.write_text(text)
    second = next(SECONDS)
    os.utime(file, (second, second))
