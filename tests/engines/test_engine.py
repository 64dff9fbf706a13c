"""The one door: certified on first use, again when anything changes, and never without."""

from __future__ import annotations

import importlib.util
import json
import os
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pytest
from builders import red_mark_bundle

from engines import engine as door
from engines import openvino_engine
from engines.backend import Backend, Candidate, OnProgress
from engines.bundle import CERTIFICATES, GOLDEN, Bundle, Thresholds, load_bundle
from engines.certificate import find_certificate, fingerprint, save_certificate
from engines.engine import Engine, candidate_groups, certify, open_engine
from engines.errors import BundleError, EngineError
from engines.golden import read_golden, write_golden


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
    assert first.told[-2:] == [
        ("certifying openvino CPU fp32", 12, 12),
        ("compiling openvino CPU fp32", 0, 1),
    ]
    assert next(s for s in first.told if s[0].startswith("certifying"))[1:] == (0, 12)
    assert (first.certified, second.certified) == (1, 0)
    (file,) = (bundle.path / CERTIFICATES).iterdir()
    assert file.name == f"{measured.fingerprint}.json"


@pytest.mark.parametrize("fact", ["openvino", "processor", "capabilities", "arithmetic", "driver"])
def test_a_change_of_any_fact_asks_for_a_new_certificate(
    bundle: Bundle, tmp_path: Path, fact: str
) -> None:
    candidate = fp32(bundle)
    certify(bundle, candidate, tmp_path / "cache")
    changed = replace(candidate, facts={**candidate.facts, fact: "another"})
    assert find_certificate(bundle, candidate) is not None
    assert find_certificate(bundle, changed) is None
    assert len({fingerprint(bundle, c) for c in (candidate, changed)}) == 2
    other = replace(bundle, digest="0" * 64)
    assert fingerprint(other, candidate) != fingerprint(bundle, candidate)


@pytest.mark.parametrize(
    "damage",
    [
        lambda text: text.replace('"refusals": []', '"refusals": [ ]').replace("fp32", "int8", 1),
        lambda text: text[: len(text) // 2],
        lambda text: json.dumps({**json.loads(text), "max_dp": 0.0}),
        lambda text: "[]",
        lambda text: "",
    ],
)
def test_a_certificate_that_was_altered_counts_for_nothing(
    bundle: Bundle, tmp_path: Path, damage: object, caplog: pytest.LogCaptureFixture
) -> None:
    candidate = fp32(bundle)
    measured, _ = certify(bundle, candidate, tmp_path / "cache")
    file = bundle.path / CERTIFICATES / f"{measured.fingerprint}.json"
    file.write_text(damage(file.read_text()))  # type: ignore[operator]
    assert find_certificate(bundle, candidate) is None
    assert f"{file} is not used" in caplog.text
    steps = Steps()
    with open_engine(bundle, "CPU", tmp_path / "cache", steps):
        assert steps.certified == 1


def test_a_certificate_of_another_engine_under_this_name_counts_for_nothing(
    bundle: Bundle, tmp_path: Path
) -> None:
    candidate = fp32(bundle)
    other = replace(candidate, facts={**candidate.facts, "processor": "another"})
    measured, _ = certify(bundle, other, tmp_path / "cache")
    folder = bundle.path / CERTIFICATES
    file = folder / f"{measured.fingerprint}.json"
    file.rename(folder / f"{fingerprint(bundle, candidate)}.json")
    assert find_certificate(bundle, candidate) is None


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


def test_the_margin_is_the_largest_error_and_its_price_is_counted(
    bundle: Bundle, tmp_path: Path
) -> None:
    """A reference moved by 0.04 is an engine that is off by 0.04."""
    golden = read_golden(bundle.path / GOLDEN)
    # Logits 40 (s - 0.3): p of these pictures lies on both sides of either threshold.
    p = np.clip(golden.probabilities[:, 1] + 0.04, 0.0, 1.0)
    moved = replace(golden, probabilities=np.stack([1 - p, p], axis=1).astype(np.float32))
    weights = np.where(np.abs(p - 0.8) < 0.1, 1.0, 100.0)
    found = _replayed(bundle, replace(moved, weights=weights), tmp_path)
    assert found.margin == pytest.approx(0.04, abs=1e-5)
    thresholds = Thresholds(0.2, 0.8)
    tight = thresholds.tightened(found.margin)
    got = golden.probabilities[:, 1].astype(float)
    share = weights / weights.sum()
    extra = sum(
        w * ((tight.zone(g) == "REVIEW") - (thresholds.zone(e) == "REVIEW"))
        for w, g, e in zip(share, got, p, strict=True)
    )
    assert found.extra_review == pytest.approx(extra, abs=1e-9)
    for e, g in zip(p, got, strict=True):
        # What the reference would not pass is not passed here, nor rejected where it would not.
        assert not (tight.zone(g) == "PASS" and thresholds.zone(e) != "PASS")
        assert not (tight.zone(g) == "REJECT" and thresholds.zone(e) != "REJECT")


def _replayed(bundle: Bundle, golden: object, tmp_path: Path) -> object:
    write_golden(bundle.path / GOLDEN, golden)  # type: ignore[arg-type]
    return certify(bundle, fp32(bundle), tmp_path / "cache")[0]


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
        (way,) = openvino_engine.candidates(bundle, "CPU")
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


def test_a_certificate_survives_its_file(bundle: Bundle, tmp_path: Path) -> None:
    measured, _ = certify(bundle, fp32(bundle), tmp_path / "cache")
    save_certificate(bundle, measured)
    assert find_certificate(bundle, fp32(bundle)) == measured


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
