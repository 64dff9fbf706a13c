"""Crops for training are cut exactly as the station cuts parts."""

from __future__ import annotations

import csv
import json
import os
import time
from pathlib import Path

import numpy as np
import pytest
from builders import lattice_disc, write_picture

from engines.decode import MAX_PIXELS, read_image
from station.capture.picture_file import read_frame
from station.cli import main
from station.crop import CropConfig, crop_folder
from station.errors import ConfigError, StationError
from station.locate.locator import locate_disc

EMPTY = np.full((200, 300, 3), 80, np.uint8)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "photographs"
    for name in ("normal", "defective/deep", "_masks", ".cache"):
        (folder / name).mkdir(parents=True)
    write_picture(folder / "normal" / "a.jpg", lattice_disc())
    write_picture(folder / "normal" / "a.png", lattice_disc(centre_px=(240, 250)))
    write_picture(folder / "defective" / "deep" / "b.png", lattice_disc((1, 1)))
    write_picture(folder / "_masks" / "b.png", lattice_disc())
    write_picture(folder / ".cache" / "b.png", lattice_disc())
    return folder


def write_labels(source: Path, files: list[str]) -> None:
    with (source / "labels.csv").open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow(["file", "label", "size_mm", "part_id"])
        writer.writerows([file, file.split("/")[0], "1.5", f"p{n}"] for n, file in enumerate(files))


def test_a_crop_is_what_the_station_would_cut(source: Path, tmp_path: Path) -> None:
    out = tmp_path / "crops"
    report = crop_folder(CropConfig(source, out, part_diameter_mm=12.0, margin=0.08))
    assert report.cropped == ("defective/deep/b.png", "normal/a.jpg", "normal/a.png")
    crop = read_image(out / "defective" / "deep" / "b.png")
    frame = read_frame(source / "defective" / "deep" / "b.png", MAX_PIXELS)
    np.testing.assert_array_equal(crop, locate_disc(frame, 0.08, 12.0).crop_rgb)
    assert crop.shape[0] == pytest.approx(432 * 1.16, abs=4)
    assert json.loads((out / "crops.json").read_text()) == {
        "locate": "disc",
        "margin": 0.08,
        "part_diameter_mm": 12.0,
    }


def test_folders_that_are_no_classes_are_skipped_and_no_crop_hides_another(
    source: Path, tmp_path: Path
) -> None:
    out = tmp_path / "crops"
    crop_folder(CropConfig(source, out))
    files = sorted(p.relative_to(out).as_posix() for p in out.rglob("*.png"))
    assert files == [
        "_masks/b.png", "defective/deep/b.png", "normal/a.jpg.png", "normal/a.png.png",
    ]  # fmt: skip


def test_a_mask_is_cropped_with_its_picture(source: Path, tmp_path: Path) -> None:
    # The picture stands for its own mask: then both crops must be one.
    mask, out = source / "_masks" / "b.png", tmp_path / "crops"
    picture = source / "defective" / "deep" / "b.png"
    mask.unlink()
    crop_folder(CropConfig(source, out))
    assert not (out / "_masks").exists()
    mask.write_bytes(picture.read_bytes())
    assert crop_folder(CropConfig(source, out)).cropped == ("defective/deep/b.png",)
    cropped = read_image(out / "_masks" / "b.png")
    expected = read_image(out / "defective" / "deep" / "b.png")
    np.testing.assert_array_equal(cropped[..., 0], expected[..., 0])
    assert len(crop_folder(CropConfig(source, out)).kept) == 3
    write_picture(mask, EMPTY)
    os.utime(mask, (time.time() + 5,) * 2)
    with pytest.raises(StationError, match=r"b\.png is 300x200, its picture defective/deep/b\.png"):
        crop_folder(CropConfig(source, out))


def test_labels_follow_their_pictures(source: Path, tmp_path: Path) -> None:
    write_picture(source / "normal" / "none.png", EMPTY)
    write_labels(source, ["normal/a.jpg", "normal/none.png", "defective/deep/b.png"])
    out = tmp_path / "crops"
    crop_folder(CropConfig(source, out))
    with (out / "labels.csv").open(newline="", encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    assert [(r["file"], r["part_id"], r["size_mm"]) for r in rows] == [
        ("normal/a.jpg.png", "p0", "1.5"),
        ("defective/deep/b.png", "p2", "1.5"),
    ]
    assert all((out / r["file"]).is_file() for r in rows)


def test_pictures_without_a_disc_or_damaged_are_named(
    source: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_picture(source / "normal" / "none.png", EMPTY)
    (source / "normal" / "torn.png").write_bytes(b"\x89PNG")
    write_picture(source / "normal" / "side.png", lattice_disc(centre_px=(150, 256)))
    out = tmp_path / "crops"
    assert main(["crop", str(source), "--out", str(out), "--workers", "2"]) == 3
    said = capsys.readouterr().out
    assert "4 cropped" in said
    assert "no disc found, no crop: normal/none.png" in said
    assert "not readable, no crop: normal/torn.png: torn.png is" in said
    assert "cut off by the picture's edge, cropped all the same: normal/side.png" in said
    assert not (out / "normal" / "none.png").exists()


def test_a_second_call_does_only_what_is_new(source: Path, tmp_path: Path) -> None:
    config = CropConfig(source, tmp_path / "crops")
    crop_folder(config)
    before = {p: p.stat().st_mtime_ns for p in config.out.rglob("*.png")}
    write_picture(source / "normal" / "new.png", lattice_disc())
    later = time.time() + 5
    os.utime(source / "normal" / "a.jpg", (later, later))
    seen: list[tuple[int, int]] = []
    report = crop_folder(config, lambda done, total: seen.append((done, total)))
    assert report.cropped == ("normal/a.jpg", "normal/new.png")
    assert report.kept == ("defective/deep/b.png", "normal/a.png")
    assert seen == [(1, 4), (2, 4), (3, 4), (4, 4)]
    unchanged = config.out / "normal" / "a.png.png"
    assert unchanged.stat().st_mtime_ns == before[unchanged]


def test_another_margin_in_the_same_folder_is_refused(source: Path, tmp_path: Path) -> None:
    crop_folder(CropConfig(source, tmp_path / "crops"))
    with pytest.raises(ConfigError, match=r"was cropped with .*0\.05.*asked for .*0\.1"):
        crop_folder(CropConfig(source, tmp_path / "crops", margin=0.1))


def test_wrong_calls_are_named(source: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="lies in the source"):
        CropConfig(source, source / "crops")
    with pytest.raises(ConfigError, match="positive length"):
        crop_folder(CropConfig(source, tmp_path / "crops", part_diameter_mm=-1.0))
    (tmp_path / "bare").mkdir()
    with pytest.raises(ConfigError, match="holds no pictures in class folders"):
        crop_folder(CropConfig(tmp_path / "bare", tmp_path / "crops"))
    (source / "labels.csv").write_text("name,label\n")
    with pytest.raises(ConfigError, match="expected `file` among them"):
        crop_folder(CropConfig(source, tmp_path / "crops"))
    assert not (tmp_path / "crops").exists()


def test_the_trainer_understands_what_crop_leaves(source: Path, tmp_path: Path) -> None:
    from trainer.config import ModelConfig
    from trainer.datasets import read_input, scan

    write_labels(source, ["normal/a.jpg"])
    out = tmp_path / "crops"
    crop_folder(CropConfig(source, out, margin=0.07))
    catalogue = scan(out)
    assert catalogue.counts() == {"defective": 1, "normal": 2}
    assert {p.part_id for p in catalogue.pictures} == {None, "p0"}
    spec = read_input(out, ModelConfig(size_px=64))
    assert (spec.locate, spec.margin, spec.part_diameter_mm) == ("disc", 0.07, 12.0)
