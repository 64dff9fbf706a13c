"""Questions of which only the newest matters: one runs, one waits, the others are forgotten."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PyQt6.QtCore import QObject, pyqtSignal

from station.store.store import Store
from ui.desk import Desk


class Newest(QObject):
    """Asks the store one question at a time; an answer that came too late is not told."""

    answered = pyqtSignal(object)
    failed = pyqtSignal(object)

    def __init__(self, desk: Desk, parent: QObject) -> None:
        super().__init__(parent)
        self._desk = desk
        self._runs = False
        self._valid = False
        self._waiting: Callable[[Store], Any] | None = None

    @property
    def busy(self) -> bool:
        """Whether an answer is still to come."""
        return self._runs and (self._valid or self._waiting is not None)

    def ask(self, question: Callable[[Store], Any]) -> None:
        """Ask; what was asked before is of no interest any more."""
        if self._desk.config is None:
            return
        if self._runs:
            self._waiting = question
            return
        self._runs = self._valid = True
        self._desk.ask_store(question, self._done, self._failed)

    def forget(self) -> None:
        """No answer is wanted any more."""
        self._waiting, self._valid = None, False

    def _done(self, found: object) -> None:
        if self._over():
            self.answered.emit(found)

    def _failed(self, text: str) -> None:
        if self._over():
            self.failed.emit(text)

    def _over(self) -> bool:
        """Whether this answer is still wanted."""
        wanted = self._valid and self._waiting is None
        self._runs = self._valid = False
        waiting, self._waiting = self._waiting, None
        if waiting is not None:
            self.ask(waiting)
        return wanted
