"""Pictures that come in pieces, from several writers at once, into a station that runs."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from nothing_lost import Writers, assert_all_are_right, assert_nothing_lost

from station.config import StationConfig
from station.run import run_station


@pytest.mark.parametrize(
    ("writers", "each", "most_pause_s"),
    [
        pytest.param(3, 50, 0.1, id="150"),
        pytest.param(4, 250, 0.2, id="1000", marks=pytest.mark.slow),
    ],
)
@pytest.mark.timeout(1800)
def test_each_picture_written_slowly_is_exactly_one_record(
    inbox: Path,
    configure: Callable[..., StationConfig],
    writers: int,
    each: int,
    most_pause_s: float,
) -> None:
    config = configure(once=False, settle_s=0.1, patience_s=10.0, duplicates="skip")
    stop, sources = threading.Event(), []
    with Writers(inbox, writers, each, 7, most_pause_s) as writing:
        # The last outcome comes after the last writer's end, or else this waits for the time limit.
        for outcome in run_station(config, stop):
            sources.append(outcome.record.source)
            if len(sources) == writers * each:
                stop.set()
        written = writing.written()
        assert sorted(sources) == sorted(written)
        assert_all_are_right(assert_nothing_lost(config, written), writing)
