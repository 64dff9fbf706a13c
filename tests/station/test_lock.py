"""One station at a time; another that is about to leave is waited for, no longer than was said."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest

from station.errors import ConfigError
from station.lock import held


def test_another_is_refused_at_once_without_patience(tmp_path: Path) -> None:
    with (
        held(tmp_path / "lock", "cam"),
        pytest.raises(ConfigError, match="cam is in use by another station"),
        held(tmp_path / "lock", "cam"),
    ):
        pass


def test_one_that_leaves_in_time_is_waited_for(tmp_path: Path) -> None:
    inside, leave = threading.Event(), threading.Event()

    def hold() -> None:
        with held(tmp_path / "lock", "cam"):
            inside.set()
            leave.wait(10.0)

    thread = threading.Thread(target=hold)
    thread.start()
    assert inside.wait(10.0)
    threading.Timer(0.2, leave.set).start()
    begun_s = time.monotonic()
    with held(tmp_path / "lock", "cam", patience_s=10.0):
        waited_s = time.monotonic() - begun_s
    thread.join()
    assert waited_s >= 0.15


def test_one_that_stays_is_refused_in_the_end(tmp_path: Path) -> None:
    with (
        held(tmp_path / "lock", "cam"),
        pytest.raises(ConfigError, match="in use"),
        held(tmp_path / "lock", "cam", patience_s=0.2),
    ):
        pass
