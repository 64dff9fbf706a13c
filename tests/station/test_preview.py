"""The camera is looked at beside the line, never against it."""

from __future__ import annotations

import hashlib
import threading
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from builders import a_record, lattice_disc, picture_bytes, red_mark_bundle, write_picture

from engines.errors import BundleError
from station.capture.settings import CaptureSettings
from station.config import StationConfig
from station.errors import ConfigError
from station.lock import held
from station.looks import Looks
from station.preview import cameras_here, newest_picture, preview_source, same_camera, watch_camera
from station.store.store import open_store


@pytest.fixture
def config(tmp_path: Path) -> StationConfig:
    return StationConfig(bundle=tmp_path / "b", out=tmp_path / "out", camera="sim:?rate=60")


def test_pictures_are_put_until_somebody_has_seen_enough(
    config: StationConfig, tmp_path: Path
) -> None:
    red_mark_bundle(tmp_path / "b")
    looks, stop, facts = Looks(), threading.Event(), []

    class Counting(Looks):
        puts = 0

        def put(self, grabbed: object) -> None:
            super().put(grabbed)  # type: ignore[arg-type]
            Counting.puts += 1
            if Counting.puts == 3:
                stop.set()

    looks = Counting()
    watch_camera(config, "sim:?rate=60&size=320x240", CaptureSettings(), looks, stop,
                 on_open=facts.append)  # fmt: skip
    look = looks.take()
    assert look is not None and look.grabbed.image_rgb.shape == (240, 320, 3)
    assert Counting.puts == 3 and facts[0]["width_px"] == 320.0


def test_a_folder_is_shown_again_and_again(config: StationConfig, tmp_path: Path) -> None:
    write_picture(tmp_path / "pictures" / "a.png", lattice_disc(size_px=(320, 240)))
    stop, seen = threading.Event(), []

    class Listening(Looks):
        def put(self, grabbed: object) -> None:
            seen.append(grabbed)
            if len(seen) == 2:
                stop.set()

    watch_camera(config, f"folder:{tmp_path / 'pictures'}", CaptureSettings(), Listening(), stop)
    assert len(seen) == 2


def test_a_camera_that_a_line_holds_is_not_opened(config: StationConfig) -> None:
    feed = replace(config, camera="v4l2:/dev/video9").feed
    name = hashlib.sha256(feed.encode()).hexdigest()[:16]
    with (
        held(config.out / f".camera-{name}.lock", feed),
        pytest.raises(ConfigError, match="in use by another station"),
        preview_source(config, "v4l2:/dev/video9", CaptureSettings()),
    ):
        pass


def test_an_address_that_cannot_be_is_said_at_once(config: StationConfig) -> None:
    stop = threading.Event()
    with pytest.raises(ConfigError, match="fax"):
        watch_camera(config, "fax:1", CaptureSettings(), Looks(), stop)
    with pytest.raises((ConfigError, BundleError)):
        watch_camera(config, "sim:", CaptureSettings(), Looks(), stop)


def test_whether_the_line_reads_this_camera(config: StationConfig) -> None:
    assert same_camera(config, " sim:?rate=60 ")
    assert not same_camera(config, "sim:")
    assert not same_camera(replace(config, camera=None, inbox=Path("x")), "sim:")


def test_a_camera_is_listed_once_by_the_name_that_stays(tmp_path: Path) -> None:
    devices, names = tmp_path / "dev", tmp_path / "sys"
    (devices / "v4l" / "by-id").mkdir(parents=True)
    for number, (name, index) in enumerate((("HD cam", "0"), ("HD cam", "1"), ("CSI", "0"))):
        (devices / f"video{number}").touch()
        about = names / f"video{number}"
        about.mkdir(parents=True)
        (about / "name").write_text(f"{name}\n")
        (about / "index").write_text(f"{index}\n")
    link = devices / "v4l" / "by-id" / "usb-Maker_HD_1234-video-index0"
    link.symlink_to("../../video0")
    found = cameras_here(devices, names)
    assert [(camera.address, camera.name) for camera in found] == [
        (f"v4l2:{link}", "HD cam"),
        (f"v4l2:{devices / 'video2'}", "CSI"),
    ]


def test_the_newest_picture_is_the_last_parts_or_one_that_waits(tmp_path: Path) -> None:
    config = StationConfig(bundle=tmp_path / "b", out=tmp_path / "out", inbox=tmp_path / "in")
    (tmp_path / "in").mkdir()
    with open_store(str(tmp_path / "x.db")) as store:
        assert newest_picture(config, store) is None
        waiting = np.full((20, 30, 3), 90, np.uint8)
        write_picture(tmp_path / "in" / "a.png", waiting)
        found = newest_picture(config, store)
        assert found is not None and found.shape == (20, 30, 3)
        data = picture_bytes(np.full((40, 50, 3), 120, np.uint8))
        sha256 = hashlib.sha256(data).hexdigest()
        place = config.images / sha256[:2] / f"{sha256}.png"
        place.parent.mkdir(parents=True)
        place.write_bytes(data)
        store.add(a_record(image_sha256=sha256))
        found = newest_picture(config, store)
        assert found is not None and found.shape == (40, 50, 3)
