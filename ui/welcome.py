"""The page of a bench that is not configured yet: one key starts the simulated one."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from PyQt6.QtCore import pyqtSignal
from PyQt6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout

from station.first_run import demo_bench, demo_problem
from ui.actions import ActionRow
from ui.desk import Desk
from ui.language import mark, say
from ui.view import View


class WelcomeView(View):
    """Says what the window is for, and offers three ways on."""

    ACTIONS: ClassVar = (
        ActionRow("demo", mark("Start the simulated bench"), "Return", lambda page: page.begin()),
        ActionRow("configure", mark("Set up camera and model"), "F8", lambda p: p.set_up()),
    )  # fmt: skip

    settings_wanted = pyqtSignal()

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        sheet = QFrame()
        sheet.setObjectName("panel")
        sheet.setMaximumWidth(900)
        column = QVBoxLayout(sheet)
        column.setContentsMargins(40, 32, 40, 32)
        column.setSpacing(16)
        title, words, small = QLabel(), QLabel(), QLabel()
        title.setObjectName("title")
        say(title.setText, "Welcome to the inspection bench")
        say(
            words.setText,
            "No camera and no model are set up here yet. Try the bench at once: a simulated camera "
            "lays down synthetic scaffolds, and the demo model inspects them.",
        )
        self.start, self.settings = QPushButton(), QPushButton()
        self.start.setObjectName("primary")
        say(self.start.setText, "Start the simulated bench (Enter)")
        say(self.settings.setText, "Set up camera and model (F8)")
        self.start.clicked.connect(self.begin)
        self.settings.clicked.connect(self.set_up)
        small.setObjectName("quiet")
        say(
            small.setText,
            "Or from the command line: station run --camera v4l2:0 --bundle my.bundle --out DIR",
        )
        self.problem = QLabel()
        self.problem.setObjectName("bad")
        for label in (words, small, self.problem):
            label.setWordWrap(True)
        for widget in (title, words, self.start, self.settings, small, self.problem):
            column.addWidget(widget)
        across = QHBoxLayout()
        across.addStretch(1)
        across.addWidget(sheet, 6)
        across.addStretch(1)
        around = QVBoxLayout(self)
        around.addStretch(1)
        around.addLayout(across)
        around.addStretch(2)

    def entered(self) -> None:
        """Say at once what is missing."""
        trouble = demo_problem()
        self.start.setEnabled(not trouble)
        self.problem.setText(trouble)
        self.problem.setVisible(bool(trouble))
        self.start.setFocus()

    def begin(self) -> None:
        """Inspect the simulated bench's parts, in a folder of their own."""
        if self.start.isEnabled():
            self.desk.restart(demo_bench(Path.cwd()))

    def set_up(self) -> None:
        """Go to the settings."""
        self.settings_wanted.emit()
