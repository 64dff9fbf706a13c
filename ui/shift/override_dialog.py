"""A supervisor opens production without golden parts that passed: who, and why."""

from __future__ import annotations

from PyQt6.QtWidgets import (
    QDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from ui.language import tr
from ui.wording import number


class OverrideDialog(QDialog):
    """Accepted only with a name and a reason."""

    def __init__(self, parent: QWidget, name: str | None, hours: float) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Override the lock"))
        self.setMinimumWidth(560)
        self.name, self.reason = QLineEdit(name or ""), QPlainTextEdit()
        self.name.setReadOnly(bool(name))
        self.reason.setTabChangesFocus(True)
        self.reason.setPlaceholderText(tr("Why may production run all the same?"))
        told = QLabel(
            tr(
                "Production opens for {hours} h without golden parts that passed. Your name and "
                "your reason stand in the audit log, and the page stays red.",
                hours=number(hours, 1),
            )
        )
        told.setWordWrap(True)
        form, keys = QFormLayout(), QHBoxLayout()
        form.addRow(tr("Supervisor"), self.name)
        form.addRow(tr("Reason"), self.reason)
        self.open_button, cancel = QPushButton(tr("Open production")), QPushButton(tr("Cancel"))
        self.open_button.setObjectName("primary")
        self.open_button.clicked.connect(self.accept)
        cancel.clicked.connect(self.reject)
        keys.addStretch(1)
        keys.addWidget(cancel)
        keys.addWidget(self.open_button)
        down = QVBoxLayout(self)
        down.addWidget(told)
        down.addLayout(form)
        down.addLayout(keys)
        self.name.textChanged.connect(self._look)
        self.reason.textChanged.connect(self._look)
        self._look()
        (self.reason if name else self.name).setFocus()

    @property
    def answer(self) -> tuple[str, str]:
        """Name and reason."""
        return self.name.text().strip(), self.reason.toPlainText().strip()

    def _look(self) -> None:
        self.open_button.setEnabled(all(self.answer))
