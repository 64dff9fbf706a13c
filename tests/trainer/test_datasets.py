"""A data folder: what counts as a class, what as a picture, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from builders import disc_folder, disc_picture, write_picture

from engines.bundle import ClassInfo
from engines.picture_files import files_below, pictures_below
from trainer.config import GOOD_NAMES, ModelConfig, TrainerError
from trainer.datasets import (
    check_named_apart,
    mark_classes,
    read_input,
    scan,
)


def test_classes_are_sorted_and_marked_folders_are_none(tmp_path: Path) -> None:
    for name in ("scratch", "crack", "normal", "_masks", ".cache"):
        write_picture(tmp_path / name / "b.png", disc_picture(1, False))
        write_picture(tmp_path / name / "a.jpg", disc_picture(2, False))
    (tmp_path / "crack" / "notes.txt").write_text("not a picture")
    (tmp_path / "crack" / ".hidden.png").write_bytes(b"left by a crash")
    catalogue = scan(tmp_path)
    assert catalogue.class_names == ("crack", "normal", "scratch")
    assert [p.file for p in catalogue.pictures] == [
        f"{c}/{f}" for c in ("crack", "normal", "scratch") for f in ("a.jpg", "b.png")
    ]
    assert [p.label for p in catalogue.pictures] == [0, 0, 1, 1, 2, 2]
    assert catalogue.ignored == 1
    assert catalogue.counts() == {"crack": 2, "normal": 2, "scratch": 2}


def test_labels_csv_gives_parts_kinds_and_sizes(tmp_path: Path) -> None:
    disc_folder(tmp_path, 2)
    (tmp_path / "labels.csv").write_text(
        "file,label,kind,size_mm,x_mm,y_mm,part_id,seed\n"
        "defective/part-001.png,defective,crack,1.75,0,0,P7,1\n"
        "defective/part-003.png,defective,,,0,0,,1\n"
    )
    known, bare = (p for p in scan(tmp_path).pictures if p.file.startswith("defective"))
    assert (known.part_id, known.kind, known.size_mm) == ("P7", "crack", 1.75)
    assert (bare.part_id, bare.kind, bare.size_mm) == (None, None, None)


@pytest.mark.parametrize("size", ["wide", "-1", "nan"])
def test_a_size_that_is_none_is_refused_by_file(tmp_path: Path, size: str) -> None:
    disc_folder(tmp_path, 1)
    (tmp_path / "labels.csv").write_text(f"file,size_mm\ndefective/part-001.png,{size}\n")
    with pytest.raises(TrainerError, match=rf"part-001.png the size_mm '{size}'"):
        scan(tmp_path)


def test_labels_without_a_file_column_are_refused(tmp_path: Path) -> None:
    disc_folder(tmp_path, 1)
    (tmp_path / "labels.csv").write_text("name,size\nx,1\n")
    with pytest.raises(TrainerError, match="has the columns name, size; expected `file`"):
        scan(tmp_path)


def test_folders_that_hold_no_data_set_are_refused_with_what_was_found(tmp_path: Path) -> None:
    with pytest.raises(TrainerError, match="is not a folder"):
        scan(tmp_path / "nowhere")
    with pytest.raises(TrainerError, match=r"holds 0 class folders \(none\)"):
        scan(tmp_path)
    write_picture(tmp_path / "normal" / "a.png", disc_picture(1, False))
    with pytest.raises(TrainerError, match=r"holds 1 class folders \(normal\)"):
        scan(tmp_path)
    assert scan(tmp_path, least_classes=1).class_names == ("normal",)
    (tmp_path / "crack").mkdir()
    with pytest.raises(TrainerError, match="crack holds no picture"):
        scan(tmp_path)


def test_crops_json_says_how_the_pictures_were_cut(tmp_path: Path) -> None:
    model = ModelConfig(size_px=96)
    whole = read_input(tmp_path, model)
    assert (whole.height, whole.width, whole.locate) == (96, 96, "frame")
    assert whole.part_diameter_mm is None
    crops = {"locate": "disc", "margin": 0.08, "part_diameter_mm": 12.0, "written_by": "station"}
    (tmp_path / "crops.json").write_text(json.dumps(crops))
    cut = read_input(tmp_path, model)
    assert (cut.locate, cut.margin, cut.part_diameter_mm) == ("disc", 0.08, 12.0)


@pytest.mark.parametrize("text", ["{", "[1]", "{}", '{"locate": "square"}'])
def test_a_damaged_crops_json_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "crops.json").write_text(text)
    with pytest.raises(TrainerError, match=r"crops\.json"):
        read_input(tmp_path, ModelConfig())


@pytest.mark.parametrize("name", ["processed", "quarantine"])
def test_an_inbox_is_no_training_folder(tmp_path: Path, name: str) -> None:
    for label in ("normal", name):
        write_picture(tmp_path / label / "a.png", disc_picture(1, False))
    with pytest.raises(TrainerError, match=f"{name}, as a station's inbox does"):
        scan(tmp_path)


def test_classes_are_defects_unless_named_good() -> None:
    assert mark_classes(("crack", "ok"), GOOD_NAMES) == (
        ClassInfo("crack", True),
        ClassInfo("ok", False),
    )
    assert [c.defect for c in mark_classes(("a", "b", "c"), ("b",))] == [True, False, True]
    assert all(c.defect for c in mark_classes(("crazing", "patches"), GOOD_NAMES))
    with pytest.raises(TrainerError, match=r"--good fine: no such class folder\. Found: a, b"):
        mark_classes(("a", "b"), ("fine",))
    with pytest.raises(TrainerError, match="marked as good"):
        mark_classes(("good", "ok"), GOOD_NAMES)


def test_folders_set_aside_and_hidden_files_count_nowhere(tmp_path: Path) -> None:
    """One rule for training, calibration, explanations and collections."""
    for name in ("good/a.png", "good/_b.png", "good/.c.png", "good/_old/d.png", "bad/x/e.png"):
        write_picture(tmp_path / name, disc_picture(1, False))
    (tmp_path / "good" / "notes.txt").write_text("mine")
    catalogue = scan(tmp_path)
    assert [p.file for p in catalogue.pictures] == ["bad/x/e.png", "good/_b.png", "good/a.png"]
    assert catalogue.ignored == 1
    found = [p.relative_to(tmp_path).as_posix() for p in pictures_below(tmp_path)]
    assert found == [p.file for p in catalogue.pictures]
    assert len(files_below(tmp_path)) == 4


def test_a_mask_that_may_be_of_two_pictures_is_refused(tmp_path: Path) -> None:
    files = ["crack/001.png", "dent/001.jpg", "dent/002.jpg", "dent/deep/002.jpg"]
    check_named_apart(tmp_path, ".png", files)
    (tmp_path / "002.xml").touch()
    check_named_apart(tmp_path, ".png", files)
    (tmp_path / "001.png").touch()
    with pytest.raises(TrainerError, match=r"may be of crack/001\.png or of dent/001\.jpg"):
        check_named_apart(tmp_path, ".png", files)
