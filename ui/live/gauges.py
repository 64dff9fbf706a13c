"""Two bars under the live picture: is it sharp, and is the light right?"""

from __future__ import annotations

from PyQt6.QtWidgets import QHBoxLayout, QLabel, QWidget

from station.looks import Sight
from ui.language import mark, say, tr
from ui.level import Level, show_focus, show_light
from ui.wording import number, percent


class Gauges(QWidget):
    """Focus and exposure of the camera's picture, and how many pictures a second come."""

    def __init__(self) -> None:
        super().__init__()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        self.focus, self.light = Level(), Level()
        self.focus_word, self.light_word, self.pace = QLabel(), QLabel(), QLabel()
        self.pace.setObjectName("quiet")
        for name, word, bar in (
            (mark("Focus"), self.focus_word, self.focus),
            (mark("Light"), self.light_word, self.light),
        ):
            label = QLabel()
            say(label.setText, name)
            say(bar.setAccessibleName, name)
            row.addWidget(label)
            row.addWidget(bar, 1)
            row.addWidget(word)
        row.addWidget(self.pace)

    def show_sight(self, sight: Sight, fps: float, least_focus: float) -> None:
        """The newest picture's sharpness and light. least_focus: what a part's picture needs."""
        show_focus(self.focus, sight, least_focus)
        show_light(self.light, sight)
        self.focus_word.setText(tr("sharp") if self.focus.is_well else tr("blurred"))
        self.light_word.setText(
            tr("{share} burnt out", share=percent(sight.clipped)) if sight.is_clipped
            else percent(sight.brightness, 0)
        )  # fmt: skip
        self.pace.setText(tr("{fps} pictures/s", fps=number(fps, 0)))
