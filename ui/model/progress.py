"""A line with what is under way, how far it is, and a button that stops it."""

from __future__ import annotations

from PyQt6.QtWidgets import QFrame, QHBoxLayout, QLabel, QProgressBar, QPushButton, QSizePolicy

from ui.language import say
from ui.model.errand import Errand, stage_said


class ProgressLine(QFrame):
    """Hidden while nothing is under way."""

    def __init__(self, errand: Errand) -> None:
        super().__init__()
        self.setObjectName("panel")
        self._errand = errand
        self.label, self.bar, self.button = QLabel(), QProgressBar(), QPushButton()
        self.label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.bar.setTextVisible(False)
        say(self.button.setText, "Stop (X)")
        self.button.clicked.connect(errand.stop)
        row = QHBoxLayout(self)
        row.addWidget(self.label, 2)
        row.addWidget(self.bar, 1)
        row.addWidget(self.button)
        errand.progressed.connect(self._show)
        errand.changed.connect(self._turn)
        self._turn()

    def _turn(self) -> None:
        if self._errand.is_running:
            say(self.label.setText, "One moment")
            self.bar.setRange(0, 0)
        self.setVisible(self._errand.is_running)

    def _show(self, stage: str, done: int, total: int) -> None:
        text = stage_said(stage)
        self.label.setText(text)
        self.label.setToolTip(text)
        # One step of one says nothing: it moves to show that it is alive.
        self.bar.setRange(0, total if total > 1 else 0)
        self.bar.setValue(done)
