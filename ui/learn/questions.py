"""What is asked about a training that runs."""

from __future__ import annotations

from enum import Enum, auto

from PyQt6.QtWidgets import QMessageBox, QWidget

from ui.language import tr


class Leave(Enum):
    """What becomes of a training when the window closes."""

    GO_ON = auto()
    STOP = auto()
    STAY = auto()
    """The window does not close."""


def asks_to_stop(owner: QWidget) -> bool:
    """Whether the training is to end."""
    text = tr("Stop the training? The best weights so far are kept and measured.")
    answer = QMessageBox.question(owner, tr("Stop the training"), text)
    return answer == QMessageBox.StandardButton.Yes


def asks_to_close(owner: QWidget) -> Leave:
    """What to do with the training."""
    box = QMessageBox(owner)
    box.setIcon(QMessageBox.Icon.Question)
    box.setText(tr("A training runs. It can go on without the window."))
    on = box.addButton(tr("Let it go on"), QMessageBox.ButtonRole.AcceptRole)
    end = box.addButton(tr("Stop the training"), QMessageBox.ButtonRole.DestructiveRole)
    box.addButton(tr("Stay here"), QMessageBox.ButtonRole.RejectRole)
    box.exec()
    if box.clickedButton() is on:
        return Leave.GO_ON
    return Leave.STOP if box.clickedButton() is end else Leave.STAY
