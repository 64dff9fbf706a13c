"""What a person tells while the line runs stands in the records of the parts that come then."""

from __future__ import annotations

import threading
from contextlib import closing
from pathlib import Path

import pytest
from builders import lattice_disc, red_mark_bundle, write_picture

from station.config import StationConfig
from station.errors import ConfigError
from station.labels import LabelDesk, Labels
from station.looks import Looks
from station.run import run_station


def test_a_serial_is_for_one_part_and_lot_and_operator_stay() -> None:
    desk = LabelDesk(Labels("L1", "ada"))
    desk.set(Labels("L2", "ada", "S-7"))
    assert desk.take() == Labels("L2", "ada", "S-7")
    assert desk.take() == desk.now == Labels("L2", "ada")


@pytest.mark.parametrize("labels", [{"lot": " "}, {"serial": "a\x00b"}, {"operator": "x" * 101}])
def test_a_label_that_cannot_be_written_is_refused(labels: dict[str, str]) -> None:
    with pytest.raises(ConfigError, match=next(iter(labels))):
        Labels(**labels)


def test_parts_carry_the_lot_that_held_when_they_arrived(tmp_path: Path) -> None:
    red_mark_bundle(tmp_path / "red.bundle")
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    config = StationConfig(
        bundle=tmp_path / "red.bundle", out=tmp_path / "out", inbox=inbox, lot="OLD",
        settle_s=0.02, patience_s=0.05, cache_dir=tmp_path / "cache",
    )  # fmt: skip
    labels, stop = LabelDesk(Labels("OLD", "ada")), threading.Event()
    write_picture(inbox / "one.png", lattice_disc())
    with closing(run_station(config, stop, labels=labels)) as outcomes:
        one = next(outcomes).record
        labels.set(Labels("NEW", "bob", "S-1"))
        write_picture(inbox / "two.png", lattice_disc((2.0, -1.5)))
        two = next(outcomes).record
        stop.set()
        assert list(outcomes) == []
    assert (one.lot, one.operator, one.part_serial) == ("OLD", "ada", None)
    assert (two.lot, two.operator, two.part_serial) == ("NEW", "bob", "S-1")


def test_a_camera_s_pictures_are_shown_and_its_parts_labelled_when_they_are_taken(
    tmp_path: Path,
) -> None:
    red_mark_bundle(tmp_path / "red.bundle")
    photographs = tmp_path / "photographs"
    photographs.mkdir()
    for index in range(2):
        write_picture(photographs / f"{index}.png", lattice_disc((2.0 + index, -1.5)))
    config = StationConfig(
        bundle=tmp_path / "red.bundle", out=tmp_path / "out", cache_dir=tmp_path / "cache",
        camera=f"sim:{photographs}?real_time=0&loop=0&size=320x240&rate=60",
    )  # fmt: skip
    looks, labels = Looks(), LabelDesk(Labels("L9", "ada", "S-1"))
    stop = threading.Event()
    with closing(run_station(config, stop, labels=labels, looks=looks)) as outcomes:
        records = [outcome.record for outcome in outcomes]
    assert [(r.lot, r.part_serial) for r in records] == [("L9", "S-1"), ("L9", None)]
    seen = looks.take()
    assert seen is not None and seen.grabbed.image_rgb.shape == (240, 320, 3) and seen.fps > 1.0
