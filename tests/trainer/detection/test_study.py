"""`trainer pod` on a real bundle and a real run: counts, thresholds, page, record, export."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from builders import red_mark_bundle, write_picture

from engines.bundle import Thresholds
from trainer.cli import main
from trainer.config import TrainerError
from trainer.detection.calling import at_false_calls, by_limits
from trainer.detection.study import record
from trainer.detection.text import study_text
from trainer.intervals import rate_of
from trainer.runs import Run, load_run

NEEDED = 0.2653
"""Redness from which the bundle's defect probability is 0.2: 0.3 - ln(4) / 40."""


def red_folder(root: Path, seed: int, defects: int = 90, goods: int = 60) -> list[float]:
    """Pictures whose redness grows with the logarithm of size_mm, and scatters; returns it.

    Of the good parts every tenth is as red as a defect.
    """
    rng = np.random.default_rng(seed)
    lines, redness = ["file,label,kind,size_mm"], []
    for index in range(defects + goods):
        bad = index < defects
        size = float(np.exp(rng.uniform(np.log(0.3), np.log(5.0)))) if bad else 0.0
        red = (
            0.2 + 0.2 * np.log(size) + rng.normal(0, 0.08) if bad else 0.05 + 0.3 * (index % 10 < 1)
        )
        image = np.full((64, 64, 3), 100, np.uint8)
        image[16:48, 16:48, 0] = np.clip(100 + 255 * red, 0, 255)
        redness.append((int(image[20, 20, 0]) - 100) / 255)
        label, kind = ("marked", "spot" if index % 3 else "smear") if bad else ("normal", "none")
        write_picture(root / label / f"{index:03d}.png", image)
        lines.append(f"{label}/{index:03d}.png,{label},{kind},{size:.4f}")
    (root / "labels.csv").write_text("\n".join(lines) + "\n")
    return redness


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return red_mark_bundle(
        tmp_path_factory.mktemp("red") / "red.bundle", locate="frame", size_px=64
    ).path


@pytest.fixture(scope="module")
def red_data(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[float]]:
    root = tmp_path_factory.mktemp("reds") / "data"
    return root, red_folder(root, seed=4)


def printed(capsys: pytest.CaptureFixture[str], *words: object) -> dict[str, Any]:
    assert main(["pod", *map(str, words), "--json"]) == 0
    return dict(json.loads(capsys.readouterr().out))


def test_a_bundle_is_studied_by_its_engine(
    bundle: Path,
    red_data: tuple[Path, list[float]],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    root, redness = red_data
    figures = printed(capsys, bundle, "--data", root, "--out", tmp_path / "out")
    expected = sum(red >= NEEDED for red in redness[:90])
    hits = figures["all"]["hits"]
    # An engine in bfloat16 may decide here: it errs by a little, and tightens the limits by it.
    assert figures["all"]["defects"] == 90 and abs(hits - expected) <= 2
    assert figures["false_calls"]["count"] == 6 and figures["false_calls"]["of"] == 60
    assert 0.1 < figures["hit"]["threshold"] <= 0.2
    # Found where 0.2 + 0.2 ln a + noise reaches the limit: half of them at exp(0.0653 / 0.2).
    assert figures["all"]["a50_mm"] == pytest.approx(1.386, rel=0.15)
    assert figures["all"]["a90_mm"] < figures["all"]["a90_95_mm"] < 5.0
    assert [row["kind"] for row in figures["kinds"]] == ["smear", "spot"]
    assert sum(row["hits"] for row in figures["kinds"]) == hits
    page = (tmp_path / "out" / "pod.html").read_text(encoding="utf-8")
    assert f"{figures['all']['a90_95_mm']:.3g} mm" in page
    assert "data:image/svg+xml" in page
    assert (tmp_path / "out" / "pod.png").read_bytes()[:4] == b"\x89PNG"
    assert not (bundle / "pod.html").exists()


def test_what_counts_as_found_is_chosen(
    bundle: Path, red_data: tuple[Path, list[float]], capsys: pytest.CaptureFixture[str]
) -> None:
    """REJECT asks for more redness than REVIEW: 0.3 + ln(4) / 40 and not less."""
    root, redness = red_data
    figures = printed(capsys, bundle, "--data", root, "--hit", "reject")
    expected = sum(red >= 0.3 + np.log(4) / 40 for red in redness[:90])
    assert abs(figures["all"]["hits"] - expected) <= 2
    assert expected < sum(red >= NEEDED for red in redness[:90]) - 2
    assert figures["hit"]["threshold"] >= 0.8


def test_a_threshold_for_false_calls_comes_from_other_parts(
    bundle: Path,
    red_data: tuple[Path, list[float]],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    red_folder(tmp_path / "validation", seed=9, defects=1, goods=59)
    figures = printed(
        capsys, bundle, "--data", red_data[0], "--false-calls", 0.05,
        "--validation", tmp_path / "validation",
    )  # fmt: skip
    hit = figures["hit"]
    # 6 of its 59 good parts are red, all alike; 2 may be called, so that none of the six is.
    assert (hit["asked"], hit["of"], hit["count"]) == (0.05, 59, 0)
    assert figures["false_calls"]["count"] == 0
    assert figures["false_calls"]["interval"][0] == 0.0


def test_the_text_says_what_was_found_and_what_is_missing(
    bundle: Path, red_data: tuple[Path, list[float]], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["pod", str(bundle), "--data", str(red_data[0]), "--target", "0.5"]) == 0
    text = capsys.readouterr().out
    assert "false calls: 10.00% (6 of 60 good parts; 3.76% to 20.51% at 95%)" in text
    assert "the network must find smaller ones" in text
    assert "a90/95" in text and "spot" in text


@pytest.mark.parametrize(("words", "says"), [
    (["--record"], "which is sealed"),
    (["--false-calls", "0.02"], "Give a folder of others than DATA with --validation"),
    (["--validation", "x"], "give that too"),
    (["--confidence", "0.3"], "--confidence is 0.3"),
])  # fmt: skip
def test_what_cannot_be_is_refused_in_words(
    bundle: Path,
    red_data: tuple[Path, list[float]],
    words: list[str],
    says: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["pod", str(bundle), "--data", str(red_data[0]), *words]) == 2
    assert says in capsys.readouterr().err


def test_defects_without_a_size_are_refused(
    bundle: Path,
    red_data: tuple[Path, list[float]],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    shutil.copytree(red_data[0], tmp_path / "data")
    (tmp_path / "data" / "labels.csv").unlink()
    assert main(["pod", str(bundle), "--data", str(tmp_path / "data")]) == 2
    error = capsys.readouterr().err
    assert "90 defective parts" in error and "column size_mm" in error


def test_thresholds_for_false_calls_call_no_more_than_asked() -> None:
    p = np.r_[np.linspace(0.0, 0.5, 95), [0.6, 0.7, 0.8, 0.9, 0.9]]
    calling = at_false_calls(p, 0.05)
    assert (calling.count, calling.of) == (5, 100)
    assert 0.5 < calling.threshold < 0.6
    assert at_false_calls(p, 0.02).threshold == pytest.approx(0.85)
    tied = at_false_calls(p, 0.01)  # two parts lie highest, alike: none may be called
    assert tied.count == 0 and tied.threshold == np.nextafter(0.9, 2.0)
    with pytest.raises(TrainerError, match="give at least 200"):
        at_false_calls(p, 0.005)


def test_limits_of_the_operating_point_are_its_two() -> None:
    limits = Thresholds(0.1, 0.7)
    assert by_limits("review", limits).threshold == 0.1
    assert by_limits("reject", limits).threshold == 0.7
    assert rate_of(0, 0, 0.95)["share"] is None


@pytest.fixture(scope="module")
def recorded(disc_run: Run, disc_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A copy of the run, studied on its own pictures and recorded."""
    path = tmp_path_factory.mktemp("recorded") / "discs"
    shutil.copytree(disc_run.path, path)
    words = [
        "--data", str(disc_data), "--record", "--false-calls", "0.2", "--link", "log-logit",
    ]  # fmt: skip
    assert main(["pod", str(path), *words]) == 0
    return load_run(path)


def test_a_run_answers_by_its_network_and_keeps_the_figures(recorded: Run) -> None:
    kept = recorded.metrics()["pod"]
    assert kept["all"]["defects"] == 30
    assert kept["data"] == Path(kept["data"]).name
    assert kept["hit"]["name"] == "false-calls"
    assert "source" not in kept
    assert (recorded.path / "pod.html").is_file() and (recorded.path / "pod.png").is_file()
    assert recorded.metrics()["test"]  # nothing else is lost


def test_the_bundle_and_its_card_carry_the_figures(recorded: Run, tmp_path: Path) -> None:
    from trainer.export import export_run

    bundle = export_run(recorded, tmp_path / "b", precision="fp32", examples_per_class=0)
    assert bundle.metrics["pod"] == recorded.metrics()["pod"]
    card = (bundle.path / "MODEL_CARD.md").read_text(encoding="utf-8")
    assert "## Probability of detection" in card
    assert study_text({"skipped": (), **recorded.metrics()["pod"]}) in card


def test_a_study_without_any_miss_is_recorded_and_drawn(recorded: Run, tmp_path: Path) -> None:
    from trainer.detection.analysis import Request, figures_of
    from trainer.detection.page import write_page
    from trainer.detection.trials import trials_of

    figures = {**recorded.metrics()["pod"], "source": "run", "skipped": []}
    row = figures_of(trials_of(np.linspace(0.5, 3.0, 30), np.ones(30, bool)), Request())
    figures |= {"all": row, "kinds": [{"kind": "crack", **row}]}
    page = write_page(figures, tmp_path).read_text(encoding="utf-8")
    assert "<b>-</b>" in page
    assert "- mm<" not in page
    assert "all 30 defects were found" in page
    copy = tmp_path / "run"
    shutil.copytree(recorded.path, copy)
    record(load_run(copy), figures)
    assert load_run(copy).metrics()["pod"]["all"]["curve"] is None
