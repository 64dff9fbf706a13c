"""The thread that inspects: it opens the engine, uses it and closes it."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Generator
from contextlib import closing
from dataclasses import replace

from PyQt6.QtCore import QThread, pyqtSignal
from PyQt6.QtGui import QImage

from engines.backend import OnProgress
from engines.errors import EngineError
from engines.prediction import ImageArray
from station.drawing.overlay import draw_overlay
from station.errors import StationError
from station.outcome import Outcome
from station.sayings import Event
from ui.history import Seen

log = logging.getLogger(__name__)
Stream = Callable[
    [threading.Event, Callable[[Event], None], OnProgress], Generator[Outcome, None, None]
]
"""Starts a stream of outcomes that ends after the parts in hand once the event is set; the two
others are told what befalls the station, and what takes long."""


class Worker(QThread):
    """Runs a stream to its end, away from the window's thread."""

    decided = pyqtSignal(object)
    """A Seen, one for every part."""
    alarmed = pyqtSignal(object)
    """An Event of the station itself."""
    progressed = pyqtSignal(str, int, int)
    """What is being done before the first part, how many steps of how many."""
    failed = pyqtSignal(str)
    """The stream broke; says why and what to do."""

    def __init__(self, stream: Stream) -> None:
        super().__init__()
        self._stream = stream
        self._stop = threading.Event()

    def stop(self) -> None:
        """Ask the stream to end after the part in hand; returns at once."""
        self._stop.set()

    def run(self) -> None:
        """Qt's entry point of the thread."""
        try:
            stream = self._stream(self._stop, self.alarmed.emit, self.progressed.emit)
            with closing(stream) as outcomes:
                for outcome in outcomes:
                    self.decided.emit(_seen(outcome))
        except (StationError, EngineError) as error:
            log.error("the inspection stopped: %s", error)
            self.failed.emit(str(error))
        except Exception as error:
            # The thread's edge: whatever else breaks must be seen in the window, not vanish.
            log.exception("the inspection broke")
            self.failed.emit(
                f"The inspection broke: {type(error).__name__}: {error}. The part in hand was "
                "not decided. Start again; if it breaks again, send the log."
            )


def _seen(outcome: Outcome) -> Seen:
    if outcome.inspection is None or outcome.overlay_rgb is None:
        return Seen(outcome.record, None, None)
    verdict = replace(outcome.inspection.verdict, defect=None)
    plain = draw_overlay(replace(outcome.inspection.part, outline=None), None, verdict)
    return Seen(outcome.record, to_image(outcome.overlay_rgb), to_image(plain))


def to_image(picture_rgb: ImageArray) -> QImage:
    """uint8 (H, W, 3) RGB to a QImage that owns its pixels."""
    height, width = picture_rgb.shape[:2]
    data = picture_rgb.tobytes()
    return QImage(data, width, height, 3 * width, QImage.Format.Format_RGB888).copy()
