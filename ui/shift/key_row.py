"""The row below a tab of golden parts or of a study: how far it is, and what can be done."""

from __future__ import annotations

from collections.abc import Sequence

from PyQt6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QPushButton

from ui.language import say


class KeyRow(QHBoxLayout):
    """A text, a bar and buttons; the page connects the buttons."""

    def __init__(self, rows: Sequence[tuple[str, str, str]]) -> None:
        """rows: name, text from `mark`, and the style sheet's name of each button."""
        super().__init__()
        self.done_so_far, self.progress = QLabel(), QProgressBar()
        self.progress.setTextVisible(False)
        self.buttons: dict[str, QPushButton] = {}
        self.addWidget(self.done_so_far)
        self.addWidget(self.progress, 1)
        for name, text, style in rows:
            button = QPushButton()
            say(button.setText, text)
            button.setObjectName(style)
            self.buttons[name] = button
            self.addWidget(button, 1 if style == "primary" else 0)
