"""Something that takes long, in a thread of its own: one at a time, with progress, stoppable."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from PyQt6.QtCore import QCoreApplication, QObject, pyqtSignal

from engines.backend import OnProgress
from engines.errors import EngineError
from station.errors import StationError
from station.models.stopped import StoppedError
from ui.language import mark, tr

log = logging.getLogger(__name__)
Work = Callable[[OnProgress, threading.Event], Any]
"""What is done: told whom to tell of progress, and by what it is stopped."""
END_S = 5.0
"""So long the end of the program waits for an errand to stop."""
STAGES = {
    "opening": mark("Opening {what}"),
    "compiling": mark("Compiling {what}"),
    "certifying": mark("Certifying {what}"),
    "asking": mark("Asking {what}"),
    "drawing": mark("Drawing the disagreements"),
}
"""First word of what the station says -> how it is said here."""


class Errand(QObject):
    """Runs one piece of work after the other; signals come in the window's thread."""

    progressed = pyqtSignal(str, int, int)
    """What is being done, as the station says it; how many steps of how many."""
    failed = pyqtSignal(object)
    """Why there is no result; empty: it was stopped by hand."""
    changed = pyqtSignal()
    """It began, or is over."""
    _came = pyqtSignal(object)
    _broke = pyqtSignal(object)
    """Out of its thread into the window's."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._then: Callable[[Any], None] | None = None
        self._came.connect(self._finish)
        self._broke.connect(self._fail)
        application = QCoreApplication.instance()
        if application is not None:
            application.aboutToQuit.connect(self.end)

    @property
    def is_running(self) -> bool:
        """Whether something is under way."""
        return self._then is not None

    def start(self, work: Work, then: Callable[[Any], None]) -> bool:
        """Begin; `then` gets the result. False where something is under way already."""
        if self.is_running:
            return False
        self._stop, self._then = threading.Event(), then
        self._thread = threading.Thread(
            target=self._run, args=(work, self._stop), name="errand", daemon=True
        )
        self._thread.start()
        self.changed.emit()
        return True

    def stop(self) -> None:
        """Ask it to end; returns at once."""
        self._stop.set()

    def end(self) -> None:
        """Stop it, and wait a while: before the program ends."""
        self.stop()
        if self._thread is not None:
            self._thread.join(END_S)

    def _run(self, work: Work, stop: threading.Event) -> None:
        # Whoever waited may be gone when this ends: there is then nobody to tell.
        with suppress(RuntimeError):
            try:
                self._came.emit(work(self.progressed.emit, stop))
            except StoppedError:
                self._broke.emit("")
            except (StationError, EngineError) as error:
                self._broke.emit(str(error) or type(error).__name__)
            except Exception as error:
                # The thread's edge: what breaks here must be seen, and must not end the window.
                log.exception("an errand of the model page broke")
                what = f"{type(error).__name__}: {error}"
                self._broke.emit(tr("Something broke: {what}. It is in the log.", what=what))

    def _finish(self, result: Any) -> None:
        then = self._over()
        if then is not None:
            then(result)

    def _fail(self, text: str) -> None:
        self._over()
        self.failed.emit(text)

    def _over(self) -> Callable[[Any], None] | None:
        then, self._then = self._then, None
        self.changed.emit()
        return then


def stage_said(stage: str) -> str:
    """What the station says it is busy with, in the window's language."""
    word, _, what = stage.partition(" ")
    return tr(STAGES[word], what=what) if word in STAGES else stage
