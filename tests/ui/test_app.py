"""The window's end becomes an exit code, and signals close it as a person would."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from benches import Bench, is_done, live_page
from PyQt6.QtCore import QTimer
from PyQt6.QtWidgets import QApplication

from station.config import StationConfig
from station.errors import ConfigError
from ui.app import run_window
from ui.window import MainWindow


def run_and(
    config: StationConfig, when: Callable[[MainWindow], bool], then: Callable[[], None]
) -> int:
    """Run the window; do something once, as soon as it is time."""
    timer = QTimer()
    timer.setInterval(20)

    def look() -> None:
        for widget in QApplication.topLevelWidgets():
            if isinstance(widget, MainWindow) and widget.isVisible() and when(widget):
                timer.stop()
                then()

    timer.timeout.connect(look)
    timer.start()
    return run_window(config)


def close_all() -> None:
    QApplication.closeAllWindows()


@pytest.mark.usefixtures("qapp")
def test_all_decided_is_0_something_in_quarantine_is_3(bench: Bench) -> None:
    bench.put_marked("1.png")
    assert run_and(bench.config, is_done, close_all) == 0
    bench.put_broken("2.png")
    assert run_and(bench.config, is_done, close_all) == 3


@pytest.mark.usefixtures("qapp")
def test_a_bundle_that_cannot_be_opened_is_2(bench: Bench) -> None:
    nowhere = bench.with_(bundle=Path("nowhere.bundle"))
    assert run_and(nowhere.config, is_done, close_all) == 2


@pytest.mark.usefixtures("qapp")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_closes_a_window_in_which_nothing_moves(
    bench: Bench, number: signal.Signals
) -> None:
    before = signal.getsignal(number)
    bench.put_good("1.png")
    # Sent from another thread, later: Qt then waits inside itself and runs no Python.
    sender = threading.Timer(0.4, os.kill, (os.getpid(), number))
    rescue = QTimer()
    rescue.setSingleShot(True)
    rescue.timeout.connect(close_all)
    rescue.start(20_000)
    ended = run_and(
        bench.with_(once=False).config,
        lambda window: live_page(window).count.total == 1,
        sender.start,
    )
    sender.join()
    assert rescue.isActive(), "the signal did not close the window, the rescue did"
    rescue.stop()
    assert ended == 0
    assert (bench.config.inbox / "processed" / "1.png").exists()
    assert signal.getsignal(number) is before


def test_without_a_display_it_says_so(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("QT_QPA_PLATFORM", "DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(ConfigError, match="there is no display"):
        run_window(bench.config)
