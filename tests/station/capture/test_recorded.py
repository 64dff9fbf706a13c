"""Films and folders: every picture in order, once; what cannot be read is told."""

from __future__ import annotations

import threading
from pathlib import Path

import cv2
import numpy as np
import pytest
from builders import lattice_disc, write_picture

from station.capture.alarm import Alarm
from station.capture.filming import film
from station.capture.settings import CaptureSettings
from station.capture.source import open_source
from station.errors import ConfigError, StationError
from station.grabbed import Grabbed

COUNT = 30


def write_film(path: Path, count: int = COUNT, fps: float = 20.0) -> Path:
    codec = cv2.VideoWriter.fourcc(*"MJPG")
    film = cv2.VideoWriter(str(path), codec, fps, (160, 120))
    assert film.isOpened()
    for i in range(count):
        film.write(np.full((120, 160, 3), (5 * i, 100, 100), np.uint8))
    film.release()
    return path


def read(uri: str) -> tuple[list[Grabbed], list[tuple[Alarm, str]]]:
    told: list[tuple[Alarm, str]] = []
    with open_source(uri, CaptureSettings(), on_alarm=lambda k, t: told.append((k, t))) as source:
        return list(source.frames(threading.Event())), told


def test_a_film_gives_every_picture_with_its_time(tmp_path: Path) -> None:
    frames, told = read(f"video:{write_film(tmp_path / 'bench.avi')}")
    assert [f.index for f in frames] == list(range(COUNT))
    assert [f.monotonic_s for f in frames] == pytest.approx([i / 20 for i in range(COUNT)])
    # Blue rises by 5 levels a picture: the last of three, in RGB.
    levels = [float(f.image_rgb[..., 2].mean()) for f in frames]
    assert levels == pytest.approx([5 * i for i in range(COUNT)], abs=4)
    assert (frames[-1].at - frames[0].at).total_seconds() == pytest.approx(29 / 20)
    assert told == []


def test_a_looped_film_begins_again_and_its_time_goes_on(tmp_path: Path) -> None:
    stop, seen = threading.Event(), []
    uri = f"video:{write_film(tmp_path / 'bench.avi')}?loop=1"
    with open_source(uri, CaptureSettings()) as source:
        for frame in source.frames(stop):
            seen.append(frame)
            if len(seen) == 2 * COUNT + 5:
                stop.set()
    assert [f.index for f in seen] == list(range(2 * COUNT + 5))
    assert [f.monotonic_s for f in seen] == pytest.approx([i / 20 for i in range(2 * COUNT + 5)])
    assert np.array_equal(seen[7].image_rgb, seen[COUNT + 7].image_rgb)


def test_a_filmed_bench_shows_what_the_bench_showed(tmp_path: Path) -> None:
    folder, path = tmp_path / "parts", tmp_path / "bench.avi"
    folder.mkdir()
    write_picture(folder / "a.png", lattice_disc())
    uri = f"sim:{folder}?rate=60&fps=20&size=320x240&seed=3&real_time=0"
    told: list[int] = []
    film(open_source(uri, CaptureSettings()), path, 40, 20.0, told.append)
    assert told == list(range(1, 41))
    stop, drawn = threading.Event(), []
    with open_source(uri, CaptureSettings()) as source:
        for frame in source.frames(stop):
            drawn.append(frame.image_rgb)
            if len(drawn) == 40:
                stop.set()
    played, _ = read(f"video:{path}")
    assert len(played) == 40
    apart = [np.abs(p.image_rgb.astype(int) - d).mean() for p, d in zip(played, drawn, strict=True)]
    assert max(apart) < 6


def test_a_film_longer_than_its_source_is_refused(tmp_path: Path) -> None:
    write_film(tmp_path / "short.avi")
    source = open_source(f"video:{tmp_path / 'short.avi'}", CaptureSettings())
    with pytest.raises(StationError, match=f"ends after {COUNT} of {COUNT + 1}"):
        film(source, tmp_path / "long.avi", COUNT + 1, 20.0, lambda _: None)


def test_a_film_that_is_cut_off_gives_what_there_is_and_says_so(tmp_path: Path) -> None:
    path = write_film(tmp_path / "bench.avi")
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    frames, told = read(f"video:{path}")
    assert 0 < len(frames) < COUNT
    assert [kind for kind, _ in told] == [Alarm.UNREADABLE]
    assert f"ended after {len(frames)} of {COUNT} pictures" in told[0][1]


def test_what_is_no_film_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.mp4").write_bytes(b"this is no film" * 100)
    with pytest.raises(ConfigError, match="cannot be read as a film"):
        read(f"video:{tmp_path / 'x.mp4'}")
    with pytest.raises(ConfigError, match="which is no file"):
        read(f"video:{tmp_path / 'gone.mp4'}")


def test_a_film_stops_when_told(tmp_path: Path) -> None:
    stop_event = threading.Event()
    uri = f"video:{write_film(tmp_path / 'bench.avi')}"
    with open_source(uri, CaptureSettings()) as source:
        for seen in source.frames(stop_event):
            if seen.index == 3:
                stop_event.set()
    assert seen.index == 3


def test_a_folder_gives_its_pictures_by_name_and_tells_the_damaged(tmp_path: Path) -> None:
    for name in ("b.png", "a.png", "d.png"):
        write_picture(tmp_path / name, np.full((40, 40, 3), 90, np.uint8))
    (tmp_path / "c.png").write_bytes((tmp_path / "a.png").read_bytes()[:40])
    (tmp_path / "notes.txt").write_text("not a picture")
    frames, told = read(f"folder:{tmp_path}?fps=4")
    assert [f.name for f in frames] == ["a.png", "b.png", "d.png"]
    assert [f.monotonic_s for f in frames] == [0.0, 0.25, 0.75]
    assert [kind for kind, _ in told] == [Alarm.UNREADABLE]
    assert told[0][1].startswith("c.png is left out: ")


def test_an_empty_or_missing_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="holds no picture"):
        read(f"folder:{tmp_path}")
    with pytest.raises(ConfigError, match="which is no folder"):
        read(f"folder:{tmp_path / 'gone'}")
    with pytest.raises(ConfigError, match="folder: has no option speed; known are fps, real_time"):
        read(f"folder:{tmp_path}?speed=2")
