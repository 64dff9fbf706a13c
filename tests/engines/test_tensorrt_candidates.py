"""What TensorRT offers on a machine, why it offers nothing, and what it tells of itself."""

from __future__ import annotations

import importlib
from pathlib import Path

import pytest
from builders import red_mark_bundle
from fake_machine import install

from engines import tensorrt_engine
from engines.bundle import Bundle
from engines.nvidia_gpu import NoGpu
from engines.tensorrt_engine import candidates, open_backend, plan_folder, why_not


@pytest.fixture
def bundle(tmp_path: Path) -> Bundle:
    return red_mark_bundle(tmp_path / "red.bundle", size_px=64)


def test_a_machine_without_tensorrt_offers_nothing_and_says_why(bundle: Bundle) -> None:
    assert candidates(bundle, "auto") == []
    reason = why_not()
    assert reason is not None
    assert "tensorrt" in reason
    assert "pip install" in reason


def test_no_module_is_imported_while_no_driver_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch)

    def none() -> None:
        raise NoGpu("No NVIDIA driver.", "Install it.")

    def forbidden(name: str) -> None:
        raise AssertionError(f"{name} imported without a driver")

    monkeypatch.setattr(tensorrt_engine, "find_gpu", none)
    monkeypatch.setattr(importlib, "import_module", forbidden)
    (obstacle,) = tensorrt_engine.obstacles()
    assert (obstacle.part, str(obstacle)) == ("driver", "No NVIDIA driver. Install it.")


def test_an_old_tensorrt_is_named(monkeypatch: pytest.MonkeyPatch, bundle: Bundle) -> None:
    install(monkeypatch, version="8.6.2")
    assert candidates(bundle, "NVIDIA") == []
    assert "TensorRT 8.6.2 is too old; 10.3 is needed" in str(why_not())


def test_the_facts_name_all_that_may_change_an_answer(
    bundle: Bundle, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(monkeypatch)
    (candidate,) = candidates(bundle, "auto")
    assert str(candidate) == "tensorrt NVIDIA fp32"
    facts = candidate.facts
    assert (facts["tensorrt"], facts["gpu"], facts["compute_capability"]) == (
        "10.16.1", "Orin", "8.7",
    )  # fmt: skip
    assert (facts["driver"], facts["cuda"]) == ("540.4.0", "12.6")
    backend = open_backend(bundle, candidate, tmp_path)
    backend.close()
    assert backend.facts.items() > facts.items()
    assert len(backend.facts["plan"]) == 64
    assert list(plan_folder(tmp_path).glob("*.plan"))
