"""Why the model is overruled: one key from a list, and a note where there is more to say."""

from __future__ import annotations

from collections.abc import Sequence

from PyQt6.QtCore import QEvent, Qt, pyqtSignal
from PyQt6.QtGui import QKeyEvent
from PyQt6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QLabel, QLineEdit, QVBoxLayout
from typing_extensions import override

from station.reviewing.words import NOTE_MOST, said_in
from station.sayings import Review
from ui.decide.keys import KeyButton
from ui.language import mark, say, tr

KNOWN = {
    "dust": mark("dust"),
    "lighting": mark("lighting"),
    "mark, not a defect": mark("mark, not a defect"),
    "within what is allowed": mark("within what is allowed"),
    "defect not seen by the model": mark("defect not seen by the model"),
    "worse than the model says": mark("worse than the model says"),
    "lighting hides the defect": mark("lighting hides the defect"),
    "not this product": mark("not this product"),
    "wrong outline": mark("wrong outline"),
    "other": mark("other"),
}
"""Reasons that come with the station; a bench's own are said as they are."""
OTHER = "other"
"""Asks for words."""
COLUMNS = 3


class ReasonPanel(QFrame):
    """Asks for the reason; a digit chooses and sends, Esc goes back."""

    chosen = pyqtSignal(str, str)
    """The reason, as it is configured, and the note."""
    cancelled = pyqtSignal()

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("panel")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.reasons: tuple[str, ...] = ()
        self.buttons: list[KeyButton] = []
        self._other: str | None = None
        """Chosen already, and waits for its note."""
        self.question, self.note = QLabel(), QLineEdit()
        self.question.setObjectName("title")
        self.question.setWordWrap(True)
        self.note.setMaxLength(NOTE_MOST // 2)
        say(self.note.setPlaceholderText, "In your own words (Tab), then choose a reason")
        self.back = KeyButton("Esc")
        self.back.clicked.connect(lambda: self.cancelled.emit())
        self.note.returnPressed.connect(self._send_note)
        self._grid = QGridLayout()
        foot = QHBoxLayout()
        foot.addWidget(self.note, 3)
        foot.addWidget(self.back, 1)
        down = QVBoxLayout(self)
        down.addWidget(self.question)
        down.addLayout(self._grid)
        down.addLayout(foot)

    def ask(self, question: str, reasons: Sequence[str]) -> None:
        """Begin anew. question: in the window's language; reasons: as they are configured."""
        self.question.setText(question)
        self.note.clear()
        self._other = None
        for button in self.buttons:
            self._grid.removeWidget(button)
            button.deleteLater()
        self.reasons, self.buttons = tuple(reasons), []
        for index in range(len(self.reasons)):
            button = KeyButton(str(index + 1) if index < 9 else "")
            button.clicked.connect(lambda _checked=False, at=index: self.choose(at))
            self._grid.addWidget(button, index // COLUMNS, index % COLUMNS)
            self.buttons.append(button)
        self.retranslate()
        self.show()
        self.setFocus()

    def retranslate(self) -> None:
        """Say the reasons in the language of the window."""
        self.back.set_word(tr("Back"))
        for button, reason in zip(self.buttons, self.reasons, strict=True):
            button.set_word(word_of(reason))

    def choose(self, index: int) -> None:
        """Send one reason, with the note as it is; `other` needs one."""
        if not 0 <= index < len(self.reasons):
            return
        reason, note = self.reasons[index], self.note.text().strip()
        if reason == OTHER and not note:
            self._other = reason
            self.note.setPlaceholderText(tr("What is it? Write it here, then Enter"))
            self.note.setFocus()
            return
        self.chosen.emit(reason, note)

    def _send_note(self) -> None:
        note = self.note.text().strip()
        if not note:
            return
        if self._other is not None or OTHER in self.reasons:
            self.chosen.emit(self._other or OTHER, note)
        else:
            self.setFocus()  # a digit chooses now

    @override
    def event(self, e: QEvent | None) -> bool:
        """Qt's own name: while the panel asks, Esc is its own and not the window's."""
        if isinstance(e, QKeyEvent) and e.key() == Qt.Key.Key_Escape:
            if e.type() == QEvent.Type.ShortcutOverride:
                e.accept()
                return True
            if e.type() == QEvent.Type.KeyPress:
                self.cancelled.emit()
                return True
        return super().event(e)


def word_of(reason: str) -> str:
    """A reason in the language of the window."""
    return tr(KNOWN[reason]) if reason in KNOWN else reason


def said_words(review: Review) -> str:
    """What a review says besides its kind: the reason in the language of the window, the note as
    it was written."""
    reason, _, note = said_in(review).partition("; ")
    return "; ".join(part for part in (word_of(reason), note) if part)
