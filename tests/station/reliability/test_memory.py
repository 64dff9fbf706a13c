"""Over many files the station's memory stays where it was."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
import slow_writer

from station.config import StationConfig
from station.run import run_station

WAITING = 20
"""So many files lie in the inbox at any time."""


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="the system does not tell")
@pytest.mark.parametrize(
    ("parts", "most_ratio"),
    [pytest.param(400, 1.15, id="400"), pytest.param(10_000, 1.1, marks=pytest.mark.slow)],
)
@pytest.mark.timeout(3000)
def test_memory_is_flat_over_many_files(
    inbox: Path, configure: Callable[..., StationConfig], parts: int, most_ratio: float
) -> None:
    """Fifty pictures, again and again, under new names; every tenth is cut off."""
    files = [slow_writer.picture(seed) for seed in range(50)]
    stop, sent, measured = threading.Event(), 0, []
    spent = 0
    outcomes = run_station(configure(once=False, patience_s=0.1), stop)
    for _ in range(WAITING):
        send(inbox, sent, files)
        sent += 1
    for _ in outcomes:
        spent += 1
        if spent % (parts // 20) == 0:
            measured.append(resident_mb())
        if sent < parts:
            send(inbox, sent, files)
            sent += 1
        if spent == parts:
            stop.set()
    assert spent == parts
    # The first quarter is warming up: threads, caches, pools.
    early, late = measured[len(measured) // 4], max(measured[-3:])
    assert late <= most_ratio * early, measured


def send(inbox: Path, number: int, files: list[bytes]) -> None:
    """A whole file; every tenth is damaged."""
    data = files[number % len(files)]
    part = inbox / f".{number}.part"
    part.write_bytes(data[:5000] if number % 10 == 9 else data)
    part.rename(inbox / f"{number:06}.png")


def resident_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6
