"""What breaks in the window's own thread: a dialog that says what to do, the log, the events.

The inspection runs in a thread of its own, and goes on.
"""

from __future__ import annotations

import logging
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timezone
from types import TracebackType

from PyQt6.QtCore import QObject, Qt, pyqtSignal
from PyQt6.QtWidgets import QMessageBox, QWidget

from station.sayings import Event, Severity
from station.store.store import Store
from ui.desk import Desk
from ui.language import tr

log = logging.getLogger(__name__)
Hook = Callable[[type[BaseException], BaseException, TracebackType | None], None]


class Failures(QObject):
    """Shows one dialog at a time; what breaks again meanwhile is only logged and counted."""

    broke = pyqtSignal(str)
    """From any thread."""

    def __init__(self, window: QWidget, desk: Desk) -> None:
        super().__init__(window)
        self._window, self._desk = window, desk
        self.dialog: QMessageBox | None = None
        self.count = 0
        self.broke.connect(self._show, type=Qt.ConnectionType.QueuedConnection)  # type: ignore[call-arg]

    def hook(
        self, kind: type[BaseException], error: BaseException, trace: TracebackType | None
    ) -> None:
        """Takes the place of sys.excepthook. Ctrl-C ends the program as ever."""
        if issubclass(kind, KeyboardInterrupt):
            sys.__excepthook__(kind, error, trace)
            return
        log.error("the window broke", exc_info=(kind, error, trace))
        self.broke.emit(f"{kind.__name__}: {error}")

    def _show(self, what: str) -> None:
        self.count += 1
        self._record(what)
        if self.dialog is not None:
            return
        dialog = QMessageBox(self._window)
        dialog.setIcon(QMessageBox.Icon.Warning)
        dialog.setWindowTitle(tr("Something broke in the window"))
        dialog.setText(tr("Something broke in the window. The inspection goes on."))
        dialog.setInformativeText(
            tr(
                "Go on with your work. If a page does not answer, close the window and start it "
                "again: no part is lost. If it happens again, send the log.\n\n{what}",
                what=what,
            )
        )
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.finished.connect(self._closed)
        self.dialog = dialog
        dialog.open()

    def _closed(self) -> None:
        self.dialog = None

    def _record(self, what: str) -> None:
        config = self._desk.config
        if config is None:
            return
        text = f"The window broke: {what}. The inspection went on. The log says where."
        event = Event(datetime.now(timezone.utc), config.station, "window", Severity.ERROR, text)

        def write(store: Store) -> None:
            store.add_event(event)

        self._desk.ask_store(write, self._recorded, log.error)

    def _recorded(self, _: None) -> None:
        """It stands in the chain."""


@contextmanager
def failures_shown(failures: Failures) -> Iterator[None]:
    """What breaks in any thread of Python comes to `failures` meanwhile."""
    before, threads = sys.excepthook, threading.excepthook

    def of_thread(args: threading.ExceptHookArgs) -> None:
        if args.exc_value is not None:
            failures.hook(args.exc_type, args.exc_value, args.exc_traceback)

    sys.excepthook = failures.hook
    threading.excepthook = of_thread
    try:
        yield
    finally:
        sys.excepthook, threading.excepthook = before, threads
