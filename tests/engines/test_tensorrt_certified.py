"""TensorRT under certification: a plan decides once it was measured; a broken one never does."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from builders import noise_pictures, red_mark_bundle
from fake_machine import GPU, Machine, install

from engines import tensorrt_engine
from engines.bundle import Bundle
from engines.engine import open_engine
from engines.tensorrt_engine import plan_folder


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Machine:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return install(monkeypatch)


@pytest.fixture
def bundle(tmp_path: Path) -> Bundle:
    return red_mark_bundle(tmp_path / "red.bundle", size_px=64)


def test_auto_takes_the_gpu_once_its_plan_is_certified(
    machine: Machine, bundle: Bundle, tmp_path: Path
) -> None:
    steps: list[str] = []
    with open_engine(bundle, "auto", tmp_path, lambda what, *_: steps.append(what)) as engine:
        assert engine.description.startswith("tensorrt 10.16.1 NVIDIA fp32")
        assert engine.alarms == ()
        plan = engine.certificate.facts["plan"]
        answers = engine.predict(list(noise_pictures(11)))
    assert len(answers) == 11
    assert "Building" in steps
    assert plan in {p["sha256"] for p in sidecars(tmp_path)}
    assert +machine.cuda.live == {}
    steps.clear()
    with open_engine(bundle, "auto", tmp_path, lambda what, *_: steps.append(what)) as engine:
        assert engine.certificate.facts["plan"] == plan
    assert steps == []


def sidecars(cache: Path) -> list[dict[str, str]]:
    return [json.loads(p.read_text()) for p in plan_folder(cache).glob("*.json")]


def test_another_driver_is_built_and_certified_anew(
    machine: Machine, bundle: Bundle, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with open_engine(bundle, "auto", tmp_path) as engine:
        first = engine.certificate
    monkeypatch.setattr(tensorrt_engine, "find_gpu", lambda: replace(GPU, driver="550.54.15"))
    with open_engine(bundle, "auto", tmp_path) as engine:
        assert engine.certificate.fingerprint != first.fingerprint
        assert engine.certificate.facts["driver"] == "550.54.15"
    assert len(machine.tensorrt.built) == 2


@pytest.mark.parametrize("device", ["auto", "NVIDIA"])
def test_a_plan_that_never_loads_leaves_the_station_on_openvino_with_an_alarm(
    machine: Machine, bundle: Bundle, tmp_path: Path, device: str
) -> None:
    machine.tensorrt.answers["deserialize_cuda_engine"] = None
    machine.tensorrt.says["deserialize_cuda_engine"] = [("ERROR", "Platform specific tag mismatch")]
    with open_engine(bundle, device, tmp_path) as engine:
        assert engine.description.startswith("openvino")
        (alarm,) = engine.alarms
        assert "tensorrt NVIDIA fp32 cannot be used" in alarm
        assert "Platform specific tag mismatch" in alarm
        assert len(engine.predict(list(noise_pictures(2)))) == 2


def test_a_gpu_that_answers_wrongly_is_refused(
    machine: Machine, bundle: Bundle, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same machine, but its kernels leave the outputs as the memory was: 0xDD everywhere."""
    import fake_tensorrt

    monkeypatch.setattr(fake_tensorrt, "_execute", lambda *_: None)
    with open_engine(bundle, "auto", tmp_path) as engine:
        assert engine.description.startswith("openvino")
