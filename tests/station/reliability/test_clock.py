"""The wall clock is set back or forward while the station runs: order, account and chain hold."""

from __future__ import annotations

import os
import platform
import shutil
import struct
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pytest
import slow_writer
from nothing_lost import assert_nothing_lost, sent, sha256

from engines.bundle import Bundle
from station.config import StationConfig
from station.domain import Decision
from station.run import run_station
from station.store.query import HistoryQuery
from station.store.store import open_store

STATION = [sys.executable, "-c", "import sys; from station.cli import main; sys.exit(main())"]
HOUR_S = 3600
JUMPS_S = [-HOUR_S, 0, -26 * HOUR_S, 3 * HOUR_S, -HOUR_S]
"""By how much the clock is wrong, one after the other."""
EACH = 4
"""Parts between two jumps."""


class WrongClock:
    """A wall clock that a program alone believes in: tests/wrong_clock.c, preloaded."""

    def __init__(self, folder: Path) -> None:
        compiler = shutil.which("cc") or shutil.which("gcc")
        if compiler is None or platform.system() != "Linux":
            pytest.skip("the wrong clock is a library for Linux; install a C compiler (gcc)")
        library, source = folder / "wrong_clock.so", Path(slow_writer.__file__).parent
        build = [compiler, "-shared", "-fPIC", "-O1", "-o", str(library)]
        subprocess.run([*build, str(source / "wrong_clock.c"), "-ldl"], check=True)
        self._offset = folder / "offset"
        self._offset.write_bytes(bytes(8))
        self.environment = os.environ | {
            "LD_PRELOAD": str(library),
            "WRONG_CLOCK": str(self._offset),
        }

    def is_wrong_by(self, seconds: int) -> None:
        with self._offset.open("r+b") as stream:
            stream.write(struct.pack("=q", seconds))


@pytest.mark.parametrize("files_too", [True, False], ids=["files too", "files by another clock"])
@pytest.mark.timeout(300)
def test_a_clock_that_jumps_changes_no_order_and_loses_nothing(
    tmp_path: Path,
    inbox: Path,
    bundle: Bundle,
    configure: Callable[..., StationConfig],
    files_too: bool,
) -> None:
    out, clock = tmp_path / "out", WrongClock(tmp_path)
    command = [*STATION, "watch", str(inbox), "--bundle", str(bundle.path), "--out", str(out)]
    process = subprocess.Popen(
        [*command, "--json", "--lot", "L1"],
        env=clock.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    written = {}
    try:
        for turn, jump in enumerate([0, *JUMPS_S]):
            clock.is_wrong_by(jump)
            for number in range(turn * EACH, (turn + 1) * EACH):
                # One at a time: so the order of arrival is certain.
                name, data = f"{number:03}.png", slow_writer.picture(number)
                part = inbox / f".{name}.part"
                part.write_bytes(data)
                if files_too:
                    os.utime(part, (time.time() + jump,) * 2)
                part.rename(inbox / name)
                written[name] = sha256(data)
                assert name in process.stdout.readline()
        process.terminate()
        _, errors = process.communicate(timeout=60)
    finally:
        process.kill()
    assert process.returncode == 0, errors

    config = configure(out=out)
    records = assert_nothing_lost(config, written)
    assert [r.source for r in records] == sorted(written)
    wrong = [r for r in records if r.decision is not decision_of(int(r.source[:3]))]
    assert wrong == []
    # The clock did jump, and a record says what the clock said.
    steps = [b.decided_at - a.decided_at for a, b in pairwise(records)]
    assert sum(step < -timedelta(minutes=55) for step in steps) == 3
    # What took how long was never read off that clock.
    assert all(r.latency_ms is not None and 0 < r.latency_ms < 60_000 for r in records)
    assert listed(config) == Counter(list(written))


def listed(config: StationConfig) -> Counter[str]:
    """Every record of the history, page by page."""
    found: Counter[str] = Counter()
    with open_store(config.database) as store:
        after = None
        while True:
            page = store.history(HistoryQuery(lot="L1"), after, limit=7)
            found.update(record.source for record in page.records)
            after = page.next
            if after is None:
                return found


def decision_of(number: int) -> Decision:
    return Decision.REJECT if number % 3 == 0 else Decision.PASS


@pytest.mark.parametrize("shift_s", [-10 * 365 * 86400, -3600, 3600, 10 * 365 * 86400])
@pytest.mark.parametrize("at_start", [True, False])
def test_files_from_a_wrong_clock_are_inspected_once(
    inbox: Path, configure: Callable[..., StationConfig], shift_s: float, at_start: bool
) -> None:
    stop, written = threading.Event(), {}
    outcomes = run_station(configure(once=False), stop)
    if not at_start:
        name, digest = sent(inbox, "first.png", slow_writer.picture(1))
        written[name] = digest
        next(outcomes)
    for number in range(5):
        data = slow_writer.picture(10 + number)
        part = inbox / f".{number}.part"
        part.write_bytes(data)
        when = time.time() + shift_s - number
        os.utime(part, (when, when))
        part.rename(inbox / f"{number}.png")
        written[f"{number}.png"] = sha256(data)
    for _ in range(5):
        next(outcomes)
    stop.set()
    assert list(outcomes) == []
    assert_nothing_lost(configure(), written)


def test_a_file_that_grows_under_an_old_time_is_waited_for_at_the_start(
    inbox: Path, configure: Callable[..., StationConfig]
) -> None:
    """Its writer's clock is an hour behind, or it keeps the time of what it copies."""
    data, path = slow_writer.picture(1), inbox / "a.png"
    path.write_bytes(data[:60_000])
    hour_ago = time.time() - 3600
    os.utime(path, (hour_ago, hour_ago))

    def finish() -> None:
        with path.open("ab") as stream:
            stream.write(data[60_000:])
        os.utime(path, (hour_ago, hour_ago))

    finishing = threading.Timer(1.5, finish)
    finishing.start()
    (outcome,) = run_station(configure(patience_s=5.0), threading.Event())
    finishing.join()
    assert outcome.record.decision is Decision.PASS, outcome.record.reason
