"""A disk that is full at random moments: the station says so, stops, and goes on when started."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest
from nothing_lost import Writers, assert_all_are_right, assert_nothing_lost, run_until_done
from small_disk import Filler, small_disk

from station.config import DiskSettings, StationConfig
from station.errors import StationError


@pytest.mark.parametrize("guard", ["no guard", "guard"])
@pytest.mark.parametrize(
    ("parts", "seed"),
    [(60, 3), pytest.param(400, 4, marks=pytest.mark.slow)],
)
@pytest.mark.timeout(1800)
def test_a_disk_filled_and_freed_at_random_moments_loses_nothing(
    tmp_path: Path,
    inbox: Path,
    configure: Callable[..., StationConfig],
    guard: str,
    parts: int,
    seed: int,
) -> None:
    with small_disk(tmp_path / "disk", "160m") as disk:
        stop_below_mb = 3.0 if guard == "guard" else 0.0
        settings = DiskSettings(alarm_below_mb=stop_below_mb, stop_below_mb=stop_below_mb)
        config = configure(out=disk / "out", disk=settings, patience_s=10.0)
        failures: list[StationError] = []
        filler = Filler(disk, seed, most_pause_s=1.5, most_full_s=0.5)
        with Writers(inbox, 2, parts // 2, seed, 0.1) as writers:
            with filler:
                while not writers.are_done():
                    failures += run_until_done(config, most_starts=1000)
                    time.sleep(0.05)
            failures += run_until_done(config)
            written = writers.written()
        assert len(written) == parts
        assert_all_are_right(assert_nothing_lost(config, written), writers)
        assert filler.times >= 2
        # It did fall into the midst of it, and each time somebody was told what to do.
        assert failures
        assert all("ree space" in str(error) for error in failures), failures
        assert list((disk / "out").rglob("*.part")) == []
