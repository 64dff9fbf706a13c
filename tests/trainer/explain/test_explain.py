"""`trainer explain`: panels of named pictures and of the run's own, and what they say."""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engines.decode import read_image
from engines.local_phase import enhance
from engines.preprocess import fit_picture
from trainer.cli import main
from trainer.explain.gallery import SIDE_PX, draw_gallery, ways
from trainer.explain.overlay import as_colour
from trainer.explain.panel import Tile, panel_png
from trainer.explain.quality import assess
from trainer.explain.quality.record import measure_explanations, record_explanations
from trainer.explain.subjects import Subjects, named_subjects, worst_and_best
from trainer.predictions import load_float32
from trainer.runs import Run

BOX = (
    "<annotation><size><width>100</width><height>100</height></size><object><bndbox><xmin>1</xmin>"
    "<ymin>1</ymin><xmax>50</xmax><ymax>100</ymax></bndbox></object></annotation>"
)
"""The left half of a picture."""


@pytest.fixture(scope="module")
def drawn(disc_run: Run, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Panels of two pictures that were named, one as a file and one in a folder."""
    out = tmp_path_factory.mktemp("panels")
    data, extra = Path(disc_run.data), out / "extra"
    extra.mkdir()
    marked = sorted((data / "defective").glob("*.png"))[0]
    (extra / "새 사진.png").write_bytes(marked.read_bytes())
    arguments = [
        "explain", disc_run.path, marked, extra, "--out", out / "p", "--samples", 40,
        "--class", "defective", "--layer", "block4", "block5", "--json",
    ]  # fmt: skip
    with pytest.MonkeyPatch.context() as patch:
        lines: list[str] = []
        patch.setattr("builtins.print", lambda *parts, **_: lines.extend(map(str, parts)))
        assert main(list(map(str, arguments))) == 0
    (out / "said.json").write_text("\n".join(lines), encoding="utf-8")
    return out


def test_named_pictures_get_a_panel_each_and_an_index(drawn: Path) -> None:
    said = json.loads((drawn / "said.json").read_text(encoding="utf-8"))
    panels = [row["panel"] for row in said["pictures"]]
    assert len(panels) == 2
    page = (drawn / "p" / "index.html").read_text(encoding="utf-8")
    assert len(re.findall("<figure>", page)) == 2
    for panel in panels:
        image = read_image(drawn / "p" / panel)
        # A row of four tiles over a row of three: picture, two blocks, cam; lime and its shares.
        assert image.shape[1] > image.shape[0] > 500
        assert image.std() > 20


def test_the_facts_are_those_of_the_model(drawn: Path) -> None:
    first, second = json.loads((drawn / "said.json").read_text(encoding="utf-8"))["pictures"]
    assert (first["class"], second["class"]) == ("defective", None)
    assert first["predicted"] == "defective"
    assert first["probabilities"] == pytest.approx(second["probabilities"], abs=1e-6)
    assert sum(first["probabilities"].values()) == pytest.approx(1)
    assert list(first["maps"]) == ["grad-cam block4", "grad-cam block5", "cam"]
    lime = first["lime"]
    assert lime["positive"] + lime["negative"] == pytest.approx(1)
    assert sum(lime["classes"].values()) == pytest.approx(1)


def test_the_default_is_the_worst_and_the_best() -> None:
    true = np.array([0.9, 0.1, 0.5, 0.99, 0.3])
    subjects = Subjects(
        tuple("abcde"), Path(), np.zeros((5, 8, 8, 3), np.uint8), np.zeros(5, np.int64),
        np.stack([true, 1 - true], axis=1),
    )  # fmt: skip
    assert subjects.chosen(worst_and_best(subjects, 3)).files == ("b", "e", "d")
    assert sorted(worst_and_best(subjects, 99).tolist()) == [0, 1, 2, 3, 4]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["nowhere.png"], "nowhere.png is neither a picture nor a folder"),
        (["--class", "scratch"], "--class scratch: the run knows defective, normal"),
        (["--layer", "block9"], "layer 'block9' gives no maps"),
        (["--samples", "3"], "--samples is 3"),
    ],
)
def test_bad_questions_are_answered_with_what_would_do(
    disc_run: Run, options: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["explain", str(disc_run.path), *options]) == 2
    assert words in capsys.readouterr().err


def test_quality_is_kept_with_the_run_and_shown(
    disc_run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    copy = shutil.copytree(disc_run.path, tmp_path / "run")
    boxes = tmp_path / "boxes"
    boxes.mkdir()
    for path in (Path(disc_run.data) / "defective").glob("*.png"):
        (boxes / f"{path.stem}.xml").write_text(BOX)
    arguments = [
        "explain", copy, "--quality", "--count", 6, "--boxes", boxes, "--samples", 40,
        "--layer", "block5",
    ]  # fmt: skip
    assert main(list(map(str, arguments))) == 0
    said = capsys.readouterr().out
    metrics = json.loads((copy / "metrics.json").read_text(encoding="utf-8"))
    kept = metrics.pop("explanations")
    assert metrics == disc_run.metrics()
    assert list(kept["explained"]) == ["grad-cam block5", "cam", "lime"]
    assert list(kept["baselines"]) == ["random", "centre", "edges"]
    assert kept["places"]["of"] == 3
    assert kept["places"]["area"]["mean"] == pytest.approx(0.5, abs=0.02)
    assert kept["baselines"]["random"]["energy"]["mean"] == pytest.approx(0.5, abs=0.1)
    for row in kept["explained"].values():
        assert row["deletion"]["of"] == 6
        assert row["randomisation"]["stages"][-1]["random_down_to"] == "block1"
    assert 0 <= kept["explained"]["lime"]["stability"]["jaccard"]["mean"] <= 1
    page = (copy / "report.html").read_text(encoding="utf-8")
    assert "<h2>Explanations</h2>" in page
    for name in ("grad-cam block5", "random map"):
        assert f"<td>{name}</td>" in page
    energy = kept["explained"]["grad-cam block5"]["energy"]["mean"]
    assert f"<td>{energy:.2f} <small>" in page
    assert f"{energy:.2f} (" in said


def test_quality_and_pictures_do_not_go_together(
    disc_run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["explain", str(disc_run.path), "a.png", "--quality"]) == 2
    assert "a.png was given too" in capsys.readouterr().err
    assert main(["explain", str(disc_run.path), "--boxes", "b"]) == 2
    assert "are for --quality" in capsys.readouterr().err


def test_an_enhanced_picture_is_shown_as_people_see_it_and_as_the_network_does(
    disc_run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scans = replace(disc_run, input=replace(disc_run.input, kind="enh"))
    marked = sorted((Path(disc_run.data) / "defective").glob("*.png"))[0]
    model = load_float32(disc_run)
    subjects = named_subjects(scans, model, [marked])
    drawn: list[list[Tile]] = []

    def keep(title: str, tiles: list[Tile]) -> bytes:
        drawn.append(tiles)
        return panel_png(title, tiles)

    monkeypatch.setattr("trainer.explain.gallery.panel_png", keep)
    how = ways(model, ["grad-cam"], ["block5"])
    draw_gallery(model, subjects, subjects.predicted, scans.class_names, how, tmp_path)
    seen = fit_picture(read_image(marked), disc_run.input)
    by_title = {tile.title: tile.image for tile in drawn[0]}
    assert list(by_title)[:2] == ["picture", "as the network is shown it"]
    np.testing.assert_array_equal(by_title["picture"], as_colour(seen, SIDE_PX))
    enhanced = as_colour(enhance(seen), SIDE_PX)
    np.testing.assert_array_equal(by_title["as the network is shown it"], enhanced)
    # The heat lies over the picture: where there is none, the picture is left.
    heat = by_title[list(by_title)[2]]
    assert heat is not None
    assert np.abs(heat.astype(int) - as_colour(seen, SIDE_PX)).min(axis=2).min() <= 1
    assert np.abs(heat - as_colour(seen, SIDE_PX).astype(float)).mean() < (
        np.abs(heat - enhanced.astype(float)).mean()
    )


def test_a_measurement_that_was_killed_goes_on_and_finds_the_same(
    disc_run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = replace(disc_run, path=shutil.copytree(disc_run.path, tmp_path / "run"))
    whole = replace(disc_run, path=shutil.copytree(disc_run.path, tmp_path / "whole"))
    model = load_float32(run)
    how = ways(model, ["grad-cam"], ["block4", "block5"])

    def kill(what: str, done: int, _total: int) -> None:
        if what.startswith("measuring") and done == 3:
            raise KeyboardInterrupt

    def nothing(_what: str, _done: int, _total: int) -> None:
        return None

    with pytest.raises(KeyboardInterrupt):
        measure_explanations(run, model, how, 4, kill)
    found = measure_explanations(whole, model, how, 4, nothing)
    counted: list[str] = []
    for name in ("_figures", "_randomised"):
        one = getattr(assess, name)

        def count(*asked: object, name: str = name, one: Any = one) -> Any:
            counted.append(name)
            return one(*asked)

        monkeypatch.setattr(assess, name, count)
    again = measure_explanations(run, model, how, 4, nothing)
    # Of grad-cam twice, its randomisation twice, and three maps that know nothing, three were done.
    assert counted == ["_randomised", "_figures", "_figures", "_figures"]
    for figures in (found, again):
        figures.pop("seconds")
    assert again == found
    measure_explanations(run, model, how, 5, nothing)
    assert len(counted) == 4 + 7, "other pictures are another question"
    record_explanations(run, again)
    assert not (run.path / "explaining").exists()
    assert run.metrics()["explanations"] == json.loads(json.dumps(again))
