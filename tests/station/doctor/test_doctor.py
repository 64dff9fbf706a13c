"""`station doctor` tells what is, what is not, and what was not tried, each for what it is."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from builders import red_mark_bundle

from engines.backend import Candidate
from engines.bundle import GOLDEN, MODEL, Bundle
from engines.certificate import Certificate
from engines.engine import candidate_groups, certify
from engines.nvidia_gpu import NoGpu, find_gpu
from engines.tensorrt_engine import obstacles
from station.cli import main
from station.doctor import ladder
from station.doctor.display import look_at_display
from station.doctor.finding import Finding, State
from station.doctor.ladder import climb
from station.doctor.machine import look_at_machine
from station.doctor.nvidia import asked_of_tensorrt, look_at_nvidia
from station.doctor.software import look_at_software


@pytest.fixture(autouse=True)
def homes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))


@pytest.fixture
def bundle(tmp_path: Path) -> Bundle:
    return red_mark_bundle(tmp_path / "red.bundle")


def silent(what: str, done: int, total: int) -> None:
    """No one watches."""


def by_name(findings: list[Finding]) -> dict[str, Finding]:
    return {f.name: f for f in findings}


def test_the_bundle_goes_through_every_runtime_that_is_here(bundle: Bundle) -> None:
    found = by_name(list(climb(bundle.path, silent)))
    assert found["red.bundle"].state is State.OK
    for name in ("onnxruntime CPU fp32", "openvino CPU fp32"):
        assert found[name].state is State.OK
        assert "12 golden pictures" in found[name].seen
        assert "0 verdicts differ" in found[name].seen
    if obstacles():
        assert found["tensorrt build and replay"].state is State.NOT_EXECUTED


def test_a_refusal_beside_others_names_the_one_that_decides(
    bundle: Bundle, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The quickest that may, as when the station starts; not the first that was measured."""
    measured, _ = certify(bundle, candidate_groups(bundle, "CPU", [])[0][0])
    p50_ms = {"fp32": 60.0, "bf16": 20.0, "int8": 10.0}

    def certified(_: Bundle, candidate: Candidate, **__: object) -> tuple[Certificate, None]:
        precision = candidate.precision
        refusals = ("it differs",) if precision == "int8" else ()
        return replace(
            measured, precision=precision, p50_ms=p50_ms[precision], refusals=refusals
        ), None

    group = [Candidate("openvino", "CPU", precision, {}) for precision in ("fp32", "bf16", "int8")]
    monkeypatch.setattr(ladder, "certify", certified)
    monkeypatch.setattr(ladder, "candidate_groups", lambda *_: [group])
    found = by_name(list(climb(bundle.path, silent)))["openvino CPU int8"]
    assert found.state is State.ABSENT
    assert "refused: it differs" in found.seen
    assert found.remedy == "Nothing: openvino CPU bf16 decides."


def test_a_bundle_that_was_altered_fails_by_name(bundle: Bundle) -> None:
    (bundle.path / MODEL).write_bytes(b"another graph")
    (only,) = climb(bundle.path, silent)
    assert only.state is State.FAILED
    assert MODEL in only.seen
    assert "altered" in only.seen


def test_a_golden_set_that_went_bad_is_told_apart_from_a_bad_runtime(bundle: Bundle) -> None:
    """Not even a certificate from before hides it: the doctor always measures."""
    assert all(f.state is not State.FAILED for f in climb(bundle.path, silent))
    (bundle.path / GOLDEN).write_bytes(b"")
    (only,) = climb(bundle.path, silent)
    assert GOLDEN in only.seen


def test_what_is_absent_is_no_fault_and_says_what_mends_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    found = by_name([*look_at_machine(), *look_at_display()])
    assert found["screen"].state is State.ABSENT
    assert "station watch" in found["screen"].remedy
    assert found["python"].state is State.OK
    assert found["cache folder"].seen == str(tmp_path / "cache" / "scaffold-station")
    for each in found.values():
        assert each.state is State.OK or each.remedy


def test_a_folder_that_cannot_be_written_is_a_fault(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    found = by_name(list(look_at_machine()))["cache folder"]
    assert found.state is State.FAILED
    assert found.remedy.startswith("sudo chown")


def test_the_packages_are_really_imported(monkeypatch: pytest.MonkeyPatch) -> None:
    import numpy as np

    found = by_name(list(look_at_software()))
    assert found["numpy"].seen == np.__version__
    assert found["openvino devices"].seen.startswith("CPU: ")
    assert "v4l/v4l2" in found["camera back-ends"].seen
    monkeypatch.setitem(__import__("sys").modules, "sqlalchemy", None)
    assert by_name(list(look_at_software()))["sqlalchemy"].state is State.FAILED


def test_without_a_gpu_nothing_is_claimed_about_one() -> None:
    try:
        find_gpu()
        pytest.skip("this machine has an NVIDIA GPU")
    except NoGpu:
        found = by_name(list(look_at_nvidia()))
    assert found["driver"].state is State.ABSENT
    assert found["driver"].remedy
    for name in ("tensorrt names", "pycuda round trip"):
        assert found[name].state is State.NOT_EXECUTED
        assert "no driver" in found[name].seen


@pytest.mark.gpu
def test_a_gpu_takes_a_megabyte_and_gives_it_back() -> None:
    found = by_name(list(look_at_nvidia()))
    if found["pycuda"].state is not State.OK:
        pytest.skip(found["pycuda"].seen)
    assert found["pycuda round trip"].state is State.OK


def test_the_names_asked_of_tensorrt_are_read_from_the_source() -> None:
    asked = asked_of_tensorrt()
    assert {"OnnxParser", "Runtime", "NetworkDefinitionCreationFlag.STRONGLY_TYPED"} <= asked
    assert not {name for name in asked if name.endswith(("FP16", "INT8"))}


def test_the_command_prints_saves_and_counts(
    bundle: Bundle, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page = tmp_path / "doctor.html"
    assert main(["doctor", str(bundle.path), "--html", str(page)]) == 0
    text = capsys.readouterr().out
    assert "openvino CPU fp32: 12 golden pictures" in text
    html = page.read_text(encoding="utf-8")
    assert "not executed" in html
    assert "openvino CPU fp32" in html
    (bundle.path / MODEL).write_bytes(b"another graph")
    assert main(["doctor", str(bundle.path), "--json"]) == 3
    findings = json.loads(capsys.readouterr().out)["findings"]
    assert [f["state"] for f in findings if f["group"] == "bundle"] == ["failed"]
