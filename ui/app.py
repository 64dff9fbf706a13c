"""Opens the window and stays until it is closed."""

from __future__ import annotations

import os
import signal
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import cast

from PyQt6.QtCore import QCoreApplication, QEvent, QSocketNotifier
from PyQt6.QtWidgets import QApplication
from PyQt6.sip import voidptr

from station.config import StationConfig
from station.errors import ConfigError
from ui.failures import failures_shown
from ui.line import State
from ui.window import MainWindow, show

SWITCH_S = 0.0005
"""A thread of Python waits no longer for the others: the line shares its cores with the window."""


def run_window(
    config: StationConfig | None, config_file: Path | None = None, *, kiosk: bool = False
) -> int:
    """Inspect in a window until it is closed, or SIGTERM or Ctrl-C comes; returns the exit code.

    config: None offers the simulated bench. config_file: what settings are written to. 0: all
    parts decided; 2: the inspection could not start or broke; 3: something was put into
    quarantine. Raises ConfigError where there is no display.
    """
    _require_display()
    sys.setswitchinterval(SWITCH_S)
    application = cast(QApplication, QApplication.instance() or QApplication(sys.argv[:1]))
    application.setApplicationName("scaffold-station")
    application.setStyle("Fusion")  # the same on every desktop
    window = MainWindow(config, config_file)
    show(window, kiosk or (config is not None and config.window.kiosk))
    with _closing_on_signals(window), failures_shown(window.failures):
        application.exec()
    failed, errors = window.desk.line.state is State.FAILED, window.errors
    _put_away(window)
    if failed:
        return 2
    return 3 if errors else 0


def _end(window: MainWindow) -> None:
    window.told_to_end = True
    window.close()


def _put_away(window: MainWindow) -> None:
    """Destroy the window while the application is there: Python's own end would do it in any
    order, and Qt does not bear that."""
    window.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    QCoreApplication.processEvents()


def _require_display() -> None:
    """Qt ends the process without a word of ours where it finds no display."""
    if not sys.platform.startswith("linux") or os.environ.get("QT_QPA_PLATFORM"):
        return
    if not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        raise ConfigError(
            "there is no display for the window (DISPLAY and WAYLAND_DISPLAY are unset). Use "
            "`station watch` here, or start the window on the bench's own screen."
        )


@contextmanager
def _closing_on_signals(window: MainWindow) -> Iterator[None]:
    """SIGTERM and Ctrl-C close the window.

    Python runs its handlers only between bytecodes, and none run while Qt waits: the signal is
    therefore also written to a socket that Qt watches, which wakes it.
    """
    reader, writer = socket.socketpair()
    reader.setblocking(False)
    writer.setblocking(False)
    notifier = QSocketNotifier(voidptr(reader.fileno()), QSocketNotifier.Type.Read)
    notifier.activated.connect(lambda: reader.recv(64))
    before = signal.set_wakeup_fd(writer.fileno())
    handlers = {
        number: signal.signal(number, lambda *_: _end(window))
        for number in (signal.SIGINT, signal.SIGTERM)
    }
    try:
        yield
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(before)
        notifier.setEnabled(False)
        reader.close()
        writer.close()
