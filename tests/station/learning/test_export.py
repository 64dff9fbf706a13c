"""Candidates become a training folder: the station's own crops, labelled, with their origin."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from builders import write_picture

from engines.bundle import load_bundle
from engines.decode import read_image
from engines.prediction import ImageArray
from station.calibrate import locator_from
from station.capture.picture_file import read_frame
from station.domain import Decision
from station.errors import ConfigError
from station.images import find_picture
from station.learning.candidates import Obstacle
from station.learning.export import Exported, export
from station.learning.handover import candidates_of, hand_over, suggested_folder
from station.learning.likeness import golden_looks
from station.store.verify import walk

PASS, REVIEW, REJECT = Decision.PASS, Decision.REVIEW, Decision.REJECT


def rows(folder: Path) -> list[dict[str, str]]:
    with (folder / "labels.csv").open(newline="") as stream:
        return list(csv.DictReader(stream))


def say_all(decided: Any) -> None:
    decided.say("1.png", PASS)
    decided.say("2.png", PASS, "Bob")
    decided.say("3.png", PASS)
    decided.say("4.png", REJECT)
    decided.say("5.png", REJECT)


def handed(decided: Any, folder: Path) -> Exported:
    return hand_over(decided.store, decided.config, folder, "Ada")


def test_the_crops_are_what_the_station_shows_its_engine(decided: Any, tmp_path: Path) -> None:
    say_all(decided)
    exported = handed(decided, tmp_path / "set")
    assert dict(exported.written) == {"marked": 2, "normal": 3}
    record = decided.records["4.png"]
    crop = read_image(tmp_path / "set" / "marked" / f"{record.uuid}.png")
    bundle = load_bundle(decided.config.bundle)
    part = locator_from(bundle.input, decided.config.locate)(
        read_frame(Path(record.image_path), 10**8)
    )
    assert np.array_equal(crop, part.crop_rgb)


def test_each_label_says_who_said_it_and_of_what(decided: Any, tmp_path: Path) -> None:
    say_all(decided)
    handed(decided, tmp_path / "set")
    labels = {row["part_uuid"]: row for row in rows(tmp_path / "set")}
    record = decided.records["3.png"]
    row = labels[record.uuid]
    assert row["file"] == f"normal/{record.uuid}.png"
    assert (row["decision"], row["decided_by"], row["verdict"]) == ("PASS", "Ada", "REVIEW")
    assert (row["picture_sha256"], row["bundle_sha256"]) == (
        record.image_sha256,
        record.bundle_sha256,
    )
    assert row["size_mm"] == "" and row["lot"] == "L1"
    assert labels[decided.records["4.png"].uuid]["kind"] == "marked"


def test_the_folder_is_a_data_set_of_the_trainer(decided: Any, tmp_path: Path) -> None:
    datasets = pytest.importorskip("trainer.datasets")
    from trainer.config import ModelConfig

    say_all(decided)
    handed(decided, tmp_path / "set")
    catalogue = datasets.scan(tmp_path / "set")
    assert catalogue.counts() == {"marked": 2, "normal": 3} and catalogue.ignored == 0
    assert {p.part_id for p in catalogue.pictures} == {
        decided.records[f"{n}.png"].uuid for n in range(1, 6)
    }
    bundle = load_bundle(decided.config.bundle)
    spec = datasets.read_input(tmp_path / "set", ModelConfig(size_px=128))
    assert (spec.locate, spec.margin, spec.part_diameter_mm) == (
        bundle.input.locate,
        bundle.input.margin,
        bundle.input.part_diameter_mm,
    )


def test_a_second_export_adds_what_is_new_and_changes_nothing(decided: Any, tmp_path: Path) -> None:
    folder = tmp_path / "set"
    decided.say("1.png", PASS)
    decided.say("4.png", REJECT)
    handed(decided, folder)
    before = {p: (p.read_bytes(), p.stat().st_mtime_ns) for p in folder.rglob("*.png")}
    again = handed(decided, folder)
    assert (again.count, again.there) == (0, 2)
    decided.say("5.png", REJECT)
    third = handed(decided, folder)
    assert (dict(third.written), third.there) == ({"marked": 1}, 2)
    assert {p: (p.read_bytes(), p.stat().st_mtime_ns) for p in before} == before
    assert len(rows(folder)) == 3
    assert not [p for p in tmp_path.iterdir() if p.name.startswith(".export-")]


def test_an_export_that_was_broken_off_is_completed(decided: Any, tmp_path: Path) -> None:
    folder = tmp_path / "set"
    say_all(decided)
    handed(decided, folder)
    (folder / "labels.csv").unlink()  # the crops were put, the power went
    again = handed(decided, folder)
    assert again.count == 5 and len(rows(folder)) == 5
    lost = next(folder.glob("marked/*.png"))
    lost.unlink()
    assert handed(decided, folder).count == 1
    assert lost.is_file() and len(rows(folder)) == 5


def test_a_training_folder_that_is_there_is_added_to(decided: Any, tmp_path: Path) -> None:
    folder = tmp_path / "set"
    decided.say("1.png", PASS)
    decided.say("4.png", REJECT)
    handed(decided, folder)
    own = write_picture(folder / "normal" / "mine.png", np.zeros((9, 9, 3), np.uint8))
    text = "file,part_id,shelf\nnormal/mine.png,P7,3\n"
    (folder / "labels.csv").write_text(text)
    for path in folder.rglob("*-*.png"):
        path.unlink()
    handed(decided, folder)
    found = rows(folder)
    assert found[0] | {"file": "normal/mine.png", "part_id": "P7", "shelf": "3"} == found[0]
    assert len(found) == 3 and own.is_file()
    assert list(found[0])[:3] == ["file", "part_id", "shelf"]


def test_another_picture_in_the_way_is_not_written_over(decided: Any, tmp_path: Path) -> None:
    decided.say("1.png", PASS)
    uuid = decided.records["1.png"].uuid
    other = tmp_path / "set" / "normal" / f"{uuid}.png"
    write_picture(other, np.zeros((9, 9, 3), np.uint8))
    (tmp_path / "set" / "crops.json").write_text(
        '{"locate": "disc", "margin": 0.05, "part_diameter_mm": 12.0}\n'
    )
    before = other.read_bytes()
    with pytest.raises(ConfigError, match="Nothing is written over it"):
        handed(decided, tmp_path / "set")
    assert other.read_bytes() == before and not (tmp_path / "set" / "labels.csv").exists()


def test_a_part_whose_class_changed_asks_for_a_new_folder(decided: Any, tmp_path: Path) -> None:
    decided.say("1.png", PASS)
    decided.say("3.png", PASS)
    handed(decided, tmp_path / "set")
    decided.say("3.png", REJECT, "Bob")
    with pytest.raises(ConfigError, match="export into a new folder"):
        handed(decided, tmp_path / "set")
    assert handed(decided, tmp_path / "other").written == {"marked": 1, "normal": 1}


def test_what_is_no_longer_taken_is_named_and_left_alone(decided: Any, tmp_path: Path) -> None:
    say_all(decided)
    handed(decided, tmp_path / "set")
    decided.say("2.png", REVIEW, "Cleo")
    exported = handed(decided, tmp_path / "set")
    uuid = decided.records["2.png"].uuid
    assert exported.stale == (f"normal/{uuid}.png",)
    assert (tmp_path / "set" / "normal" / f"{uuid}.png").is_file()


def test_a_folder_cropped_otherwise_is_refused(decided: Any, tmp_path: Path) -> None:
    decided.say("1.png", PASS)
    for number, text in enumerate(('{"locate": "disc", "margin": 0.2}', None)):
        folder = tmp_path / f"set{number}"
        write_picture(folder / "normal" / "a.png", np.zeros((9, 9, 3), np.uint8))
        if text is not None:
            (folder / "crops.json").write_text(text)
        with pytest.raises(ConfigError, match="another folder"):
            handed(decided, folder)
        assert [p.name for p in folder.rglob("*.png")] == ["a.png"]


def test_the_station_s_own_folders_are_refused(decided: Any) -> None:
    decided.say("1.png", PASS)
    for folder in (decided.config.images / "x", decided.config.inbox / "x"):
        with pytest.raises(ConfigError, match="the station's own"):
            handed(decided, folder)


def test_nothing_to_export_says_what_to_do(decided: Any, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="Decide on parts first"):
        handed(decided, tmp_path / "set")
    assert not (tmp_path / "set").exists()


def test_an_altered_or_damaged_picture_is_left_out_and_named(decided: Any, tmp_path: Path) -> None:
    say_all(decided)
    for source, data in (("1.png", b"\x89PNG\r\n\x1a\nhalf"), ("4.png", b"text")):
        path = find_picture(decided.config.images, decided.records[source].image_sha256)
        assert path is not None
        path.chmod(0o644)
        path.write_bytes(data)
    exported = handed(decided, tmp_path / "set")
    assert exported.left_out[Obstacle.ALTERED] == ("1.png",)
    assert exported.left_out[Obstacle.DAMAGED] == ("4.png",)
    assert exported.count == 3


def test_a_picture_without_a_part_has_no_crop(decided: Any, tmp_path: Path) -> None:
    decided.say("1.png", PASS)
    decided.say("7.png", REJECT)
    exported = handed(decided, tmp_path / "set")
    assert exported.left_out[Obstacle.NO_PART] == ("7.png",)
    assert exported.written == {"normal": 1}


def test_an_error_is_never_trained_on(decided: Any, tmp_path: Path) -> None:
    decided.say("1.png", PASS)
    decided.say("6.png", REJECT)
    exported = handed(decided, tmp_path / "set")
    assert exported.left_out[Obstacle.NOT_INSPECTED] == ("6.png",)


def test_a_picture_of_the_golden_set_is_left_out(decided: Any, tmp_path: Path) -> None:
    from station.learning import export as module

    say_all(decided)
    bundle = load_bundle(decided.config.bundle)
    handed(decided, tmp_path / "first")
    uuid = decided.records["5.png"].uuid
    crop = read_image(tmp_path / "first" / "marked" / f"{uuid}.png")
    golden = with_golden(golden_looks(bundle), jpeg(crop))
    original = module.golden_looks
    module.golden_looks = lambda _bundle: golden  # type: ignore[assignment]
    try:
        taken = candidates_of(decided.store, decided.config).candidates
        exported = export(taken, bundle, tmp_path / "set")
    finally:
        module.golden_looks = original
    assert exported.left_out[Obstacle.GOLDEN] == ("5.png",) and exported.count == 4


def jpeg(crop: ImageArray) -> ImageArray:
    """As a golden set keeps it: at the graph's size, compressed."""
    from engines.golden import decode, encode

    small = cv2.resize(crop, (128, 128), interpolation=cv2.INTER_AREA)
    return decode(encode(np.asarray(small, np.uint8)))


def with_golden(looks: Any, picture: ImageArray) -> Any:
    from station.learning.likeness import _look

    return replace(
        looks, looks=np.vstack([looks.looks, _look(picture)[None]]), names=(*looks.names, "extra")
    )


def test_the_same_disc_laid_elsewhere_is_another_picture(decided: Any, tmp_path: Path) -> None:
    say_all(decided)
    handed(decided, tmp_path / "set")
    bundle = load_bundle(decided.config.bundle)
    one, two = (
        read_image(tmp_path / "set" / "normal" / f"{decided.records[name].uuid}.png")
        for name in ("1.png", "3.png")
    )
    looks = with_golden(golden_looks(bundle), jpeg(one))
    assert looks.holds(one) and looks.nearest(one)[0] == "extra"
    assert not looks.holds(two)


def test_who_exported_what_stands_in_the_chain(decided: Any, tmp_path: Path) -> None:
    say_all(decided)
    handed(decided, tmp_path / "set")
    (event,) = [e for e in decided.store.events() if e.kind == "learning"]
    assert event.text.startswith("Ada exported parts for training to ")
    assert "2 marked, 3 normal" in event.text
    with decided.store.database.reading() as connection:
        assert walk(connection).broken is None


def test_progress_counts_up_to_all(decided: Any, tmp_path: Path) -> None:
    say_all(decided)
    seen: list[tuple[int, int]] = []
    hand_over(decided.store, decided.config, tmp_path / "set", "Ada", lambda *s: seen.append(s))
    assert seen == [(n, 5) for n in range(1, 6)]
    assert suggested_folder(decided.config).parent.parent == decided.config.out
