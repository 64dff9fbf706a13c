"""`trainer explain`: panels of named pictures and of the run's own, and what they say."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import numpy as np
import pytest

from engines.decode import read_image
from trainer.cli import main
from trainer.explain.subjects import Subjects, worst_and_best
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
