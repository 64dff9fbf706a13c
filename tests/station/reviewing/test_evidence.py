"""What is shown of a part: read from what was kept, or said why not."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from builders import lattice_disc, red_mark_bundle, write_picture

from engines.bundle import load_bundle
from station.config import StationConfig
from station.domain import Decision, Record
from station.images import find_picture
from station.kept_answer import place_of_kept
from station.reviewing.evidence import Lack, cut_box, evidence_of
from station.run import run_station
from station.store.store import open_store


@pytest.fixture
def bench(tmp_path: Path) -> tuple[StationConfig, dict[str, Record]]:
    red_mark_bundle(tmp_path / "red.bundle")
    write_picture(tmp_path / "inbox" / "good.png", lattice_disc())
    doubtful = lattice_disc((2.0, -1.5), mark_size_mm=2.0, redness=0.3)
    write_picture(tmp_path / "inbox" / "doubtful.png", doubtful)
    (tmp_path / "inbox" / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\nno")
    config = StationConfig(
        inbox=tmp_path / "inbox",
        bundle=tmp_path / "red.bundle",
        out=tmp_path / "out",
        once=True,
        settle_s=0.02,
        patience_s=0.05,
        cache_dir=tmp_path / "cache",
    )
    for _ in run_station(config, threading.Event()):
        pass
    with open_store(config.database) as store:
        return config, {record.source: record for record in store.records()}


def test_a_review_shows_its_crop_its_heat_and_what_the_bench_showed(
    bench: tuple[StationConfig, dict[str, Record]],
) -> None:
    config, records = bench
    found = evidence_of(config, records["doubtful.png"])
    assert found.lack is None and found.heat_lack is None
    picture, heat = found.picture_rgb, found.heat_rgba
    assert picture is not None and heat is not None and found.frame_rgb is not None
    assert heat.shape == (*picture.shape[:2], 4) and found.frame_rgb.shape == (512, 512, 3)
    # The mark: 36 px a mm, from the disc's centre, which is the crop's.
    side = picture.shape[0]
    y, x = np.unravel_index(int(heat[..., 3].argmax()), heat.shape[:2])
    expected = side / 2 + 36 * 2.0, side / 2 - 36 * 1.5
    assert np.hypot(x - expected[0], y - expected[1]) < 36
    assert found.overlay_rgb is not None


def test_of_a_pass_the_whole_picture_is_shown_and_no_heat(
    bench: tuple[StationConfig, dict[str, Record]],
) -> None:
    config, records = bench
    assert records["good.png"].decision is Decision.PASS
    found = evidence_of(config, records["good.png"])
    assert found.picture_rgb is not None and found.picture_rgb.shape == (512, 512, 3)
    assert found.heat_rgba is None and found.heat_lack is Lack.NOT_KEPT
    assert found.alike == {}


def test_what_is_missing_or_damaged_says_so_and_the_rest_is_shown(
    bench: tuple[StationConfig, dict[str, Record]],
) -> None:
    config, records = bench
    record = records["doubtful.png"]
    kept = place_of_kept(config.out, record.uuid)
    kept.write_bytes(kept.read_bytes()[:100])
    found = evidence_of(config, record)
    assert found.heat_lack is Lack.DAMAGED and found.frame_rgb is not None
    assert record.image_sha256 is not None
    picture = find_picture(config.images, record.image_sha256)
    assert picture is not None
    picture.chmod(0o644)
    picture.write_bytes(b"other")
    assert evidence_of(config, record).lack is Lack.ALTERED
    picture.unlink()
    assert evidence_of(config, record).lack is Lack.GONE
    assert evidence_of(config, replace(record, image_sha256=None)).lack is Lack.NEVER
    assert evidence_of(config, replace(record, overlay_path="/no/where.jpg")).overlay_rgb is None


def test_an_error_s_picture_cannot_be_read(
    bench: tuple[StationConfig, dict[str, Record]],
) -> None:
    config, records = bench
    found = evidence_of(config, records["broken.png"])
    assert found.picture_rgb is None and found.lack is Lack.UNREADABLE


def test_training_pictures_like_it_come_from_the_very_bundle_that_decided(
    bench: tuple[StationConfig, dict[str, Record]], tmp_path: Path
) -> None:
    config, records = bench
    record = records["doubtful.png"]
    bundle = load_bundle(config.bundle)
    with_examples = with_pictures(config.bundle, tmp_path / "with.bundle")
    better = replace(config, bundle=with_examples)
    assert evidence_of(better, record).alike == {}  # another bundle than the one that decided
    same = replace(record, bundle_sha256=load_bundle(with_examples).digest)
    alike = evidence_of(better, same).alike
    assert set(alike) == set(bundle.class_names)
    for pictures in alike.values():
        distances = [each.distance for each in pictures]
        assert len(pictures) == 3 and distances == sorted(distances)
        assert pictures[0].picture_rgb.shape == (64, 64, 3)
    assert evidence_of(replace(config, bundle=tmp_path / "none"), record).alike == {}


def with_pictures(bundle: Path, folder: Path) -> Path:
    """A copy of a bundle that carries three training pictures of each class."""
    import shutil

    from builders import signed_again

    from engines.bundle import EXAMPLES
    from engines.examples import ExampleSet, encode, write_examples

    shutil.copytree(bundle, folder)
    rng = np.random.default_rng(3)
    pictures = rng.integers(0, 255, (6, 64, 64, 3), np.uint8)
    examples = ExampleSet(
        names=tuple(f"{n}.png" for n in range(6)),
        pictures=tuple(encode(picture) for picture in pictures),
        labels=np.array([0, 1, 0, 1, 0, 1]),
        features=rng.random((6, 3), np.float32),
    )
    write_examples(folder / EXAMPLES, examples)
    return signed_again(load_bundle(bundle), folder).path


@pytest.mark.parametrize("box", [(-20, -10, 60, 60), (480, 490, 60, 60), (10, 20, 30, 40)])
def test_a_crop_over_the_edge_repeats_it(box: tuple[int, int, int, int]) -> None:
    picture = lattice_disc()
    crop = cut_box(picture, box)
    assert crop.shape == (box[3], box[2], 3)
    x, y = min(max(box[0], 0), 511), min(max(box[1], 0), 511)
    assert np.array_equal(crop[0, 0], picture[y, x])
    inside = crop[box[3] // 2, box[2] // 2]
    at = min(max(box[1] + box[3] // 2, 0), 511), min(max(box[0] + box[2] // 2, 0), 511)
    assert np.array_equal(inside, picture[at])
