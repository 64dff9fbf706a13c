"""Plans: kept under all they depend on, loaded only when untouched, set aside and built anew."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest
from builders import noise_pictures, red_mark_bundle
from fake_machine import GPU, Machine, install

from engines import tensorrt_engine
from engines.bundle import Bundle
from engines.errors import EngineError
from engines.plan_cache import PlanKey, find_built, find_plan, refuse_plan, store_plan
from engines.tensorrt_build import BuildOptions
from engines.tensorrt_engine import candidates, open_backend, plan_folder

KEY = PlanKey(
    "10.3.0", "ubuntu 22.04, L4T 36.4.0, aarch64", "Orin", "8.7", "540.4.0", "ab" * 32, "int8",
    1, 8, 2048, "strongly typed, no TF32",
)  # fmt: skip
FACTS = {"typing": "strong", "seconds": "12.5"}


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Iterator[Machine]:
    installed = install(monkeypatch)
    yield installed
    assert +installed.cuda.live == {}


@pytest.fixture
def bundle(tmp_path: Path) -> Bundle:
    return red_mark_bundle(tmp_path / "red.bundle", size_px=64)


def open_once(bundle: Bundle, cache: Path, options: BuildOptions | None = None) -> dict[str, str]:
    """Open, ask for one picture, close; the engine's facts."""
    (candidate,) = candidates(bundle, "NVIDIA")
    backend = open_backend(bundle, candidate, cache, options=options)
    try:
        assert backend.infer(noise_pictures(1)).probabilities.shape == (1, 2)
    finally:
        backend.close()
    return dict(backend.facts)


def test_a_plan_comes_back_byte_for_byte_with_its_facts(tmp_path: Path) -> None:
    stored = store_plan(tmp_path, KEY, b"plan", FACTS)
    found = find_plan(tmp_path, KEY)
    assert found is not None
    assert (found.plan, found.sha256, found.path) == (b"plan", stored.sha256, stored.path)
    assert found.facts.items() > FACTS.items()
    told = json.loads((tmp_path / f"{KEY.digest}.json").read_text())
    assert told["key"]["driver"] == "540.4.0"
    assert told["bytes"] == 4
    assert not list(tmp_path.glob("*.part"))


@pytest.mark.parametrize("part", [f.name for f in fields(PlanKey)])
def test_whatever_changes_the_plan_is_another(tmp_path: Path, part: str) -> None:
    store_plan(tmp_path, KEY, b"plan", FACTS)
    value = getattr(KEY, part)
    other = replace(KEY, **{part: value + 1 if isinstance(value, int) else value + "1"})
    assert find_plan(tmp_path, other) is None
    assert find_plan(tmp_path, KEY) is not None


def test_a_new_plan_replaces_the_old_one(tmp_path: Path) -> None:
    store_plan(tmp_path, KEY, b"old", FACTS)
    store_plan(tmp_path, KEY, b"new", FACTS)
    found = find_plan(tmp_path, KEY)
    assert found is not None
    assert found.plan == b"new"
    assert len(list(tmp_path.glob("*.plan"))) == 1


def damage(tmp_path: Path, what: str) -> None:
    """Make the stored plan one that this station did not write."""
    sidecar = tmp_path / f"{KEY.digest}.json"
    (plan,) = tmp_path.glob("*.plan")
    if what == "plan":
        plan.write_bytes(b"plaN")
    elif what == "cut":
        plan.write_bytes(b"")
    elif what == "gone":
        plan.unlink()
    elif what == "json":
        sidecar.write_text("{")
    elif what == "list":
        sidecar.write_text("[]")
    else:
        told = json.loads(sidecar.read_text())
        told["key"]["driver"] = "1.0"
        sidecar.write_text(json.dumps(told))


@pytest.mark.parametrize(
    ("what", "reason"),
    [
        ("plan", "sha256"), ("cut", "sha256"), ("gone", "cannot be read"),
        ("json", "JSON file cannot be read"), ("list", "JSON file cannot be read"),
        ("key", "driver '1.0', here '540.4.0'"),
    ],
)  # fmt: skip
def test_an_altered_plan_is_set_aside_with_the_reason(
    tmp_path: Path, what: str, reason: str
) -> None:
    store_plan(tmp_path, KEY, b"plan", FACTS)
    damage(tmp_path, what)
    assert find_plan(tmp_path, KEY) is None
    assert not [*tmp_path.glob("*.plan"), *tmp_path.glob("*.json")]
    assert list(tmp_path.glob("*.json.refused"))
    assert reason in (tmp_path / f"{KEY.digest}.reason.txt").read_text()


def test_refusing_again_and_again_fills_no_disk(tmp_path: Path) -> None:
    for number in range(5):
        store_plan(tmp_path, KEY, b"plan %d" % number, FACTS)
        refuse_plan(tmp_path, KEY, "TensorRT does not load it")
    assert len(list(tmp_path.glob("*.plan.refused"))) == 1


def test_a_sidecar_cannot_name_a_file_elsewhere(tmp_path: Path) -> None:
    folder = tmp_path / "cache"
    store_plan(folder, KEY, b"plan", FACTS)
    sidecar = folder / f"{KEY.digest}.json"
    told = json.loads(sidecar.read_text())
    (tmp_path / "outside.plan").write_bytes(b"plan")
    sidecar.write_text(json.dumps({**told, "plan": "../outside.plan"}))
    assert find_plan(folder, KEY) is None


def test_a_folder_that_cannot_be_written_costs_the_cache_not_the_plan(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").write_text("not a folder")
    stored = store_plan(tmp_path / "file", KEY, b"plan", FACTS)
    assert (stored.plan, stored.path) == (b"plan", None)
    assert "will be built at every start" in caplog.text


def test_the_plan_built_last_for_any_batch_is_found(tmp_path: Path) -> None:
    assert find_built(tmp_path, KEY) is None
    for batch in (16, 4):
        store_plan(tmp_path, replace(KEY, max_batch=batch), b"plan", FACTS)
    store_plan(tmp_path, replace(KEY, driver="1.0"), b"plan", FACTS)
    (tmp_path / "broken.json").write_text("[1]")
    found = find_built(tmp_path, KEY)
    assert found is not None
    assert (found.max_batch, found.driver) == (4, KEY.driver)


def test_a_plan_is_built_once(machine: Machine, bundle: Bundle, tmp_path: Path) -> None:
    first = open_once(bundle, tmp_path)
    assert open_once(bundle, tmp_path) == first
    assert len(machine.tensorrt.built) == 1


def test_the_station_takes_the_batch_that_build_was_given(
    machine: Machine, bundle: Bundle, tmp_path: Path
) -> None:
    built = open_once(bundle, tmp_path, BuildOptions(max_batch=3, workspace_mib=64))
    assert open_once(bundle, tmp_path) == built
    assert built["max_batch"] == "3"
    (asked,) = machine.tensorrt.built
    assert asked["WORKSPACE"] == 64 << 20


def test_another_driver_builds_anew(
    machine: Machine, bundle: Bundle, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_once(bundle, tmp_path)
    monkeypatch.setattr(tensorrt_engine, "find_gpu", lambda: replace(GPU, driver="550.54.15"))
    open_once(bundle, tmp_path)
    assert len(machine.tensorrt.built) == 2


def test_an_altered_plan_never_reaches_tensorrt(
    machine: Machine, bundle: Bundle, tmp_path: Path
) -> None:
    open_once(bundle, tmp_path)
    (plan,) = plan_folder(tmp_path).glob("*.plan")
    plan.write_bytes(plan.read_bytes() + b"\0")
    open_once(bundle, tmp_path)
    assert len(machine.tensorrt.built) == 2


@pytest.mark.parametrize(
    "line",
    [
        "The engine plan file is not compatible with this version of TensorRT, expecting 10.16",
        "The engine plan file is generated on an incompatible device, expecting compute 8.7",
        "Platform specific tag mismatch detected. TensorRT plan files are only supported on",
        "Using an engine plan file across different models of devices is not recommended",
        "",
    ],
)
def test_a_plan_that_tensorrt_does_not_take_is_built_once_anew(
    machine: Machine, bundle: Bundle, tmp_path: Path, line: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_once(bundle, tmp_path)
    spoil_first_load(machine, line, monkeypatch)
    open_once(bundle, tmp_path)
    assert len(machine.tensorrt.built) == 2
    (reason,) = plan_folder(tmp_path).glob("*.reason.txt")
    assert (line or "gave no reason") in reason.read_text()
    assert open_once(bundle, tmp_path)
    assert len(machine.tensorrt.built) == 2


def spoil_first_load(machine: Machine, line: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first loading answers None, or takes the plan with a warning; then all is well."""
    runtime = machine.tensorrt.module.Runtime
    whole = runtime.deserialize_cuda_engine
    calls: list[int] = []

    def load(self: Any, serialized_engine: bytes) -> Any:
        calls.append(1)
        if len(calls) > 1:
            return whole(self, serialized_engine)
        if line:
            kind = machine.tensorrt.module.ILogger.Severity.WARNING
            machine.tensorrt.loggers[0].log(kind, line)
        return whole(self, serialized_engine) if "different models" in line else None

    monkeypatch.setattr(runtime, "deserialize_cuda_engine", load)


def test_a_plan_that_never_loads_is_an_error_after_one_rebuild(
    machine: Machine, bundle: Bundle, tmp_path: Path
) -> None:
    machine.tensorrt.answers["deserialize_cuda_engine"] = None
    machine.tensorrt.says["deserialize_cuda_engine"] = [("ERROR", "Serialization assertion")]
    with pytest.raises(EngineError, match=r"built just now.*Serialization assertion.*--device CPU"):
        open_once(bundle, tmp_path)
    assert len(machine.tensorrt.built) == 1
    assert not list(plan_folder(tmp_path).glob("*.plan"))


def test_short_memory_is_no_reason_to_build_anew(
    machine: Machine, bundle: Bundle, tmp_path: Path
) -> None:
    open_once(bundle, tmp_path)
    machine.tensorrt.answers["deserialize_cuda_engine"] = None
    machine.tensorrt.says["deserialize_cuda_engine"] = [("ERROR", "Cuda Runtime (out of memory)")]
    with pytest.raises(EngineError, match="Close other programs"):
        open_once(bundle, tmp_path)
    del machine.tensorrt.answers["deserialize_cuda_engine"]
    machine.tensorrt.says.clear()
    machine.tensorrt.answers["create_execution_context"] = None
    with pytest.raises(EngineError, match="could not make room"):
        open_once(bundle, tmp_path)
    assert len(machine.tensorrt.built) == 1
    assert list(plan_folder(tmp_path).glob("*.plan"))


def test_libraries_that_give_no_runtime_are_named(
    machine: Machine, bundle: Bundle, tmp_path: Path
) -> None:
    open_once(bundle, tmp_path)
    machine.tensorrt.answers["Runtime"] = None
    with pytest.raises(EngineError, match="gives no runtime"):
        open_once(bundle, tmp_path)


def test_a_graph_altered_after_the_bundle_was_opened_is_not_built(
    machine: Machine, bundle: Bundle, tmp_path: Path
) -> None:
    bundle.model_path.write_bytes(bundle.model_path.read_bytes() + b"\0")
    with pytest.raises(EngineError, match="altered since"):
        open_once(bundle, tmp_path)
    assert machine.tensorrt.built == []
