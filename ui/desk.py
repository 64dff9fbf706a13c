"""What the pages share: the configuration, who is at the bench, the line, and work off the window's
thread."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Generic, TypeVar

from PyQt6.QtCore import QObject, QRunnable, Qt, QThreadPool, QTimer, pyqtSignal
from typing_extensions import override

from engines.errors import EngineError
from station.config import StationConfig
from station.errors import StationError
from station.person import Person, Role
from station.sayings import Severity
from station.store.store import Store, open_store
from ui.language import tr
from ui.line import Line

log = logging.getLogger(__name__)
Found = TypeVar("Found")
FRAME_MS = 33
"""The camera's newest picture is shown so often."""
_DIRECT = Qt.FindChildOption.FindDirectChildrenOnly
READERS = 2
"""So many questions are answered at a time; the engine wants the other cores."""


class Desk(QObject):
    """One for each window; handed to every page."""

    decided = pyqtSignal(object)
    """A ui.seen.Seen, one for every part."""
    happened = pyqtSignal(object)
    """A station.sayings.Event of the station itself."""
    said = pyqtSignal(object, object)
    """A line for the person at the bench, and its Severity."""
    changed = pyqtSignal()
    """The configuration, the person, the lot, or whether the line runs."""
    looked = pyqtSignal(object)
    """A station.looks.Look: the camera's newest picture, while the line runs on a camera."""

    def __init__(self, config: StationConfig | None, config_file: Path | None = None) -> None:
        super().__init__()
        self.config = config
        """None: nothing is configured yet."""
        self.line = Line(self)
        """Where parts are inspected."""
        self.config_file = config_file
        """The station.toml it was read from, which settings are written to; None: there is none."""
        self.person: Person | None = None
        """Who signed in; None: nobody, or a bench without users."""
        self.has_users = False
        """Whether anybody must sign in here."""
        self._pool = QThreadPool(self)
        self._pool.setMaxThreadCount(READERS)
        self.line.decided.connect(self.decided)
        self.line.happened.connect(self.happened)
        self.line.changed.connect(self.changed)
        self._frames = QTimer(self)
        self._frames.timeout.connect(self._look)
        self._frames.start(FRAME_MS)

    def may(self, role: Role) -> bool:
        """Whether whoever is at the bench may do what asks for that role; on a bench without
        users anybody may do everything."""
        return not self.has_users or (self.person is not None and self.person.role >= role)

    @property
    def operator(self) -> str | None:
        """The name that records and reviews carry."""
        if self.person is not None:
            return self.person.name
        return None if self.config is None else self.config.operator

    @property
    def lot(self) -> str | None:
        """The lot that parts come in under now: the one told by hand, or the configured one."""
        if self.line.config is not None:
            return self.line.labels.now.lot
        return None if self.config is None else self.config.lot

    def tell(self, text: str, severity: Severity = Severity.INFO) -> None:
        """Show a line to the person at the bench: it goes away by itself, a WARNING or ERROR once
        it was dismissed. text: already in the window's language, or a sentence of the station,
        which the window says in its own."""
        self.said.emit(text, severity)

    def restart(self, config: StationConfig) -> None:
        """Inspect with another configuration from now on; the part in hand is decided first."""
        self.config = config
        self.line.run(config)
        self.changed.emit()

    def ask(
        self,
        work: Callable[[], Found],
        done: Callable[[Found], None],
        failed: Callable[[str], None] | None = None,
    ) -> None:
        """Run `work` in a thread of its own, then `done` with its answer in the window's thread.

        failed: told in the window's thread why there is no answer; None: `tell` is. Neither is
        called once their owner is gone: give bound methods of a QObject, not lambdas that keep it.
        """
        # Owned by the desk, and deleted in its thread: whichever thread drops it last.
        answer: _Answer[Found] = _Answer(work, self)
        answer.done.connect(done)
        answer.failed.connect(failed or self._tell_failure)
        answer.over.connect(answer.deleteLater)
        self._pool.start(_Task(answer))

    def ask_store(
        self,
        question: Callable[[Store], Found],
        done: Callable[[Found], None],
        failed: Callable[[str], None] | None = None,
    ) -> None:
        """`ask`, with the station's store open while `question` runs."""
        config = self.config
        if config is None:
            return

        def work() -> Found:
            with open_store(config.database, busy_timeout_s=config.busy_timeout_s) as store:
                return question(store)

        self.ask(work, done, failed)

    @property
    def is_asking(self) -> bool:
        """Whether an answer is still to come into the window's thread."""
        return self.findChild(_Answer, options=_DIRECT) is not None

    def wait(self, timeout_ms: int = 30_000) -> bool:
        """Until every question was answered, or the time is up (False): before the end."""
        return self._pool.waitForDone(timeout_ms)

    def _look(self) -> None:
        look = self.line.looks.take()
        if look is not None:
            self.looked.emit(look)

    def _tell_failure(self, text: str) -> None:
        self.tell(text, Severity.ERROR)


class _Answer(QObject, Generic[Found]):
    """Carries an answer from the pool's thread into the window's."""

    done = pyqtSignal(object)
    failed = pyqtSignal(object)
    over = pyqtSignal()

    def __init__(self, work: Callable[[], Found], desk: Desk) -> None:
        super().__init__(desk)
        self.work = work


class _Task(QRunnable):
    def __init__(self, answer: _Answer[Found]) -> None:
        super().__init__()
        self._answer = answer

    @override
    def run(self) -> None:
        answer = self._answer
        try:
            answer.done.emit(answer.work())
        except (StationError, EngineError) as error:
            answer.failed.emit(str(error))
        except Exception as error:
            # The thread's edge: what breaks here must be seen, and must not end the window.
            log.exception("a question could not be answered")
            answer.failed.emit(
                tr(
                    "Something broke: {what}. It is in the log.",
                    what=f"{type(error).__name__}: {error}",
                )
            )
        finally:
            answer.over.emit()
