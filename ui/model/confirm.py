"""Asks before another model decides: what will change, who says so, and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtWidgets import (
    QComboBox,
    QDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from station.models.activate import REASON_MOST
from ui.language import mark, say, tr

ACTIVATE_REASONS = (
    mark("Compared on the last lot, and better"),
    mark("Trained with new parts"),
    mark("Trial run"),
)
BACK_REASONS = (
    mark("Rejects too many good parts"),
    mark("Misses defects"),
    mark("The trial is over"),
)
NAME_MOST = 100


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked; texts in the window's language."""

    title: str
    facts: Sequence[str]
    """What will change, a sentence each."""
    warnings: Sequence[str]
    button: str
    reasons: Sequence[str]


class Confirm(QDialog):
    """Name and reason, then yes or no."""

    agreed = pyqtSignal(str, str)
    """Name, reason."""

    def __init__(self, parent: QWidget, question: Question, name: str | None, fixed: bool) -> None:
        """name: who is at the bench; fixed: signed in, so that it cannot be typed over."""
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(question.title)
        self.name, self.reason = QLineEdit(name or ""), QComboBox()
        self.name.setReadOnly(fixed)
        self.name.setMaxLength(NAME_MOST)
        self.reason.setEditable(True)
        self.reason.addItems([tr(reason) for reason in question.reasons])
        self.reason.setCurrentIndex(-1)
        field = self.reason.lineEdit()
        if field is not None:
            field.setMaxLength(REASON_MOST)
            field.setPlaceholderText(tr("Choose, or type"))
        self.trouble, self.yes, self.no = QLabel(), QPushButton(question.button), QPushButton()
        self._build(question)
        if name and field is not None:
            field.setFocus()
        else:
            self.name.setFocus()

    def _build(self, question: Question) -> None:
        box = QVBoxLayout(self)
        box.setSpacing(10)
        for text, kind in (
            (question.title, "title"),
            *((fact, "") for fact in question.facts),
            *((warning, "bad") for warning in question.warnings),
        ):
            label = QLabel(text)
            label.setObjectName(kind)
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setWordWrap(True)
            box.addWidget(label)
        form = QFormLayout()
        form.setVerticalSpacing(10)
        form.addRow(tr("Your name"), self.name)
        form.addRow(tr("Reason"), self.reason)
        box.addLayout(form)
        self.trouble.setObjectName("bad")
        self.trouble.setWordWrap(True)
        self.trouble.hide()
        box.addWidget(self.trouble)
        say(self.no.setText, "Cancel (Esc)")
        self.yes.setObjectName("primary")
        self.yes.setDefault(True)
        self.no.setAutoDefault(False)
        self.yes.clicked.connect(self._agree)
        self.no.clicked.connect(self.reject)
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(self.no)
        row.addWidget(self.yes)
        box.addLayout(row)
        # Labels that wrap have no width of their own.
        self.setMinimumWidth(34 * self.fontMetrics().averageCharWidth() * 2)

    def _agree(self) -> None:
        name, reason = self.name.text().strip(), self.reason.currentText().strip()
        if not name or not reason:
            self.trouble.setText(tr("Give your name and a reason: they stand in the audit log."))
            self.trouble.show()
            (self.reason if name else self.name).setFocus()
            return
        self.agreed.emit(name, reason)
        self.accept()
