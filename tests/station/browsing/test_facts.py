"""What is known of one part: its pictures as they are on the disk, its reviews, its seal."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timezone
from pathlib import Path

import cv2
import numpy as np
import pytest
from builders import a_part, lattice_disc

from engines.decode import read_image
from station.browsing.facts import Facts, Places, facts_of
from station.browsing.pictures import Kept, layer_of, thumbnail
from station.domain import Code, Decision, Reason, Record, Verdict
from station.drawing.overlay import draw_overlay
from station.images import find_picture
from station.sayings import Review
from station.store.store import Store
from station.store.tables import RetentionRow


def one(store: Store, decision: Decision) -> Record:
    return next(r for r in store.records() if r.decision is decision)


def facts(store: Store, places: Places, record: Record) -> Facts:
    return facts_of(store, places, record)


def picture_file(places: Places, record: Record) -> Path:
    assert record.image_sha256 is not None
    path = find_picture(places.images, record.image_sha256)
    assert path is not None
    path.chmod(0o644)
    return path


def test_a_rejected_part_has_its_picture_its_overlay_and_its_heat(
    store: Store, places: Places
) -> None:
    record = one(store, Decision.REJECT)
    found = facts(store, places, record)
    assert found.picture.state is Kept.INTACT
    assert found.picture.image_rgb is not None
    assert found.picture.image_rgb.shape == (512, 640, 3)
    assert found.layer_rgb is not None
    assert found.heat_rgba is not None
    assert found.heat_rgba.shape == (512, 640, 4)
    # The mark lies at (2.0, -1.5) mm from the disc's centre, 36 pixels a millimetre.
    y, x = np.unravel_index(int(found.heat_rgba[..., 3].argmax()), (512, 640))
    assert abs(x - 384) < 40
    assert abs(y - 196) < 40
    assert found.seal is not None
    assert found.seal.holds


def test_the_overlay_lies_over_the_picture_pixel_on_pixel(store: Store, places: Places) -> None:
    found = facts(store, places, one(store, Decision.PASS))
    assert found.picture.image_rgb is not None
    assert found.layer_rgb is not None
    picture, layer = found.picture.image_rgb, found.layer_rgb
    same = cv2.resize(layer, picture.shape[1::-1]).astype(int)
    inside = np.s_[200:300, 250:350]  # nothing is drawn into the middle of a good part
    shifted = np.roll(picture.astype(int), 3, axis=1)
    apart = np.abs(same - picture)[inside].mean()
    assert apart < 6.0
    assert apart < 0.4 * np.abs(same - shifted)[inside].mean()


@pytest.mark.parametrize(
    "size_px", [(640, 512), (2000, 300), (60, 60), (300, 40), (40, 1500), (3, 17), (1024, 1024)]
)
def test_the_picture_is_found_in_overlays_of_any_size(size_px: tuple[int, int]) -> None:
    picture = lattice_disc(size_px=size_px, centre_px=(size_px[0] / 2, size_px[1] / 2))
    verdict = Verdict(Decision.PASS, 0.1, "normal", 0.9, (Reason(Code.SCORE_PASS, "Fine."),))
    overlay = draw_overlay(a_part(picture), None, verdict)
    layer = layer_of(overlay, size_px)
    assert layer is not None
    smaller = size_px[0] > layer.shape[1]
    how = cv2.INTER_AREA if smaller else cv2.INTER_LINEAR
    expected = cv2.resize(picture, (layer.shape[1], layer.shape[0]), interpolation=how)
    assert np.abs(layer.astype(int) - expected).max() <= 1


def test_an_overlay_of_another_picture_is_not_laid_over_it(store: Store, places: Places) -> None:
    overlay = facts(store, places, one(store, Decision.PASS)).overlay.image_rgb
    assert overlay is not None
    assert layer_of(overlay, (640, 512)) is not None
    for size_px in ((512, 640), (640, 500), (1280, 1024)):
        assert layer_of(overlay, size_px) is None


def test_a_file_that_is_no_picture_is_said_to_be_that(store: Store, places: Places) -> None:
    found = facts(store, places, one(store, Decision.ERROR))
    assert found.picture.state is Kept.UNREADABLE
    assert "damaged" in found.picture.detail
    assert found.overlay.state is Kept.NEVER


def test_an_altered_picture_is_not_shown(store: Store, places: Places) -> None:
    record = one(store, Decision.PASS)
    path = picture_file(places, record)
    path.write_bytes(path.read_bytes() + b"\0")
    found = facts(store, places, record)
    assert found.picture.state is Kept.ALTERED
    assert found.picture.image_rgb is None
    assert found.picture.path == path


def test_a_missing_picture_is_told_from_one_that_retention_removed(
    store: Store, places: Places
) -> None:
    passed, rejected = one(store, Decision.PASS), one(store, Decision.REJECT)
    for record in (passed, rejected):
        picture_file(places, record).unlink()
    assert facts(store, places, passed).picture.state is Kept.MISSING
    with store.database.writing() as connection:
        row = {"images": str(places.images), "done_up_to": 100}
        connection.execute(RetentionRow.__table__.insert(), [row])
    assert facts(store, places, passed).picture.state is Kept.REMOVED
    assert facts(store, places, rejected).picture.state is Kept.MISSING


def test_an_overlay_that_moved_with_the_results_is_found(store: Store, places: Places) -> None:
    record = one(store, Decision.PASS)
    name = Path(str(record.overlay_path)).name
    moved = replace(record, overlay_path=f"/where/it/was/{name}")
    found = facts(store, places, moved)
    assert found.overlay.state is Kept.INTACT
    assert found.overlay.path == places.overlays / name
    (places.overlays / name).write_bytes(b"no picture")
    assert facts(store, places, moved).overlay.state is Kept.UNREADABLE
    (places.overlays / name).unlink()
    assert facts(store, places, moved).overlay.state is Kept.MISSING


def test_a_damaged_answer_takes_only_the_heat(store: Store, places: Places) -> None:
    record = one(store, Decision.REJECT)
    for file in (places.out / "answers").rglob("*.npz"):
        file.chmod(0o644)
        file.write_bytes(b"PK broken")
    found = facts(store, places, record)
    assert found.heat_rgba is None
    assert found.layer_rgb is not None


def test_reviews_come_in_their_order(store: Store, places: Places) -> None:
    record = one(store, Decision.REJECT)
    when = datetime(2026, 3, 4, tzinfo=timezone.utc)
    for number, decision in enumerate((Decision.REVIEW, Decision.PASS, Decision.REJECT)):
        store.add_review(Review(f"r{number}", record.uuid, "ada", decision, "", when))
    said = facts(store, places, record).reviews
    assert [review.uuid for review in said] == ["r0", "r1", "r2"]


def test_a_thumbnail_is_small_and_shows_the_part(store: Store, places: Places) -> None:
    for decision in (Decision.PASS, Decision.REJECT):
        small = thumbnail(one(store, decision), places.images, places.overlays, 96)
        assert small is not None
        assert max(small.shape[:2]) == 96
        assert small.std() > 20
    assert thumbnail(one(store, Decision.ERROR), places.images, places.overlays, 96) is None


def test_the_picture_is_read_as_the_station_read_it(store: Store, places: Places) -> None:
    record = one(store, Decision.PASS)
    found = facts(store, places, record)
    assert found.picture.image_rgb is not None
    expected = read_image(picture_file(places, record))
    assert np.array_equal(found.picture.image_rgb, expected)
