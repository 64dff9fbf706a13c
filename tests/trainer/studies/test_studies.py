"""Each study on a set of seconds, through the command line."""

from __future__ import annotations

import csv
import json
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from builders import disc_folder

from engines.local_phase import enhance
from trainer.cli import main
from trainer.config import AugmentChanges, FitConfig, ModelConfig
from trainer.studies.leakage import TEST, TIMES, plan_leakage, prepare
from trainer.studies.pictures import read_study_pictures
from trainer.studies.settings import StudySettings
from trainer.studies.trained import Bench

SMALL = ["--size", "32", "--epochs", "1", "--batch", "8", "--repeats", "2"]
NARROW = ["--width", "0.05"]


@pytest.fixture(scope="module")
def discs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return disc_folder(tmp_path_factory.mktemp("discs"), 12)


def _study(name: str, data: Path, out: Path, *options: str) -> dict[str, Any]:
    assert main(["study", name, str(data), "--out", str(out), *SMALL, *options]) == 0
    found: dict[str, Any] = json.loads((out / "study.json").read_text())
    assert (out / "study.html").read_text().count("<table>") == len(found["tables"]) + 1
    for number, table in enumerate(found["tables"], start=1):
        with (out / f"table-{number}.csv").open(newline="") as stream:
            assert list(csv.reader(stream)) == [table["head"], *table["rows"]]
    return found


def _results(out: Path) -> dict[str, float]:
    return {str(p): p.stat().st_mtime_ns for p in out.glob("cells/*/result.json")}


def test_both_losses_are_one_and_a_second_run_computes_nothing(
    discs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = _study("losses", discs, tmp_path, "--precision", "float32", *NARROW)
    rows = {tuple(row[:2]): row[2:] for row in found["tables"][0]["rows"]}
    assert list(rows) == [(c, s) for c in ("defective", "normal", "all") for s in ("CCE", "SCCE")]
    for name in ("defective", "normal", "all"):
        assert rows[name, "CCE"] == rows[name, "SCCE"]
        assert "±" in rows[name, "CCE"][0]
    chosen = found["settings"]
    assert (chosen["model"], chosen["width"], chosen["precision"]) == ("vgg16", 0.05, "float32")
    assert "classes" not in chosen  # the pictures say them, not the options
    twin = json.loads(next(tmp_path.glob("cells/twin-*/result.json")).read_text())["result"]
    assert twin["losses"][0] == pytest.approx(twin["losses"][1], rel=1e-6)
    assert twin["largest_weight_difference"] < 1e-6
    before = _results(tmp_path)
    assert len(before) == 5
    assert not list(tmp_path.glob("cells/*/*.keras"))
    capsys.readouterr()
    _study("losses", discs, tmp_path, "--precision", "float32", "--json", *NARROW)
    assert _results(tmp_path) == before
    events = [json.loads(line)["event"] for line in capsys.readouterr().out.splitlines()]
    assert events == ["found"] * 5 + ["done"]


def test_freezing_points_are_measured_and_the_advice_is_ranked(discs: Path, tmp_path: Path) -> None:
    options = ["--base", str(discs), "--repeats", "1", "--blocks", "1", "4", *NARROW]
    found = _study("freezing", discs, tmp_path / "out", "--optimizers", "sgd", "nag", *options)
    table, paper, scores, verdict = found["tables"]
    assert table["head"] == ["frozen", "SGD", "NAG"]
    assert [row[0] for row in paper["rows"]] == ["1-5", "1-4", "1-3", "1-2", "1"]
    assert [row[0] for row in table["rows"]] == ["1-4", "1"]
    for row in table["rows"]:
        assert all(0.0 <= float(cell) <= 100.0 for cell in row[1:])
    evidence = {row[0]: float(row[2]) for row in scores["rows"] if row[0] in ("1-4", "1")}
    assert verdict["rows"][0][1] == max(evidence, key=lambda block: evidence[block])
    assert len(list((tmp_path / "out" / "cache").glob("features-*"))) == 2
    assert len(list((tmp_path / "out").glob("cells/base-*/model.keras"))) == 1


@pytest.mark.slow
def test_inputs_are_compared_by_both_losses(discs: Path, tmp_path: Path) -> None:
    found = _study("inputs", discs, tmp_path, "--repeats", "1", *NARROW)
    table, paper = found["tables"]
    assert [row[:2] for row in table["rows"]] == [row[:2] for row in paper["rows"]]
    shapes = {
        json.loads(path.read_text())["key"]["config"]["model"]["input"]
        for path in tmp_path.glob("cells/*CCE-1-*/result.json")
    }
    assert shapes == {"cxr", "enh"}


def test_networks_are_compared_with_five_samples(discs: Path, tmp_path: Path) -> None:
    found = _study("architectures", discs, tmp_path, "--repeats", "1", "--optimizer", "sgd")
    table, paper = found["tables"]
    assert [row[0] for row in table["rows"]] == [row[0] for row in paper["rows"]]
    assert table["head"][:3] == paper["head"]
    for row in table["rows"]:
        assert float(row[1]) > 0.0
        assert 0.0 <= float(row[2]) <= 100.0
        assert 0 <= int(row[3]) <= 5


@pytest.mark.slow
def test_ways_to_start_are_compared_by_accuracy_and_weighted_f1(
    discs: Path, tmp_path: Path
) -> None:
    names = ["fine-tuning", "fixed-features", "random-weights"]
    options = ["--networks", *names, "--repeats", "1", "--base", str(discs), *NARROW]
    found = _study("architectures", discs, tmp_path, *options)
    table, paper = found["tables"]
    assert table["head"] == paper["head"]
    assert [r[0] for r in table["rows"]] == [paper["rows"][i][0] for i in (0, 2, 3)]
    cells = [json.loads(p.read_text()) for p in tmp_path.glob("cells/fine-tuning-*/result.json")]
    assert cells[0]["key"]["config"]["model"]["freeze"] == 3
    assert cells[0]["result"]["epochs"] == 2  # one with the blocks frozen, one without


def test_without_a_base_freezing_says_what_it_needs(
    discs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["study", "freezing", str(discs), "--out", str(tmp_path / "out"), *SMALL]) == 2
    assert "Give --base FOLDER" in capsys.readouterr().err


def test_copies_cross_the_split_only_where_they_are_made_before_it(discs: Path) -> None:
    config = FitConfig(model=ModelConfig(size_px=32), augment="flips", seed=3)
    pictures = read_study_pictures(discs, config)
    leaky, clean = (prepare(pictures, config, way) for way in ("leaky", "clean"))
    for material in (leaky, clean):
        assert (material.labels[material.split["test"]] == [0, 0, 0, 1, 1, 1]).all()
        # 9 of 12 of each class, times the copies, but for what each way tests on.
        assert len(material.split["train"]) == pytest.approx(2 * 9 * TIMES * (1 - TEST), abs=1)
    tests = [m.images[m.split["test"]] for m in (leaky, clean)]
    assert (tests[0] == tests[1]).all()
    # Brightness apart, a picture's copies are its own pixels in another order.
    kinds = [
        _kinds(m.images[m.split["train"]]) & _kinds(m.images[m.split["validation"]])
        for m in (leaky, clean)
    ]
    assert len(kinds[0]) > 0
    assert len(kinds[1]) == 0


def test_copies_of_a_scan_are_varied_before_they_are_enhanced(discs: Path) -> None:
    """A turned local phase is not that of the turned picture, which a network will be shown."""
    rgb = FitConfig(model=ModelConfig(size_px=32), augment="flips", seed=3, per_class=12)
    enh = replace(rgb, model=replace(rgb.model, input="enh"))
    plain, enhanced = (
        prepare(read_study_pictures(discs, config), config, "clean") for config in (rgb, enh)
    )
    assert len(plain.images) == len(enhanced.images) > 12
    for picture, phase in zip(plain.images, enhanced.images, strict=True):
        np.testing.assert_array_equal(phase, enhance(picture))


def test_what_varies_the_copies_does_not_vary_the_training_again(discs: Path) -> None:
    fit = FitConfig(model=ModelConfig(size_px=32), vary=AugmentChanges(noise=9.0))
    bench = Bench(StudySettings(discs, discs, fit), threading.Event(), lambda _: None)
    noisy = plan_leakage(bench).cells[0].key
    bench = replace(
        bench, settings=replace(bench.settings, fit=replace(fit, vary=AugmentChanges()))
    )
    plain = plan_leakage(bench).cells[0].key
    assert noisy["config"] == plain["config"]
    assert noisy["vary"]["noise"] == 9.0
    assert noisy != plain


def _kinds(images: np.ndarray) -> set[int]:  # type: ignore[type-arg]
    """What turns, flips and brightness leave alone: how often each level occurs, in order."""
    return {hash(np.unique(image, return_counts=True)[1].tobytes()) for image in images}


def test_leakage_tells_both_figures_of_both_ways(discs: Path, tmp_path: Path) -> None:
    found = _study("leakage", discs, tmp_path, "--augment", "flips")
    rows = found["tables"][0]["rows"]
    assert [row[0] for row in rows] == ["augment, then split", "split, then augment"]
    for row in rows:
        own, unseen, flattered = (float(cell.split(" ±")[0]) for cell in row[1:4])
        assert own - unseen == pytest.approx(flattered, abs=0.15)
