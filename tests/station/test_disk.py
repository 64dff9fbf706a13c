"""Disks that are nearly full, full, or made room on: nothing is lost, no row goes."""

from __future__ import annotations

import os
import re
import shutil
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from builders import lattice_disc, write_picture
from small_disk import small_disk

from station.config import DiskSettings, StationConfig
from station.domain import Decision
from station.errors import ConfigError, StationError
from station.outcome import Outcome
from station.run import run_station
from station.sayings import Event
from station.store.store import open_store

Watch = Callable[..., list[Outcome]]
Configure = Callable[..., StationConfig]


def run_out(configure: Configure, **changes: object) -> None:
    for _ in run_station(configure(**changes), threading.Event()):
        pass


@pytest.mark.parametrize("free", [0, 40_000, 200_000])
def test_a_full_disk_leaves_the_file_in_the_inbox(
    inbox: Path, configure: Configure, tmp_path: Path, free: int, watch: Watch
) -> None:
    with small_disk(tmp_path / "disk", "8m") as disk:
        out = disk / "out"
        # The guard that stops early is off: this is about a disk that is full all the same.
        off = DiskSettings(alarm_below_mb=0.0, stop_below_mb=0.0)
        run_out(configure, out=out, disk=off)
        for number in range(9):
            write_picture(inbox / f"{number}.png", lattice_disc())
        room = shutil.disk_usage(disk).free
        (disk / "ballast").write_bytes(bytes(max(0, room - free) // 4096 * 4096))
        done = []
        with pytest.raises(StationError, match=r"(No space left|full).*(ree space)"):
            for outcome in run_station(configure(out=out, disk=off), threading.Event()):
                done.append(outcome)
        left = list(inbox.glob("*.png"))
        assert len(left) == 9 - len(done)
        assert list(out.rglob("*.part")) == []
        (disk / "ballast").unlink()
        rest = watch(out=out, disk=off)
        assert len(rest) == len(left)
        with open_store(str(out / "inspections.db")) as store:
            assert store.counts()[Decision.PASS] == 9


def test_too_little_room_is_told_first_and_then_no_part_is_begun(
    inbox: Path, configure: Configure, tmp_path: Path, watch: Watch
) -> None:
    with small_disk(tmp_path / "disk", "20m") as disk:
        events: list[Event] = []
        out, early = disk / "out", DiskSettings(alarm_below_mb=1000.0, stop_below_mb=10.0)
        config = configure(out=out, disk=early)
        write_picture(inbox / "a.png", lattice_disc())
        assert len(list(run_station(config, threading.Event(), on_event=events.append))) == 1
        (event,) = events
        assert event.kind == "disk"
        assert re.search(
            r"(1\d|20) MB are free on the disk of .*out\. Inspection stops", event.text
        )
        (disk / "ballast").write_bytes(bytes(12_000_000))
        write_picture(inbox / "b.png", lattice_disc())
        with pytest.raises(StationError, match=r"below 10 MB .* no part is begun"):
            run_out(configure, out=out, disk=early)
        assert (inbox / "b.png").exists()
        with open_store(config.database) as store:
            assert store.account().parts_in == 1
        (disk / "ballast").unlink()
        assert [o.record.source for o in watch(out=out, disk=early)] == ["b.png"]


def test_room_is_made_from_the_oldest_passes_while_it_runs(
    inbox: Path, configure: Configure, tmp_path: Path, watch: Watch
) -> None:
    with small_disk(tmp_path / "disk", "30m") as disk:
        out = disk / "out"
        off = DiskSettings(alarm_below_mb=0.0, stop_below_mb=0.0)
        for number in range(4):
            mark = (1.0, 1.0) if number == 0 else None
            write_picture(
                inbox / f"{number}.png", lattice_disc(mark, centre_px=(250 + number, 262))
            )
        before = {o.record.source: o.record for o in watch(out=out, disk=off)}
        for file in out.rglob("*.*"):
            os.utime(file, (0, 0))  # what was written just now is left alone
        room = DiskSettings(alarm_below_mb=1e6, stop_below_mb=0.0, keep_free_mb=1e6)
        write_picture(inbox / "5.png", lattice_disc(centre_px=(260, 262)))
        stop = threading.Event()
        for _ in run_station(configure(out=out, disk=room, once=False), stop):
            until = time.monotonic() + 20.0
            kept = [r for r in before.values() if Path(str(r.image_path)).exists()]
            while len(kept) > 1 and time.monotonic() < until:
                time.sleep(0.02)
                kept = [r for r in before.values() if Path(str(r.image_path)).exists()]
            stop.set()
        # The reject's picture stays, and every row.
        assert [r.source for r in kept] == ["0.png"]
        with open_store(str(out / "inspections.db")) as store:
            assert store.account().parts_in == 5


def test_a_full_inbox_disk_leaves_the_file_there(configure: Configure, tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", "1m") as disk:
        (disk / "x.txt").write_text("hello")
        room = shutil.disk_usage(disk).free
        (disk / ".ballast").write_bytes(bytes(room))
        with pytest.raises((StationError, ConfigError), match="No space left"):
            run_out(configure, inbox=disk)
        assert (disk / "x.txt").exists()
