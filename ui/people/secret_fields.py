"""A new PIN or password: typed twice, by keys or by the pad."""

from __future__ import annotations

from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtWidgets import QGridLayout, QLabel, QLineEdit, QWidget

from station.people.hashing import MOST_LETTERS
from ui.language import say
from ui.people.pad import SMALL, NumberPad


class SecretFields(QWidget):
    """Two fields and a pad of digits that types into the one in hand."""

    changed = pyqtSignal()
    entered = pyqtSignal()
    """Enter was pressed in the last field."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.again, self.pad = QLineEdit(), QLineEdit(), NumberPad(SMALL)
        self.before: QLineEdit | None = None
        """A field that is asked for first, into which the pad types, too."""
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(16)
        first_label, again_label, hint = QLabel(), QLabel(), QLabel()
        hint.setObjectName("quiet")
        hint.setWordWrap(True)
        say(first_label.setText, "New PIN or password")
        say(again_label.setText, "The same again")
        say(hint.setText, "A PIN has 4 digits or more, a password 8 letters or more.")
        for place, widget in enumerate((first_label, self.first, again_label, self.again, hint)):
            grid.addWidget(widget, place, 0)
        grid.setRowStretch(5, 1)
        grid.addWidget(self.pad, 0, 1, 6, 1)
        grid.setColumnStretch(0, 3)
        grid.setColumnStretch(1, 2)
        for field, label in ((self.first, first_label), (self.again, again_label)):
            label.setBuddy(field)
            field.setEchoMode(QLineEdit.EchoMode.Password)
            field.setMaxLength(MOST_LETTERS)
            field.setInputMethodHints(Qt.InputMethodHint.ImhSensitiveData)
            field.textChanged.connect(self.changed)
        self.first.returnPressed.connect(self._to_again)
        self.again.returnPressed.connect(self.entered)
        self.pad.pressed.connect(lambda digit: self._in_hand().insert(digit))
        self.pad.erased.connect(lambda: self._in_hand().backspace())
        self.pad.entered.connect(self._on_pad_entered)

    @property
    def secret(self) -> str:
        """What was typed first."""
        return self.first.text()

    @property
    def is_filled(self) -> bool:
        """Whether something was typed into both."""
        return bool(self.first.text() and self.again.text())

    @property
    def agrees(self) -> bool:
        """Whether both are the same."""
        return self.first.text() == self.again.text()

    def clear(self) -> None:
        """Forget both."""
        self.first.clear()
        self.again.clear()

    def _in_hand(self) -> QLineEdit:
        asked = (self.before, self.again)
        return next((f for f in asked if f is not None and f.hasFocus()), self.first)

    def _to_again(self) -> None:
        self.again.setFocus()

    def _on_pad_entered(self) -> None:
        if self.again.hasFocus():
            self.entered.emit()
        elif self._in_hand() is self.before:
            self.first.setFocus()
        else:
            self._to_again()
