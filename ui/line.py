"""The line: the thread that inspects, and what passes between it and the window.

It opens the engine, uses it and closes it. What it decides waits in a mailbox that never grows
beyond what the window can show; every part is counted all the same.
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from contextlib import closing
from enum import Enum

from PyQt6.QtCore import QObject, QThread, pyqtSignal
from typing_extensions import override

from engines.errors import EngineError
from station.check_lots import is_check_lot
from station.config import StationConfig
from station.errors import StationError
from station.labels import LabelDesk, Labels
from station.looks import Looks
from station.run import run_station
from station.sayings import Event
from station.shift.guard import ProductionLockedError
from station.told_lot import forget_told, goes_on, read_told
from station.trigger_input import PressQueue
from ui.language import tr
from ui.seen import Seen, seen_of

log = logging.getLogger(__name__)
PICTURED = 12
"""So many parts keep their pictures while the window is busy; those before are only counted."""


class State(Enum):
    """What the line does."""

    IDLE = "idle"
    STARTING = "starting"
    """The engine is opened, certified or compiled."""
    RUNNING = "running"
    STOPPING = "stopping"
    """The part in hand is finished."""
    ENDED = "ended"
    """No more parts will come."""
    FAILED = "failed"


class Line(QObject):
    """Runs the station for one configuration after the other. Lives in the window's thread."""

    decided = pyqtSignal(object)
    """A Seen, one for every part, in order."""
    happened = pyqtSignal(object)
    """An Event of the station itself."""
    progressed = pyqtSignal(str, int, int)
    """What is being done before the first part, how many steps of how many."""
    changed = pyqtSignal()
    """`state` is another."""
    lot_found = pyqtSignal(object, bool)
    """At the first start a ToldLot of an earlier window was found; whether it goes on."""
    lot_unread = pyqtSignal(str)
    """Or it could not be read, and why."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.state = State.IDLE
        self.failure = ""
        """Why the line broke, and what to do."""
        self.is_locked = False
        """Whether it stopped because golden parts must be laid down first."""
        self.looks = Looks()
        """The camera's newest picture."""
        self.presses = PressQueue()
        """Pressed by a key, it says that a part lies there (trigger.mode manual, external)."""
        self.labels = LabelDesk(Labels())
        """Lot, operator and the next part's serial."""
        self.config: StationConfig | None = None
        """What it runs with."""
        self._told: tuple[str | None, str | None] | None = None
        """The configured lot of production, and the one that held in its place at last."""
        self._next: StationConfig | None = None
        self._halted = False
        """Until its thread is over, nothing is started: the window closes."""
        self._thread: _Thread | None = None

    @property
    def is_alive(self) -> bool:
        """Whether its thread still works: the window must not close yet."""
        return self._thread is not None

    def run(self, config: StationConfig) -> None:
        """Inspect by this configuration; one that runs is ended first, after the part in hand."""
        if self._thread is not None:
            if not self._halted:
                self._next = config
                self.stop()
            return
        lot = self._lot_for(config)
        self.config, self.failure = config, ""
        self.looks = Looks()
        self.labels.set(Labels(lot, config.operator))
        self._thread = thread = _Thread(self, config)
        thread.arrived.connect(self._deliver)
        thread.finished.connect(self._finished)
        thread.opened.connect(self._opened)
        thread.told.connect(self.happened)
        thread.progressed.connect(self.progressed)
        self._turn(State.STARTING)
        thread.start()

    def _lot_for(self, config: StationConfig) -> str | None:
        """The lot that a person told holds through a restart of the line, a check of golden parts
        in between, and through the end of the program; until the configuration names another."""
        before = self.config
        if is_check_lot(config.lot):
            if before is not None and not is_check_lot(before.lot):
                self._told = (before.lot, self.labels.now.lot)
            return config.lot
        if before is None:
            self._find_lot(config)
        elif not is_check_lot(before.lot):
            self._told = (before.lot, self.labels.now.lot)
        if self._told is not None and self._told[0] == config.lot:
            return self._told[1]
        return config.lot

    def _find_lot(self, config: StationConfig) -> None:
        """What was told in an earlier window: it goes on, or has ended and is forgotten."""
        try:
            told = read_told(config)
            if told is None:
                return
            holds = goes_on(told, config)
            if holds:
                self._told = (told.configured, told.lot)
            else:
                forget_told(config)
        except StationError as error:
            self.lot_unread.emit(str(error))
            return
        self.lot_found.emit(told, holds)

    def stop(self) -> None:
        """End after the part in hand; returns at once."""
        if self._thread is not None:
            self._thread.stop_event.set()
            self._turn(State.STOPPING)

    def halt(self) -> None:
        """End after the part in hand, and do not go on with another configuration."""
        self._next, self._halted = None, self.is_alive
        self.stop()

    def _turn(self, state: State) -> None:
        if state is not self.state:
            self.state = state
            self.changed.emit()

    def _opened(self) -> None:
        if self.state is State.STARTING:
            self._turn(State.RUNNING)

    def _deliver(self) -> None:
        thread = self._thread
        if thread is not None:
            for seen in thread.mailbox.take():
                self.decided.emit(seen)

    def _finished(self) -> None:
        self._deliver()
        thread, self._thread, self._halted = self._thread, None, False
        assert thread is not None
        self.failure, self.is_locked = thread.failure, thread.is_locked
        asked = self.state is State.STOPPING
        thread.deleteLater()
        following, self._next = self._next, None
        if following is not None:
            self.state = State.IDLE
            self.run(following)
        elif self.failure:
            self._turn(State.FAILED)
        else:
            self._turn(State.IDLE if asked else State.ENDED)


class Mailbox:
    """Decided parts on their way to the window; only the last PICTURED keep their pictures."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: deque[Seen] = deque()

    def put(self, seen: Seen) -> bool:
        """Whether the mailbox was empty: somebody must be told."""
        with self._lock:
            self._waiting.append(seen)
            count = len(self._waiting)
            if count > PICTURED:
                late = count - PICTURED - 1
                self._waiting[late] = self._waiting[late].forgotten()
        return count == 1

    def take(self) -> list[Seen]:
        """All that wait, oldest first."""
        with self._lock:
            taken = list(self._waiting)
            self._waiting.clear()
        return taken


class _Thread(QThread):
    arrived = pyqtSignal()
    opened = pyqtSignal()
    told = pyqtSignal(object)
    progressed = pyqtSignal(str, int, int)

    def __init__(self, line: Line, config: StationConfig) -> None:
        super().__init__(line)
        self.stop_event = threading.Event()
        self.mailbox = Mailbox()
        self.failure = ""
        self.is_locked = False
        self._config = config
        self._labels, self._looks, self._presses = line.labels, line.looks, line.presses

    @override
    def run(self) -> None:
        try:
            stream = run_station(
                self._config,
                self.stop_event,
                on_event=self._tell,
                on_progress=self._progress,
                presses=self._presses,
                labels=self._labels,
                looks=self._looks,
            )
            with closing(stream) as outcomes:
                for outcome in outcomes:
                    if self.mailbox.put(seen_of(outcome)):
                        self.arrived.emit()
        except ProductionLockedError as error:
            log.warning("%s", error)
            self.failure, self.is_locked = str(error), True
        except (StationError, EngineError) as error:
            log.error("the inspection stopped: %s", error)
            self.failure = str(error)
        except Exception as error:
            # The thread's edge: whatever else breaks must be seen in the window, not vanish.
            log.exception("the inspection broke")
            self.failure = tr(
                "The inspection broke: {what}. The part in hand is decided at the next start. "
                "Start again; if it breaks again, send the log.",
                what=f"{type(error).__name__}: {error}",
            )

    def _tell(self, event: Event) -> None:
        self.told.emit(event)

    def _progress(self, what: str, done: int, total: int) -> None:
        self.progressed.emit(what, done, total)
        if what == OPENED and done == total:
            self.opened.emit()


OPENED = "opening the engine"
"""What run_station says last before the first part."""
