"""How sharp and how light the camera's picture is, as bars: under the live picture, and while a
hand turns the lens."""

from __future__ import annotations

from PyQt6.QtCore import QRectF, QSize, Qt
from PyQt6.QtGui import QPainter, QPaintEvent, QPen
from PyQt6.QtWidgets import QSizePolicy, QWidget
from typing_extensions import override

from station.looks import Sight
from ui.theme import theme_of

FOCUS_FULL = 0.6
"""Sharpness of the best photographs: the bar's right end."""
ROUND_PX = 4.0
OVER_PX = 3
"""So far a mark stands out above and below the bar."""


class Level(QWidget):
    """A level from 0 to 1, a mark where it should at least be, and one for its best so far."""

    def __init__(self, *, keeps_best: bool = False) -> None:
        super().__init__()
        self.share, self.best = 0.0, 0.0
        self.least: float | None = None
        self.is_well = True
        self._keeps_best = keeps_best
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_level(self, share: float, is_well: bool, least: float | None = None) -> None:
        """share, least: of the bar's length, in [0, 1]; what is beyond is cut off."""
        self.share, self.is_well = min(max(share, 0.0), 1.0), is_well
        self.least = None if least is None else min(max(least, 0.0), 1.0)
        if self._keeps_best:
            self.best = max(self.best, self.share)
        self.update()

    def forget(self) -> None:
        """Another camera, other settings: the best so far is of no account."""
        self.best = 0.0

    @override
    def sizeHint(self) -> QSize:
        """Qt's own name."""
        return QSize(90, max(12, round(0.9 * self.font().pixelSize())) + 2 * OVER_PX)

    @override
    def paintEvent(self, a0: QPaintEvent | None) -> None:
        """Qt's own name."""
        painter, theme = QPainter(self), theme_of(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = QRectF(self.rect()).adjusted(0.5, OVER_PX + 0.5, -0.5, -OVER_PX - 0.5)
        painter.setPen(QPen(theme.colour("line"), 1))
        painter.setBrush(theme.colour("ground"))
        painter.drawRoundedRect(box, ROUND_PX, ROUND_PX)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.colour("accent" if self.is_well else "alarm"))
        filled = QRectF(box)
        filled.setWidth(box.width() * self.share)
        painter.drawRoundedRect(filled, ROUND_PX, ROUND_PX)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        marks = [(self.best, "quiet")] if self.best else []
        if self.least is not None:
            marks.append((self.least, "text"))
        for at, colour in marks:
            x = round(box.left() + box.width() * at)
            painter.setPen(QPen(theme.colour(colour), 2))
            painter.drawLine(x, 0, x, self.height())
        painter.end()


def show_focus(level: Level, sight: Sight | None, least_focus: float | None) -> None:
    """A picture's sharpness. sight: None, there is no picture; least_focus: what a part's picture
    needs, None where there is no such limit."""
    focus = 0.0 if sight is None else sight.focus
    least = None if least_focus is None else least_focus / FOCUS_FULL
    level.show_level(focus / FOCUS_FULL, least_focus is None or focus >= least_focus, least)


def show_light(level: Level, sight: Sight | None) -> None:
    """A picture's light; not well where too much of it is burnt out."""
    level.show_level(
        0.0 if sight is None else sight.brightness, sight is None or not sight.is_clipped
    )
