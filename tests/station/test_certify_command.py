"""`station certify` measures, says who decides, and shows the worst pairs as pictures."""

from __future__ import annotations

import base64
import json
import re
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from builders import red_mark_bundle, signed_again

from engines.bundle import GOLDEN, Bundle
from engines.golden import read_golden, write_golden
from station.cli import main


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.fixture
def bundle(tmp_path: Path) -> Bundle:
    return red_mark_bundle(tmp_path / "red.bundle")


def mislead(bundle: Bundle) -> None:
    """The same bundle with a reference that says the opposite."""
    golden = read_golden(bundle.path / GOLDEN)
    turned = np.ascontiguousarray(golden.probabilities[:, ::-1])
    write_golden(bundle.path / GOLDEN, replace(golden, probabilities=turned))
    signed_again(bundle)


def test_it_says_which_engine_decides_and_within_which_limits(
    bundle: Bundle, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["certify", str(bundle.path), "--device", "CPU"]) == 0
    text = capsys.readouterr().out
    assert "12 golden pictures" in text
    # bfloat16 decides where the processor has it, within its own limits.
    runs = re.search(r"openvino CPU (fp32|bf16) +│ yes, runs", text)
    assert runs is not None
    decides = re.search(rf"CPU {runs[1]} decides: PASS below ([\d.]+) \(bundle: 0.2000\)", text)
    assert decides is not None
    assert 0.17 < float(decides[1]) <= 0.2


def test_a_program_reads_every_figure(bundle: Bundle, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["certify", str(bundle.path), "--device", "CPU", "--json"]) == 0
    body = json.loads(capsys.readouterr().out)
    (certificate,) = [c for c in body["certificates"] if c["precision"] == "fp32"]
    assert body["failures"] == []
    assert certificate["bundle"] == bundle.digest
    assert 0 <= certificate["mean_dp"] <= certificate["max_dp"] < 1e-4
    assert certificate["refusals"] == []


def test_a_refusal_ends_with_the_reason_and_another_exit_code(
    bundle: Bundle, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    mislead(bundle)
    page = tmp_path / "certificate.html"
    assert main(["certify", str(bundle.path), "--device", "CPU", "--html", str(page)]) == 2
    text = capsys.readouterr().out
    assert re.search(r"openvino CPU fp32 on red-0\.\d\d-\d+\.jpg: expected (PASS|REJECT)", text)
    html = page.read_text(encoding="utf-8")
    assert "refused" in html
    assert "expected" in html


def test_the_page_shows_the_part_the_references_heat_and_the_engines(
    bundle: Bundle, tmp_path: Path
) -> None:
    page = tmp_path / "certificate.html"
    assert main(["certify", str(bundle.path), "--device", "CPU", "--html", str(page)]) == 0
    html = page.read_text(encoding="utf-8")
    pictures = re.findall(r'<img src="data:image/jpeg;base64,([^"]+)"', html)
    assert len(pictures) % (6 * 3) == 0
    assert pictures
    part, reference, engine = (
        cv2.imdecode(np.frombuffer(base64.b64decode(p), np.uint8), cv2.IMREAD_COLOR).astype(int)
        for p in pictures[:3]
    )
    # Equal heat is equal pictures; under the heat the part looks otherwise.
    assert np.abs(reference - engine).max() <= 8
    assert np.abs(part - reference).max() > 60


def test_what_is_no_bundle_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["certify", str(tmp_path)]) == 2
    assert f"no bundle at {tmp_path}" in capsys.readouterr().err
