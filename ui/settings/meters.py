"""How sharp and how bright the picture is, as bars that can be read while a hand turns the lens."""

from __future__ import annotations

from PyQt6.QtCore import QRectF, Qt
from PyQt6.QtGui import QPainter, QPaintEvent, QPen
from PyQt6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QWidget
from typing_extensions import override

from station.looks import Sight
from ui.language import tr
from ui.theme import theme_of
from ui.wording import number, percent


class Meter(QWidget):
    """A bar from 0 to 1, with a mark where it should be above, and its best so far."""

    def __init__(self) -> None:
        super().__init__()
        self.setMinimumSize(100, 26)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.value, self.best = 0.0, 0.0
        self.least: float | None = None

    def show_value(self, value: float, least: float | None) -> None:
        """value: 0 to 1; least: below it is not well; None: there is no such limit."""
        self.value, self.least = value, least
        self.best = max(self.best, value)
        self.update()

    def forget(self) -> None:
        """Another camera, other settings: the best so far is of no account."""
        self.best = 0.0

    @override
    def paintEvent(self, a0: QPaintEvent | None) -> None:
        """Qt's own name."""
        painter, theme = QPainter(self), theme_of(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = QRectF(self.rect()).adjusted(1, 4, -1, -4)
        painter.setPen(QPen(theme.colour("line"), 1))
        painter.setBrush(theme.colour("ground"))
        painter.drawRoundedRect(box, 4, 4)
        is_low = self.least is not None and self.value < self.least
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.colour("bad" if is_low else "accent"))
        filled = QRectF(box)
        filled.setWidth(box.width() * min(1.0, max(0.0, self.value)))
        painter.drawRoundedRect(filled, 4, 4)
        marks = [(self.best, "text", 2.0)] if self.best else []
        if self.least is not None:
            marks.append((self.least, "bad", 3.0))
        for at, colour, width in marks:
            x = box.left() + box.width() * min(1.0, at)
            painter.setPen(QPen(theme.colour(colour), width))
            painter.drawLine(int(x), int(box.top() - 3), int(x), int(box.bottom() + 3))
        painter.end()


class Meters(QWidget):
    """Focus and exposure, side by side."""

    def __init__(self) -> None:
        super().__init__()
        self.focus, self.light = Meter(), Meter()
        self.focus_text, self.light_text = QLabel(), QLabel()
        self._sight: Sight | None = None
        self._least: float | None = None
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        for text, meter in ((self.focus_text, self.focus), (self.light_text, self.light)):
            row.addWidget(text)
            row.addWidget(meter, 1)
        self.retranslate()

    def show_sight(self, sight: Sight | None, least_focus: float | None) -> None:
        """None: there is no picture."""
        self._sight, self._least = sight, least_focus
        self.focus.show_value(0.0 if sight is None else sight.focus, least_focus)
        self.light.show_value(0.0 if sight is None else sight.brightness, None)
        self.retranslate()

    def retranslate(self) -> None:
        """The language changed, or the values did."""
        sight = self._sight
        self.focus_text.setText(
            tr("Focus {value}", value=number(None if sight is None else sight.focus, 2))
        )
        self.light_text.setText(
            tr(
                "Brightness {value}, fully white {share}",
                value=percent(None if sight is None else sight.brightness, 0),
                share=percent(None if sight is None else sight.clipped, 1),
            )
        )
        for meter in (self.focus, self.light):
            meter.setFixedHeight(max(26, round(1.4 * self.focus_text.fontMetrics().height())))
        for label in (self.focus_text, self.light_text):
            label.setMinimumWidth(max(label.minimumWidth(), label.sizeHint().width()))
