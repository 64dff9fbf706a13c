"""Asks, then lets another model decide: proved first, off the window's thread."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PyQt6.QtCore import QObject, pyqtSignal
from PyQt6.QtWidgets import QWidget

from station.config import StationConfig
from station.models.activate import Choice, activate, roll_back
from station.models.proof import Proof
from station.models.shelf import Shelf, Shelved
from station.person import Person, Role
from station.sayings import Severity
from ui.desk import Desk
from ui.language import mark, tr
from ui.model.confirm import Confirm, Question
from ui.model.errand import Errand
from ui.model.questions import activate_question, back_question

NOT_ALLOWED = mark("A supervisor must sign in to change the model (Ctrl+U).")


class Changing(QObject):
    """For one page, which its dialogs belong to."""

    changed = pyqtSignal(object)
    """An Activation: another model decides."""

    def __init__(self, page: QWidget, desk: Desk, errand: Errand) -> None:
        super().__init__(page)
        self._page, self._desk, self._errand = page, desk, errand

    def ask_activate(self, shelf: Shelf, model: Shelved, proof: Proof | None) -> None:
        """Ask whether a model shall decide. proof: what is known of it on this machine."""
        if self._desk.config is not None and self._may():
            question = activate_question(self._desk.config, shelf, model, proof)
            self._ask(question).agreed.connect(partial(self._activate, model.path))

    def ask_back(self, shelf: Shelf) -> None:
        """Ask whether the model before shall decide again."""
        before = None if shelf.actives is None else shelf.actives.before
        if self._desk.config is not None and before is not None and self._may():
            question = back_question(self._desk.config, shelf, before.name)
            self._ask(question).agreed.connect(self._roll_back)

    def _ask(self, question: Question) -> Confirm:
        desk = self._desk
        dialog = Confirm(self._page, question, desk.operator, desk.person is not None)
        dialog.open()
        return dialog

    def _may(self) -> bool:
        if not self._desk.may(Role.SUPERVISOR):
            self._desk.tell(tr(NOT_ALLOWED), Severity.WARNING)
            return False
        return True

    def _choice(self, name: str, reason: str) -> tuple[StationConfig, Choice] | None:
        """Who decides; None where meanwhile nobody who may is there."""
        if self._desk.config is None or not self._may():
            return None
        by = self._desk.person or Person(name, Role.SUPERVISOR)
        return self._desk.config, Choice(by, reason)

    def _activate(self, path: Path, name: str, reason: str) -> None:
        if (chosen := self._choice(name, reason)) is not None:
            config, choice = chosen
            self._errand.start(
                lambda tell, stop: activate(config, path, choice, on_progress=tell, stop=stop),
                self.changed.emit,
            )

    def _roll_back(self, name: str, reason: str) -> None:
        if (chosen := self._choice(name, reason)) is not None:
            config, choice = chosen
            self._errand.start(
                lambda tell, stop: roll_back(config, choice, on_progress=tell, stop=stop),
                self.changed.emit,
            )
