"""Another program holds the database, for shorter and for longer than the station waits."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import database_holder
import pytest
from nothing_lost import Writers, assert_all_are_right, assert_nothing_lost, run_until_done

from station.config import StationConfig
from station.errors import StationError

WAITS_S = 0.25


@pytest.mark.parametrize(
    ("parts", "seed"), [(100, 5), pytest.param(400, 6, marks=pytest.mark.slow)]
)
@pytest.mark.timeout(1800)
def test_a_database_held_at_random_moments_loses_nothing(
    inbox: Path, configure: Callable[..., StationConfig], parts: int, seed: int
) -> None:
    config = configure(busy_timeout_s=WAITS_S, patience_s=10.0)
    run_until_done(config)  # the schema
    program = [sys.executable, str(Path(database_holder.__file__)), config.database]
    failures: list[StationError] = []
    with (
        subprocess.Popen(
            [*program, str(seed), str(3 * WAITS_S), "0.3"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        ) as holder,
        Writers(inbox, 2, parts // 2, seed, 0.1) as writers,
    ):
        while not writers.are_done():
            failures += run_until_done(config, most_starts=1000)
            time.sleep(0.05)
        failures += run_until_done(config, most_starts=1000)
        held = [float(line.split()[1]) for line in holder.communicate(timeout=60)[0].splitlines()]
        written = writers.written()
    assert_all_are_right(assert_nothing_lost(config, written), writers)
    assert len(written) == parts
    assert sum(each < WAITS_S for each in held) >= 2
    assert sum(each > WAITS_S for each in held) >= 2
    # A short lock is waited for; a long one stops the station, which says why.
    assert 1 <= len(failures) < parts
    assert all("locked" in str(error) for error in failures), failures
