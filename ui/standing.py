"""What waits for a person, and whether production is open: asked now and then, for all to see."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timezone

from PyQt6.QtCore import QObject, QTimer, pyqtSignal

from station.config import StationConfig
from station.reviewing.queue import Asked, pending
from station.shift.state import Locked, State, production_open
from station.store.store import Store
from ui.desk import Desk

EVERY_MS = 10_000
SOON_MS = 500
"""After a part was decided or an answer given."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How things stand."""

    waiting: int
    """Parts that a person must decide on."""
    production: State

    @property
    def is_locked(self) -> bool:
        """Whether production must not run."""
        return isinstance(self.production, Locked)


class Watch(QObject):
    """Asks the database off the window's thread, one question at a time."""

    found = pyqtSignal(object)
    """A Standing."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._desk = desk
        self._busy = False
        self.standing: Standing | None = None
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.ask)
        desk.decided.connect(self.soon)
        desk.changed.connect(self.soon)

    def soon(self) -> None:
        """Something changed: ask in a moment."""
        if not self._timer.isActive() or self._timer.remainingTime() > SOON_MS:
            self._timer.start(SOON_MS)

    def ask(self) -> None:
        """Ask how things stand; `found` says it."""
        config = self._desk.config
        if config is None or self._busy:
            return
        self._busy = True
        operator = self._desk.operator

        def question(store: Store) -> Standing:
            return standing_of(store, config, operator)

        self._desk.ask_store(question, self._on_found, self._on_failed)

    def _on_found(self, standing: Standing) -> None:
        self._busy = False
        self._timer.start(EVERY_MS)
        self.standing = standing
        self.found.emit(standing)

    def _on_failed(self, _why: str) -> None:
        """The line tells of a database that fails; here it is asked again."""
        self._busy = False
        self._timer.start(EVERY_MS)


def standing_of(store: Store, config: StationConfig, operator: str | None) -> Standing:
    """How things stand for a person at a bench. Raises StoreError."""
    now = datetime.now(timezone.utc)
    count = pending(store, Asked(operator=operator), limit=1).count
    return Standing(count, production_open(store, config.station, config.shift, now))
