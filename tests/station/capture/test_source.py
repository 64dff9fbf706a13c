"""Addresses, settings and the simulated bench: what is impossible is refused with the remedy."""

from __future__ import annotations

import threading
from pathlib import Path

import numpy as np
import pytest
from simulated_benches import SMALL, open_bench

from station.capture.address import read_address, shown
from station.capture.alarm import Alarm
from station.capture.health import Health
from station.capture.settings import CaptureSettings
from station.capture.simulated.bench import parts_of_folder
from station.capture.source import open_source
from station.errors import ConfigError
from station.locate.rim import find_disc


@pytest.mark.parametrize(
    ("uri", "words"),
    [
        ("", "expected an address with a scheme"),
        ("camera one", "expected an address with a scheme"),
        ("ftp://x/y", "has the scheme 'ftp'; expected one of v4l2, rtsp"),
        ("v4l2:", "names no device"),
        ("v4l2:video0", "expected a number or a path"),
        ("rtsp://${NO_SUCH_SECRET}@cam/1", "NO_SUCH_SECRET, which is not set"),
        ("sim:", "names no folder"),
        ("sim:/no/such/folder", "which is no folder"),
        ("sim:?rate=fast", "sim: rate is 'fast'; expected a number"),
        ("sim:?rate=1000", "sim: rate is 1000.0; expected a number from 0.01 to 120"),
        ("sim:?size=big", "sim: size is 'big'; expected width and height"),
        ("sim:?lost=5", "sim: lost is 5; expected seconds from and to"),
        ("sim:?loop=maybe", "sim: loop is 'maybe'; expected 1 or 0"),
        ("sim:?colour=red", "sim: has no option colour; known are"),
    ],
)
def test_an_impossible_address_is_refused(uri: str, words: str) -> None:
    with pytest.raises(ConfigError) as caught:
        open_source(uri, CaptureSettings())
    assert words in str(caught.value)


def test_secrets_come_from_the_environment_and_are_not_shown(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("CAMERA_LOGIN", "anna:se:cret")
    address = read_address("rtsp://${CAMERA_LOGIN}@bench/1")
    assert address.name == "rtsp://anna:se:cret@bench/1"
    assert shown(address.name) == "rtsp://***@bench/1"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"width_px": 640}, "expected both or none"),
        ({"fourcc": "MOTION"}, "expected four letters"),
        ({"exposure_ms": -1.0}, "capture.exposure_ms is -1.0"),
        ({"retry_most_s": 0.1}, "capture.retry_most_s is 0.1; expected a number from 0.5"),
        ({"stuck_after_s": float("inf")}, "capture.stuck_after_s is inf"),
    ],
)
def test_an_impossible_setting_is_refused(changes: dict[str, object], words: str) -> None:
    with pytest.raises(ConfigError) as caught:
        CaptureSettings(**changes)  # type: ignore[arg-type]
    assert words in str(caught.value)


def test_one_seed_gives_one_bench() -> None:
    def some(seed: int) -> list[np.ndarray]:
        query = f"{SMALL}&rate=60&nudge=0.5&broken=0.5&seed={seed}"
        frames = open_bench(query).frames(threading.Event())
        return [next(frames).image_rgb for _ in range(60)][::6]

    first, again, other = some(1), some(1), some(2)
    assert all(np.array_equal(a, b) for a, b in zip(first, again, strict=True))
    assert not any(np.array_equal(a, b) for a, b in zip(first, other, strict=True))


def test_nothing_on_the_bench_is_black_while_parts_move() -> None:
    with open_bench(f"{SMALL}&rate=60&nudge=1&noise=0&hand=0") as bench:
        for grabbed in bench.frames(threading.Event()):
            # Mat, shadow and part are all brighter; a black line would be an error of drawing.
            assert int(grabbed.image_rgb.min()) > 8, grabbed.index
            if grabbed.monotonic_s > 6.0:
                return


def test_a_part_at_rest_is_a_disc_where_it_was_laid_and_the_empty_bench_is_none() -> None:
    seen, empty = 0, 0
    with open_bench(f"{SMALL}&rate=30&size=480x360") as bench:
        for grabbed in bench.frames(threading.Event()):
            now_s = grabbed.monotonic_s
            if now_s > 10.0:
                break
            if grabbed.index % 10:
                continue
            resting = [p for p in bench.laid if p.free_s < now_s < p.until_s]
            disc = find_disc(grabbed.image_rgb)
            if resting:
                assert disc is not None
                assert sum(disc.outline.axes_px) / 2 == pytest.approx(0.6 * 360, rel=0.03)
                seen += 1
            elif now_s < 0.6:
                assert disc is None
                empty += 1
    assert seen >= 8
    assert empty >= 1


def test_faults_are_told_when_they_begin_and_when_they_end() -> None:
    told: list[Alarm] = []
    settings = CaptureSettings(stuck_after_s=1.0, black_after_s=0.5)
    with open_source(
        f"sim:?{SMALL}&rate=30&lost=1,2&black=3,4&stuck=5,7",
        settings,
        on_alarm=lambda kind, text: told.append(kind),
        sim_parts=lambda: [("a", np.zeros((64, 64, 3), np.uint8))],
    ) as bench:
        times = []
        with pytest.raises(ConfigError, match="none of the 1 pictures of sim: holds a disc"):
            for grabbed in bench.frames(threading.Event()):
                times.append(grabbed.monotonic_s)
    assert told == [Alarm.UNREADABLE]
    told.clear()
    source = open_bench(f"{SMALL}&rate=0.5&lost=1,2&black=3,4&stuck=5,7")
    source._health = Health(settings, lambda kind, text: told.append(kind))
    source._on_alarm = lambda kind, text: told.append(kind)
    times = []
    for grabbed in source.frames(threading.Event()):
        times.append(grabbed.monotonic_s)
        if grabbed.monotonic_s > 8.0:
            break
    assert not any(1.0 <= t < 2.0 for t in times)
    assert told == [Alarm.LOST, Alarm.BACK, Alarm.BLACK, Alarm.LIGHT, Alarm.STUCK, Alarm.MOVING]


def test_a_slow_camera_is_told_and_again_when_it_recovers() -> None:
    told: list[Alarm] = []
    health = Health(CaptureSettings(), lambda kind, text: told.append(kind), expected_fps=30.0)
    rng = np.random.default_rng(1)
    now_s = 0.0
    for step_s, count in ((1 / 30, 300), (1 / 8, 100), (1 / 30, 300)):
        for _ in range(count):
            health.watch(rng.integers(50, 200, (32, 32, 3), dtype=np.uint8), now_s)
            now_s += step_s
    assert told == [Alarm.SLOW, Alarm.BRISK]


def test_a_bench_without_a_loop_ends_after_its_parts(tmp_path: Path) -> None:
    from builders import write_picture
    from simulated_benches import discs

    for name, image in discs()[:3]:
        write_picture(tmp_path / f"{name}.png", image)
    with open_source(f"sim:{tmp_path}?{SMALL}&rate=60&loop=0", CaptureSettings()) as bench:
        frames = list(bench.frames(threading.Event()))
        assert sorted(part.name for part in bench.laid) == [f"disc-{i}.png" for i in range(3)]  # type: ignore[attr-defined]
    assert 3.0 < frames[-1].monotonic_s < 6.0


def test_masks_beside_photographs_are_no_parts(tmp_path: Path) -> None:
    for name in ("normal/a.png", "_masks/a.png", ".trash/b.png", "_c.png"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    assert [name for name, _load in parts_of_folder(tmp_path)] == ["_c.png", "normal/a.png"]
