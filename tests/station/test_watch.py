"""Every file is handed on exactly once, and only when it is complete."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest
from builders import lattice_disc, picture_bytes, write_picture

from engines.decode import MAX_PIXELS
from station.capture.picture_file import read_frame
from station.errors import StationError
from station.inbox.arrivals import Arrival, stable_files

READ = partial(read_frame, max_pixels=MAX_PIXELS)
DISC = lattice_disc(size_px=(128, 96), centre_px=(64, 48), px_per_mm=7)
JPG = picture_bytes(lattice_disc(), ".jpg")


def once(inbox: Path, settle_s: float = 0.05, patience_s: float = 0.3) -> list[Arrival]:
    stop = threading.Event()
    return list(
        stable_files(inbox, stop, READ, once=True, settle_s=settle_s, patience_s=patience_s)
    )


@contextmanager
def watching(
    inbox: Path, settle_s: float = 0.2, patience_s: float = 1.0
) -> Iterator[list[Arrival]]:
    """The watch in another thread, as in the window; its arrivals so far."""
    stop, arrivals = threading.Event(), list[Arrival]()

    def run() -> None:
        for arrival in stable_files(inbox, stop, READ, settle_s=settle_s, patience_s=patience_s):
            arrivals.append(arrival)
            arrival.path.unlink()

    thread = threading.Thread(target=run)
    thread.start()
    try:
        time.sleep(0.2)
        yield arrivals
    finally:
        stop.set()
        thread.join(10)
        assert not thread.is_alive()


def wait_for(arrivals: list[Arrival], count: int, limit_s: float = 10.0) -> float:
    started = time.monotonic()
    while len(arrivals) < count and time.monotonic() - started < limit_s:
        time.sleep(0.01)
    assert len(arrivals) == count
    return time.monotonic() - started


def test_an_empty_inbox_ends_at_once(inbox: Path) -> None:
    assert once(inbox) == []


def test_the_start_up_scan_goes_by_age_then_by_name(inbox: Path) -> None:
    for name, age in (("c.png", 50), ("b.png", 10), ("a.png", 10), ("d.png", 90)):
        path = write_picture(inbox / name, DISC)
        os.utime(path, (time.time() - age,) * 2)
    # Equal to the nanosecond, so that the name decides.
    os.utime(inbox / "a.png", ns=((inbox / "b.png").stat().st_mtime_ns,) * 2)
    arrivals = once(inbox)
    assert [a.path.name for a in arrivals] == ["d.png", "c.png", "a.png", "b.png"]
    assert all(a.frame is not None and a.error is None for a in arrivals)


def test_hidden_temporary_and_nested_files_are_left_alone(inbox: Path) -> None:
    for name in (".a.png", "b.png.part", "c.tmp", "d.jpg.crdownload", "e.png~"):
        (inbox / name).write_bytes(picture_bytes(DISC))
    for folder in ("processed", "quarantine", "other"):
        (inbox / folder).mkdir()
        write_picture(inbox / folder / "f.png", DISC)
    os.mkfifo(inbox / "pipe.png")
    assert once(inbox) == []


def test_a_file_that_stays_is_handed_on_once(inbox: Path) -> None:
    path = write_picture(inbox / "a.png", DISC)
    stop, names = threading.Event(), []
    for arrival in stable_files(inbox, stop, READ, settle_s=0.0):
        names.append(arrival.path.name)
        threading.Timer(0.5, stop.set).start()
    assert names == ["a.png"]
    assert path.exists()


def test_a_file_written_slowly_comes_once_and_whole(inbox: Path) -> None:
    """Twelve pieces, each pause longer than the settle time: only patience saves this file."""
    with watching(inbox, settle_s=0.05, patience_s=2.0) as arrivals:
        with (inbox / "slow.jpg").open("wb") as stream:
            for at in range(0, len(JPG), len(JPG) // 12 + 1):
                assert arrivals == []
                stream.write(JPG[at : at + len(JPG) // 12 + 1])
                stream.flush()
                time.sleep(0.1)
        wait_for(arrivals, 1)
    assert arrivals[0].error is None
    assert arrivals[0].frame is not None
    assert arrivals[0].frame.image_rgb.shape == (512, 512, 3)


def test_a_writer_that_opens_the_file_twice_is_waited_for(inbox: Path) -> None:
    with watching(inbox, settle_s=0.05, patience_s=2.0) as arrivals:
        (inbox / "twice.jpg").write_bytes(JPG[:4000])
        time.sleep(0.4)
        assert arrivals == []
        with (inbox / "twice.jpg").open("ab") as stream:
            stream.write(JPG[4000:])
        wait_for(arrivals, 1)
    assert arrivals[0].error is None


def test_a_truncated_file_is_given_up_after_the_patience(inbox: Path) -> None:
    with watching(inbox, settle_s=0.05, patience_s=0.6) as arrivals:
        (inbox / "cut.jpg").write_bytes(JPG[:4000])
        waited = wait_for(arrivals, 1)
    assert waited > 0.45
    assert arrivals[0].frame is None
    assert "cut off" in str(arrivals[0].error)


def test_a_closed_file_does_not_wait_for_the_settle_time(inbox: Path) -> None:
    with watching(inbox, settle_s=30.0, patience_s=60.0) as arrivals:
        write_picture(inbox / "a.png", DISC)
        assert wait_for(arrivals, 1) < 5


def test_a_file_renamed_into_place_is_taken_at_once(inbox: Path) -> None:
    with watching(inbox, settle_s=30.0, patience_s=60.0) as arrivals:
        (inbox / ".a.png.part").write_bytes(picture_bytes(DISC))
        time.sleep(0.2)
        assert arrivals == []
        (inbox / ".a.png.part").rename(inbox / "a.png")
        assert wait_for(arrivals, 1) < 5


def test_a_file_moved_in_from_elsewhere_is_seen(inbox: Path, tmp_path: Path) -> None:
    outside = write_picture(tmp_path / "a.png", DISC)
    with watching(inbox) as arrivals:
        outside.rename(inbox / "a.png")
        wait_for(arrivals, 1)


def test_an_old_file_moved_in_does_not_wait_for_the_settle_time(
    inbox: Path, tmp_path: Path
) -> None:
    outside = write_picture(tmp_path / "a.png", DISC)
    os.utime(outside, (time.time() - 100,) * 2)
    with watching(inbox, settle_s=30.0, patience_s=60.0) as arrivals:
        outside.rename(inbox / "a.png")
        assert wait_for(arrivals, 1) < 5


def test_an_old_damaged_file_is_not_waited_for_at_the_start(inbox: Path) -> None:
    path = inbox / "cut.jpg"
    path.write_bytes(JPG[:4000])
    os.utime(path, (time.time() - 100,) * 2)
    started = time.monotonic()
    (arrival,) = once(inbox, settle_s=0.5, patience_s=60)
    assert time.monotonic() - started < 5
    assert arrival.error is not None


def test_a_time_in_the_future_does_not_hold_a_file_back(inbox: Path) -> None:
    path = write_picture(inbox / "a.png", DISC)
    os.utime(path, (time.time() + 86400,) * 2)
    assert len(once(inbox)) == 1


def test_many_files_come_exactly_once_each(inbox: Path) -> None:
    data = picture_bytes(DISC)
    with watching(inbox, settle_s=0.05) as arrivals:
        for number in range(60):
            (inbox / f"{number:03}.png").write_bytes(data)
        wait_for(arrivals, 60)
        time.sleep(0.3)
    assert sorted(a.path.name for a in arrivals) == [f"{n:03}.png" for n in range(60)]


def test_a_stop_ends_the_stream_after_the_file_in_hand(inbox: Path) -> None:
    for number in range(5):
        write_picture(inbox / f"{number}.png", DISC)
    stop, names = threading.Event(), []
    for arrival in stable_files(inbox, stop, READ, settle_s=0.0):
        names.append(arrival.path.name)
        if len(names) == 2:
            stop.set()
    assert len(names) == 2


def test_an_inbox_that_vanishes_is_named(inbox: Path) -> None:
    files = stable_files(inbox, threading.Event(), READ, settle_s=0.0)
    write_picture(inbox / "a.png", DISC)
    next(files)
    (inbox / "a.png").unlink()
    inbox.rmdir()
    with pytest.raises(StationError, match="can no longer be read"):
        next(files)
