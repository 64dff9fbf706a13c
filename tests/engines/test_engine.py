"""The one door: certified on first use, again when anything changes, and never without."""

from __future__ import annotations

import importlib.util
import os
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
from builders import red_mark_bundle

from engines import engine as door
from engines import openvino_engine
from engines.backend import Backend, Candidate, OnProgress
from engines.bundle import CERTIFICATES, GOLDEN, Bundle, load_bundle
from engines.engine import Engine, candidate_groups, open_engine
from engines.errors import BundleError, EngineError


@pytest.fixture
def bundle(tmp_path: Path) -> Bundle:
    return red_mark_bundle(tmp_path / "red.bundle")


@dataclass
class Steps:
    """What was told while an engine was opened."""

    told: list[tuple[str, int, int]] = field(default_factory=list)

    def __call__(self, what: str, done: int, total: int) -> None:
        self.told.append((what, done, total))

    @property
    def certified(self) -> int:
        return len({what for what, _, _ in self.told if what.startswith("certifying")})


def fp32(bundle: Bundle) -> Candidate:
    return candidate_groups(bundle, "CPU", [])[0][0]


def test_it_is_certified_on_first_use_with_progress_and_not_again(
    bundle: Bundle, tmp_path: Path
) -> None:
    first, second = Steps(), Steps()
    with open_engine(bundle, "CPU", tmp_path / "cache", first) as engine:
        measured = engine.certificate
    with open_engine(bundle, "CPU", tmp_path / "cache", second) as engine:
        assert engine.certificate == measured
    # As many as the processor has arithmetics for: bfloat16 beside float32 on some.
    ways = candidate_groups(bundle, "CPU", [])[0]
    assert ("certifying openvino CPU fp32", 12, 12) in first.told
    assert first.told[-1] == (f"compiling {measured.name}", 0, 1)
    assert next(s for s in first.told if s[0].startswith("certifying"))[1:] == (0, 12)
    assert (first.certified, second.certified) == (len(ways), 0)
    files = {file.name for file in (bundle.path / CERTIFICATES).iterdir()}
    assert len(files) == len(ways)
    assert f"{measured.fingerprint}.json" in files


@pytest.mark.skipif(os.geteuid() == 0, reason="root writes everywhere")
def test_a_read_only_bundle_keeps_its_certificate_in_the_users_state(
    bundle: Bundle, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    bundle.path.chmod(0o555)
    try:
        _state_takes_over(bundle, tmp_path)
    finally:
        bundle.path.chmod(0o755)


def test_where_the_bundles_folder_takes_no_certificate_the_users_state_does(
    bundle: Bundle, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file in the way stops root too."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    (bundle.path / CERTIFICATES).write_text("in the way")
    _state_takes_over(bundle, tmp_path)


def _state_takes_over(bundle: Bundle, tmp_path: Path) -> None:
    with open_engine(bundle, "CPU", tmp_path / "cache") as engine:
        name = f"{engine.certificate.fingerprint}.json"
    kept = tmp_path / "state" / "scaffold-station" / CERTIFICATES / name
    assert kept.is_file()
    steps = Steps()
    with open_engine(bundle, "CPU", tmp_path / "cache", steps):
        assert steps.certified == 0


def test_where_no_certificate_can_be_kept_nothing_is_decided(
    bundle: Bundle, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "state").write_text("in the way")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    (bundle.path / CERTIFICATES).write_text("in the way")
    with pytest.raises(EngineError, match=r"can be kept in none of .*XDG_STATE_HOME"):
        open_engine(bundle, "CPU", tmp_path / "cache")


@dataclass
class FakeNvidia:
    """A TensorRT that has one candidate and cannot be opened, or answers by OpenVINO."""

    works: bool
    plan: str = "first"

    def candidates(self, bundle: Bundle, device: str) -> list[Candidate]:
        return [Candidate("tensorrt", device, "fp32", {"tensorrt": "10.16.1"})]

    def why_not(self) -> str | None:
        return None

    def open_backend(
        self, bundle: Bundle, candidate: Candidate, cache_dir: Path, on_progress: OnProgress
    ) -> Backend:
        if not self.works:
            raise EngineError("the plan does not match this driver, twice.")
        way = openvino_engine.candidates(bundle, "CPU")[0]
        backend = openvino_engine.open_backend(bundle, way, cache_dir)
        backend.facts = {**candidate.facts, "plan": self.plan}
        return backend


def _with_nvidia(monkeypatch: pytest.MonkeyPatch, nvidia: FakeNvidia) -> None:
    real = door._runtime
    monkeypatch.setattr(door, "_runtime", lambda n: nvidia if n == "tensorrt" else real(n))
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: object())


def test_a_gpu_that_works_decides_and_the_processor_is_not_asked(
    bundle: Bundle, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _with_nvidia(monkeypatch, FakeNvidia(works=True))
    steps = Steps()
    with open_engine(bundle, "auto", tmp_path / "cache", steps) as engine:
        assert engine.description.startswith("tensorrt 10.16.1 NVIDIA fp32 certificate ")
        assert engine.alarms == ()
    assert steps.certified == 1


def test_a_plan_that_was_built_anew_is_certified_before_it_decides(
    bundle: Bundle, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    nvidia = FakeNvidia(works=True)
    _with_nvidia(monkeypatch, nvidia)
    for plan, times in (("first", 1), ("first", 0), ("second", 1), ("second", 0)):
        nvidia.plan = plan
        steps = Steps()
        with open_engine(bundle, "auto", tmp_path / "cache", steps) as engine:
            assert engine.certificate.facts["plan"] == plan
        assert steps.certified == times


@pytest.mark.parametrize("device", ["auto", "NVIDIA"])
def test_a_gpu_that_fails_leaves_the_work_to_the_processor_with_an_alarm(
    bundle: Bundle, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, device: str
) -> None:
    _with_nvidia(monkeypatch, FakeNvidia(works=False))
    with open_engine(bundle, device, tmp_path / "cache") as engine:
        assert engine.certificate.runtime == "openvino"
        (alarm,) = engine.alarms
    assert alarm == (
        "tensorrt NVIDIA fp32 cannot be used: the plan does not match this driver, twice."
    )


def test_a_gpu_that_fails_only_after_it_was_certified_is_told_too(
    bundle: Bundle, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    nvidia = FakeNvidia(works=True)
    _with_nvidia(monkeypatch, nvidia)
    with open_engine(bundle, "auto", tmp_path / "cache"):
        pass
    nvidia.works = False
    with open_engine(bundle, "auto", tmp_path / "cache") as engine:
        assert engine.certificate.runtime == "openvino"
        assert len(engine.alarms) == 1


def test_nvidia_asked_for_where_there_is_none_is_an_error(bundle: Bundle) -> None:
    if door._nvidia(bundle)[0]:
        pytest.skip("this machine runs TensorRT")
    with pytest.raises(EngineError, match=r"TensorRT cannot run here: .*--device CPU runs without"):
        open_engine(bundle, "NVIDIA")


def test_a_runtime_that_is_missing_is_named_with_its_remedy(
    bundle: Bundle, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(door.RUNTIMES, "openvino", "engines.no_such_runtime")
    with pytest.raises(EngineError, match=r"openvino cannot be loaded .* `station doctor`"):
        open_engine(bundle, "CPU", tmp_path / "cache")


def test_too_little_memory_is_an_error_and_no_answer(bundle: Bundle, tmp_path: Path) -> None:
    with open_engine(bundle, "CPU", tmp_path / "cache") as engine:

        class Full:
            facts = engine.certificate.facts

            def infer(self, images: np.ndarray) -> object:
                raise MemoryError

            def close(self) -> None:
                pass

        full = Engine(bundle, Full(), engine.certificate)  # type: ignore[arg-type]
        with pytest.raises(EngineError, match="not enough memory"):
            full.predict([np.zeros((8, 8, 3), np.uint8)])


def test_a_golden_set_that_is_damaged_stops_everything(bundle: Bundle, tmp_path: Path) -> None:
    (bundle.path / GOLDEN).write_bytes(b"PK\x03\x04 not a golden set")
    with pytest.raises(EngineError, match=r"golden set .* cannot be read"):
        open_engine(bundle, "CPU", tmp_path / "cache")
    with pytest.raises(BundleError, match="was altered"):
        load_bundle(bundle.path)


def test_many_crops_are_answered_in_batches_that_are_certified(
    bundle: Bundle, tmp_path: Path
) -> None:
    sizes: list[int] = []
    with open_engine(bundle, "CPU", tmp_path / "cache") as engine:
        real = engine._backend

        class Counting:
            facts = engine.certificate.facts

            def infer(self, images: np.ndarray) -> object:
                sizes.append(len(images))
                return real.infer(images)

            def close(self) -> None:
                real.close()

        counting = Engine(bundle, Counting(), engine.certificate)  # type: ignore[arg-type]
        crops = [np.full((64, 64, 3), value, np.uint8) for value in range(0, 190, 10)]
        assert len(counting.predict(crops)) == 19
    assert sizes == [8, 8, 3]
