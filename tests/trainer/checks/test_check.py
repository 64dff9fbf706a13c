"""A data folder with known faults: each is found, and the exit code tells."""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from builders import write_picture
from textures import darker, texture

from trainer.checks.check import _with_copies, check_data
from trainer.checks.copies import Copy
from trainer.cli import main
from trainer.datasets import Picture, scan
from trainer.exits import DOUBTFUL, OK, USAGE, WRONG
from trainer.runs import Run
from trainer.splits import groups_of, read_split

SHARED = Path(__file__).resolve().parents[4] / "shared" / "data"


def folder(root: Path, of_each: int = 24) -> Path:
    for index in range(2 * of_each):
        name = "defective" if index % 2 else "normal"
        write_picture(root / name / f"{index:03d}.png", texture(index, 64))
    return root


def checks(data: Path, **options: Any) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for finding in check_data(data, **options).findings:
        found.setdefault(finding.check, []).append(finding.text)
    return found


def test_a_clean_folder_has_no_finding(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = folder(tmp_path)
    assert main(["check", str(data), "--wanted", "24"]) == OK
    assert "nothing found" in capsys.readouterr().out


def test_unreadable_odd_blank_and_missing_pictures_are_named(tmp_path: Path) -> None:
    data = folder(tmp_path)
    (data / "normal" / "cut.png").write_bytes((data / "normal" / "000.png").read_bytes()[:300])
    write_picture(data / "normal" / "big.png", texture(901, 256))
    write_picture(data / "normal" / "long.png", texture(902, 256)[100:164, :160])
    write_picture(data / "defective" / "blank.png", np.full((64, 64, 3), 90, np.uint8))
    found = checks(data, wanted=26)
    assert len(found["unreadable"]) == 1
    assert "cut.png" in found["unreadable"][0]
    odd = sorted(found["odd"])
    assert [text.split(" ")[0] for text in odd] == [
        "defective/blank.png",
        "normal/big.png",
        "normal/long.png",
    ]
    assert "is 256x256 px; the median shorter side is 64 px" in odd[1]
    assert found["count"] == ["defective has 25 of 26 pictures wanted."]


def test_copies_and_parts_across_classes_are_told(tmp_path: Path) -> None:
    data = folder(tmp_path)
    write_picture(data / "defective" / "copy.png", darker(texture(0, 64)))
    (data / "labels.csv").write_text(
        "file,part_id\nnormal/002.png,p7\ndefective/003.png,p7\nnormal/004.png,p8\n"
    )
    checked = check_data(data)
    by_check = {f.check: f for f in checked.findings}
    assert by_check["copies across classes"].files == (("defective/copy.png", "normal/000.png"),)
    assert by_check["copies across classes"].level == checked.worst == "wrong"
    assert "p7 has pictures in defective and normal" in by_check["part across classes"].text


@pytest.fixture
def leaking(disc_data: Path, disc_run: Run, tmp_path: Path) -> Path:
    """The run's folder, with labels.csv saying since then that a part is on two sides."""
    data = tmp_path / "discs"
    shutil.copytree(disc_data, data)
    rows = read_split(disc_run.path / "split.csv")
    two = [
        next(r.file for r in rows if r.split == s and r.label == "normal")
        for s in ("train", "test")
    ]
    lines = [
        line.rsplit(",", 1)[0] + ",shared" if line.split(",")[0] in two else line
        for line in (data / "labels.csv").read_text().splitlines()
    ]
    (data / "labels.csv").write_text("\n".join(lines) + "\n")
    return data


def test_a_part_on_both_sides_of_a_run_s_split_is_wrong(leaking: Path, disc_run: Run) -> None:
    found = [f for f in check_data(leaking, run=disc_run).findings if f.check.startswith("part")]
    assert [f.text for f in found] == ["part shared is in test and training."]
    assert len(found[0].files[0]) == 2


def test_a_copy_in_training_of_a_test_picture_is_wrong_and_write_parts_mends_it(
    tmp_path: Path, disc_run: Run, disc_data: Path
) -> None:
    data = tmp_path / "discs"
    shutil.copytree(disc_data, data)
    rows = read_split(disc_run.path / "split.csv")
    tested = next(r.file for r in rows if r.split == "test")
    trained = next(r.file for r in rows if r.split == "train" and r.label == tested.split("/")[0])
    run = Run(
        tmp_path / "run",
        disc_run.config,
        disc_run.classes,
        disc_run.input,
        str(data),
        disc_run.provenance,
    )
    shutil.copytree(disc_run.path, run.path)
    shutil.copy(data / tested, data / trained)
    digest = next(r.sha256 for r in rows if r.file == tested)
    text = (run.path / "split.csv").read_text().splitlines()
    changed = [
        ",".join((*line.split(",")[:-1], digest)) if line.startswith(trained) else line
        for line in text
    ]
    (run.path / "split.csv").write_text("\n".join(changed) + "\n")
    checked = check_data(data, run=run)
    across = [f for f in checked.findings if f.check == "copies across splits"]
    assert {tested, trained} in [set(pair) for pair in across[0].files]
    page = tmp_path / "check.html"
    arguments = ["check", str(data), "--run", str(run.path), "--html", str(page)]
    assert main([*arguments, "--write-parts"]) == WRONG
    html = page.read_text()
    assert html.count('<figure class="grave">') == len(across[0].files)
    assert html.count("data:image/jpeg;base64,") >= 2
    # The next split keeps both on one side.
    catalogue = scan(data)
    files = [p.file for p in catalogue.pictures]
    groups = groups_of(catalogue.pictures, [str(i) for i in range(len(files))])
    assert groups[files.index(tested)] == groups[files.index(trained)]
    with (data / "labels.csv").open(newline="") as stream:
        after = {row["file"]: row for row in csv.DictReader(stream)}
    assert after[tested]["kind"] == ("crack" if tested.startswith("defective") else "none")
    assert len(after) == 60


def test_a_label_that_the_model_doubts_is_named_of_held_back_pictures_alone(
    disc_data: Path, disc_run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The model's own answers, but of one test and one training picture, which it then denies."""
    from trainer.checks import check

    rows = read_split(disc_run.path / "split.csv")
    tested = next(r.file for r in rows if r.split == "test" and r.label == "normal")
    asked: list[str] = []
    read, predict = check.read_pixels, check.predict

    def reading(root: Path, files: Any, *rest: Any, **more: Any) -> Any:
        asked.extend(files)
        return read(root, files, *rest, **more)

    def denying(*arguments: Any) -> Any:
        answers = predict(*arguments)
        answers[asked.index(tested)] = [0.999, 0.001]
        return answers

    monkeypatch.setattr(check, "read_pixels", reading)
    monkeypatch.setattr(check, "predict", denying)
    checked = check_data(disc_data, run=disc_run)
    assert set(asked) == {r.file for r in rows if r.split != "train"}
    first = checked.suspects[0]
    assert checked.pictures[first.index].file == tested
    names = checked.class_names
    assert (names[first.given], names[first.likely]) == ("normal", "defective")
    assert f"{tested} is filed as normal and looks like defective" in str(checked.findings)


def test_json_holds_what_was_found(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = folder(tmp_path)
    shutil.copy(data / "normal" / "000.png", data / "normal" / "again.png")
    assert main(["check", str(data), "--json"]) == DOUBTFUL
    body = json.loads(capsys.readouterr().out)
    assert body["classes"]["normal"] == {"pictures": 25, "wanted": None}
    assert [c["files"] for c in body["copies"]] == [["normal/000.png", "normal/again.png"]]
    assert body["worst"] == "doubtful"


def test_a_run_on_another_folder_is_refused(
    tmp_path: Path, disc_run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    data = folder(tmp_path, 6)
    assert main(["check", str(data), "--run", str(disc_run.path)]) == USAGE
    assert "knows none of the pictures" in capsys.readouterr().err
    assert main(["check", str(data), "--wanted", "0"]) == USAGE


@pytest.mark.skipif(not (SHARED / "chest-xray").is_dir(), reason="no ../shared/data/chest-xray")
def test_the_chest_x_rays_known_shortcut_is_found() -> None:
    checked = check_data(SHARED / "chest-xray")
    by_aspect = {s.aspect: s for s in checked.shortcuts}
    assert by_aspect["border"].warns
    assert not by_aspect["size"].warns


def test_copies_join_whole_parts_for_folds_too() -> None:
    """What belongs to the part of a copy comes along; what is alone stays so."""
    parts = (None, "Q", "Q", "R", "R", None)
    pictures = [Picture(f"{i}.png", 0, part) for i, part in enumerate(parts)]
    copies = [Copy(0, 1, 0.99, False), Copy(1, 3, 0.99, False)]
    joined = [p.part_id for p in _with_copies(pictures, copies)]
    assert joined == ["Q", "Q", "Q", "Q", "Q", None]
