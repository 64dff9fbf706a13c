"""Two bars under the live picture: is it sharp, and is the light right?"""

from __future__ import annotations

from PyQt6.QtCore import QRectF, QSize
from PyQt6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PyQt6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QWidget
from typing_extensions import override

from station.looks import Sight
from ui.language import mark, say, tr
from ui.theme import theme_of
from ui.wording import number, percent

FOCUS_FULL = 0.6
"""Sharpness of the best photographs: the bar's right end."""


class Bar(QWidget):
    """A level from 0 to 1, with a line where it should at least be."""

    def __init__(self) -> None:
        super().__init__()
        self.share = 0.0
        self.least: float | None = None
        self.is_well = True
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_level(self, share: float, is_well: bool, least: float | None = None) -> None:
        """share, least: of the bar's length, in [0, 1]."""
        self.share, self.is_well, self.least = min(max(share, 0.0), 1.0), is_well, least
        self.update()

    @override
    def sizeHint(self) -> QSize:
        """Qt's own name."""
        return QSize(90, max(12, round(0.9 * self.font().pixelSize())))

    @override
    def paintEvent(self, a0: QPaintEvent | None) -> None:
        """Qt's own name."""
        painter, theme = QPainter(self), theme_of(self)
        box = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        painter.setPen(QPen(theme.colour("line"), 1))
        painter.setBrush(theme.colour("raised"))
        painter.drawRect(box)
        filled = QRectF(box)
        filled.setWidth(box.width() * self.share)
        painter.fillRect(filled, theme.colour("accent" if self.is_well else "alarm"))
        if self.least is not None:
            x = box.left() + box.width() * min(self.least, 1.0)
            painter.setPen(QPen(QColor(theme.text), 2))
            painter.drawLine(round(x), 0, round(x), self.height())
        painter.end()


class Gauges(QWidget):
    """Focus and exposure of the camera's picture, and how many pictures a second come."""

    def __init__(self) -> None:
        super().__init__()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        self.focus, self.light = Bar(), Bar()
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
        sharp = sight.focus >= least_focus
        self.focus.show_level(sight.focus / FOCUS_FULL, sharp, least_focus / FOCUS_FULL)
        self.focus_word.setText(tr("sharp") if sharp else tr("blurred"))
        burnt = sight.is_clipped
        self.light.show_level(sight.brightness, not burnt)
        self.light_word.setText(
            tr("{share} burnt out", share=percent(sight.clipped)) if burnt
            else percent(sight.brightness, 0)
        )  # fmt: skip
        self.pace.setText(tr("{fps} pictures/s", fps=number(fps, 0)))
