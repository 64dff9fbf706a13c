"""Half an hour before the simulated camera: a record for each part, and memory that stays."""

from __future__ import annotations

import gc
import logging
import os
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from builders import lattice_disc, write_picture

import station.opened
from station.capture.source import Source
from station.config import StationConfig
from station.run import run_station
from station.store.store import open_store

log = logging.getLogger(__name__)
PAGE_MB = os.sysconf("SC_PAGE_SIZE") / 1e6


def resident_mb() -> float:
    gc.collect()
    return int(Path("/proc/self/statm").read_text().split()[1]) * PAGE_MB


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_half_an_hour_of_parts_each_has_its_record_and_memory_is_flat(
    configure: Callable[..., StationConfig],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    folder = tmp_path / "photographs"
    folder.mkdir()
    for number in range(6):
        mark = (1.5, -1.0) if number in (1, 4) else None
        write_picture(folder / f"{number}.png", lattice_disc(mark))
    opened: list[Source] = []
    open_camera = station.opened.open_camera

    def remembering(*arguments: object) -> Source:
        opened.append(open_camera(*arguments))  # type: ignore[arg-type]
        return opened[-1]

    monkeypatch.setattr(station.opened, "open_camera", remembering)
    camera = f"sim:{folder}?real_time=0&rate=24&fps=15&size=800x600&seed=7"
    config = configure(inbox=None, camera=camera)
    stop, sizes, times = threading.Event(), [], []
    for outcome in run_station(config, stop):
        times.append(outcome.record.captured_at)
        if len(times) % 60 == 0:
            sizes.append(resident_mb())
        if (times[-1] - times[0]).total_seconds() >= 1800.0:
            stop.set()
    laid = opened[0].laid  # type: ignore[attr-defined]
    with open_store(config.database) as store:
        account = store.account()
    log.info("%d parts; resident MB %s", len(times), [round(size, 1) for size in sizes])
    assert len(times) >= 600
    # The last one or two may lie there, or be on their way, when the stop comes.
    assert len(laid) - 2 <= len(times) <= len(laid)
    assert (account.parts_in, account.open, account.balanced) == (len(times), (), True)
    assert sizes[-1] < 1.05 * sizes[1], sizes
