"""Pictures of the camera that is being set up: the line's own where it runs on that camera, else
from a thread of its own that lets go of it when nobody looks.

One eye for all sections: going from one to the next does not open the camera anew.
"""

from __future__ import annotations

import logging
import threading
from functools import partial

from PyQt6.QtCore import QObject, QTimer, pyqtBoundSignal, pyqtSignal
from PyQt6.QtGui import QImage

from engines.errors import EngineError
from engines.prediction import ImageArray
from station.capture.alarm import Alarm
from station.capture.settings import CaptureSettings
from station.config import StationConfig
from station.errors import StationError
from station.looks import Look, Looks
from station.preview import same_camera, watch_camera
from ui.desk import Desk
from ui.language import tr

log = logging.getLogger(__name__)
TICK_MS = 33
KEPT_MS = 400
"""A camera that one section let go of stays open so long for the next."""
LET_GO_S = 15.0
"""A camera that is being opened is waited for so long until it is let go."""


class Eye(QObject):
    """One camera at a time. All signals come in the window's thread."""

    looked = pyqtSignal(object)
    """A station.looks.Look, the newest."""
    failed = pyqtSignal(object)
    """There is no picture, and why."""
    alarmed = pyqtSignal(object)
    """What the device says, such as a setting that it does not take."""
    opened = pyqtSignal(object)
    """What the device gives, dict."""

    def __init__(self, desk: Desk, parent: QObject) -> None:
        super().__init__(parent)
        self.desk = desk
        self.is_lines = False
        """Whether these are the line's pictures: it runs with its own settings."""
        self._looks: Looks | None = None
        self._stop: threading.Event | None = None
        self._thread: threading.Thread | None = None
        self._leaving: threading.Thread | None = None
        """Still has the camera, and is about to let go of it."""
        self._wanted: tuple[str, CaptureSettings] | None = None
        self.owner: QObject | None = None
        """Whom the signals are meant for."""
        self._idle, self._later = QTimer(self), QTimer(self)
        for timer, wait_ms in ((self._idle, KEPT_MS), (self._later, TICK_MS)):
            timer.setSingleShot(True)
            timer.setInterval(wait_ms)
        self._idle.timeout.connect(self.stop)
        self._later.timeout.connect(self._open)
        self._timer = QTimer(self)
        self._timer.setInterval(TICK_MS)
        self._timer.timeout.connect(self._take)
        desk.looked.connect(self._on_line)
        desk.line.changed.connect(self._line_changed)

    @property
    def is_open(self) -> bool:
        """Whether pictures are wanted."""
        return self._wanted is not None

    def start(self, owner: QObject, uri: str, capture: CaptureSettings) -> None:
        """Look through this camera; another one, or other settings, take the former's place."""
        self.owner = owner
        self._idle.stop()
        if self._wanted == (uri, capture) and (self._thread is not None or self.is_lines):
            return
        self.stop()
        self._wanted = (uri, capture)
        self.is_lines = self._runs_on(uri)
        if not self.is_lines:
            self._open()

    def release(self, owner: QObject) -> None:
        """One section looks no more; another may take the camera over as it is."""
        if self.owner is owner:
            self.owner = None
            self._idle.start()

    def stop(self) -> None:
        """Let go of the camera; returns at once, see `wait`."""
        self._wanted, self.is_lines = None, False
        self._let_go()

    def wait(self) -> None:
        """Until the camera is let go of. Blocks: never in the window's thread."""
        leaving = self._leaving
        if leaving is not None:
            leaving.join(LET_GO_S)

    def _let_go(self) -> None:
        self._timer.stop()
        self._later.stop()
        if self._stop is not None:
            self._stop.set()
        thread, self._thread, self._stop, self._looks = self._thread, None, None, None
        if thread is not None:
            self._leaving = thread
            self.desk.ask(self.wait, self._gone)  # who waits for the desk waits for this, too

    def _gone(self, _: object) -> None:
        """Whoever told for a camera that is closed has nothing to tell any more."""
        for told in self.findChildren(_Told)[: None if self._thread is None else -1]:
            told.deleteLater()

    def _runs_on(self, uri: str) -> bool:
        """Whether the line reads this very camera: nobody else may open it then."""
        line = self.desk.line
        return line.is_alive and line.config is not None and same_camera(line.config, uri)

    def _line_changed(self) -> None:
        """The line has begun or ended: whose pictures are they now?"""
        if self._wanted is None or self._runs_on(self._wanted[0]) == self.is_lines:
            return
        self.is_lines = not self.is_lines
        if self.is_lines:
            self._let_go()
        else:
            self._open()

    def _open(self) -> None:
        config = self.desk.config
        if config is None or self._wanted is None or self.is_lines:
            return
        if self._leaving is not None and self._leaving.is_alive():
            self._later.start()
            return
        uri, capture = self._wanted
        self._looks, self._stop = Looks(), threading.Event()
        told = _Told(self)  # owned by this one: no other thread may delete it
        told.failed.connect(self.failed)
        told.alarmed.connect(self.alarmed)
        told.opened.connect(self.opened)
        work = partial(_watch, config, uri, capture, self._looks, self._stop, told)
        self._thread = threading.Thread(target=work, name="settings-camera", daemon=True)
        self._thread.start()
        self._timer.start()

    def _take(self) -> None:
        look = None if self._looks is None else self._looks.take()
        if look is not None:
            self.looked.emit(look)

    def _on_line(self, look: Look) -> None:
        if self.is_lines:
            self.looked.emit(look)


class _Told(QObject):
    """Carries what the camera's thread says into the window's."""

    failed = pyqtSignal(object)
    alarmed = pyqtSignal(object)
    opened = pyqtSignal(object)


def _watch(
    config: StationConfig,
    uri: str,
    capture: CaptureSettings,
    looks: Looks,
    stop_event: threading.Event,
    told: _Told,
) -> None:
    def alarm(kind: Alarm, text: str) -> None:
        tell(told.failed if kind is Alarm.LOST else told.alarmed, text)

    def tell(signal: pyqtBoundSignal, what: object) -> None:
        if not stop_event.is_set():  # else nobody looks any more
            signal.emit(what)

    try:
        watch_camera(
            config, uri, capture, looks, stop_event, alarm, lambda facts: tell(told.opened, facts)
        )
    except (StationError, EngineError) as error:
        tell(told.failed, str(error))
    except Exception as error:  # the thread's edge: it must be seen, and must not end the window
        log.exception("the preview broke")
        what = f"{type(error).__name__}: {error}"
        tell(told.failed, tr("Something broke: {what}. It is in the log.", what=what))


def image_of(image_rgb: ImageArray) -> QImage:
    """uint8 (H, W, 3) as Qt's own, a copy."""
    height, width = image_rgb.shape[:2]
    return QImage(image_rgb.tobytes(), width, height, 3 * width, QImage.Format.Format_RGB888).copy()
