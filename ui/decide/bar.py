"""The answers, at the lower edge: two large ones, the classes of a reject, and what else one can
say."""

from __future__ import annotations

from collections.abc import Sequence

from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtWidgets import QGridLayout, QHBoxLayout, QWidget

from station.domain import Decision
from station.reviewing.answers import Given
from station.reviewing.leaning import leaning
from station.reviewing.queue import Waiting
from ui.decide.keys import KeyButton
from ui.language import tr
from ui.wording import class_word, decision_word, percent

CLASS_COLUMNS = 4
MOST_CLASSES = 9


class AnswerBar(QWidget):
    """Buttons for what the keys do; none of them takes the keyboard from the page by a click."""

    passed = pyqtSignal()
    rejected = pyqtSignal()
    classed = pyqtSignal(int)
    """Reject, as the defect class of that number, from 0."""
    second = pyqtSignal()
    skipped = pyqtSignal()
    undone = pyqtSignal()

    def __init__(self) -> None:
        super().__init__()
        self.pass_button = KeyButton("P", Decision.PASS)
        self.reject_button = KeyButton("R", Decision.REJECT)
        self.second_button, self.skip_button = KeyButton("S"), KeyButton("N")
        self.undo_button = KeyButton("Ctrl+Z")
        self.class_buttons: list[KeyButton] = []
        self._defects: tuple[str, ...] = ()
        self._part: Waiting | None = None
        self._undoable: Given | None = None
        self._blind = False
        for button, signal in (
            (self.pass_button, self.passed),
            (self.reject_button, self.rejected),
            (self.second_button, self.second),
            (self.skip_button, self.skipped),
            (self.undo_button, self.undone),
        ):
            button.clicked.connect(signal.emit)
        self._classes = QGridLayout()
        self._classes.setSpacing(6)
        small = QHBoxLayout()
        small.setSpacing(6)
        for button, share in (
            (self.second_button, 4),
            (self.skip_button, 3),
            (self.undo_button, 6),
        ):
            small.addWidget(button, share)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(6)
        grid.addWidget(self.pass_button, 0, 0)
        grid.addWidget(self.reject_button, 0, 1)
        grid.addLayout(small, 1, 0, Qt.AlignmentFlag.AlignTop)
        grid.addLayout(self._classes, 1, 1, Qt.AlignmentFlag.AlignTop)
        grid.setColumnStretch(0, 1)
        grid.setColumnStretch(1, 1)

    def show_part(self, part: Waiting | None, undoable: Given | None, *, blind: bool) -> None:
        """Say what can be answered to a part, and which answer can be taken back."""
        self._part, self._undoable, self._blind = part, undoable, blind
        defects = part.defects if part is not None and len(part.defects) > 1 else ()
        if defects != self._defects:
            self._make_classes(defects)
        self.refresh()

    def refresh(self) -> None:
        """Say it in the language of the window."""
        part = self._part
        side = None if part is None or self._blind else leaning(part.record)
        for button, decision in (
            (self.pass_button, Decision.PASS),
            (self.reject_button, Decision.REJECT),
        ):
            button.set_word(decision_word(decision), self._hint(decision, side))
            button.setEnabled(part is not None)
        error = part is not None and part.record.decision is Decision.ERROR
        if error:
            self.pass_button.setEnabled(False)
            self.pass_button.set_word(decision_word(Decision.PASS), tr("was not inspected"))
        self.second_button.set_word(tr("Second opinion"))
        self.skip_button.set_word(tr("Skip"))
        self.second_button.setEnabled(part is not None)
        self.skip_button.setEnabled(part is not None)
        for button, name in zip(self.class_buttons, self._defects, strict=False):
            button.set_word(class_word(name))
            button.setEnabled(part is not None)
        given = self._undoable
        self.undo_button.setEnabled(given is not None)
        self.undo_button.set_word(tr("Undo"), "" if given is None else _named(given))

    def _hint(self, decision: Decision, side: Decision | None) -> str:
        if side is not decision or self._part is None:
            return ""
        p = self._part.record.defect_probability
        if p is None:
            return tr("as the model")
        share = percent(p if decision is Decision.REJECT else 1.0 - p)
        return tr("as the model: {share}", share=share)

    def _make_classes(self, defects: Sequence[str]) -> None:
        for button in self.class_buttons:
            self._classes.removeWidget(button)
            button.deleteLater()
        self._defects, self.class_buttons = tuple(defects), []
        for index in range(min(len(defects), MOST_CLASSES)):
            button = KeyButton(str(index + 1))
            button.clicked.connect(lambda _checked=False, at=index: self.classed.emit(at))
            self._classes.addWidget(button, index // CLASS_COLUMNS, index % CLASS_COLUMNS)
            self.class_buttons.append(button)


def _named(given: Given) -> str:
    """Which answer would be taken back."""
    said = decision_word(given.review.decision)
    if given.review.decision is Decision.REVIEW:
        said = tr("Second opinion")
    return f"{said} · {given.part.record.source}"
