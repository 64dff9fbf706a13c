"""The bar at the foot of a locked window."""

from __future__ import annotations

from PyQt6.QtCore import QRectF, QSize, Qt
from PyQt6.QtGui import QPainter, QPaintEvent, QPen
from PyQt6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QWidget
from typing_extensions import override

from ui.language import tr
from ui.theme import theme_of


class LockBar(QWidget):
    """A padlock, who it is, and the way in."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._lock, self.text, self.open = _Padlock(), QLabel(), QPushButton()
        self.text.setWordWrap(True)
        self.text.setTextFormat(Qt.TextFormat.PlainText)
        self.text.setObjectName("title")
        self.open.setObjectName("primary")
        self.open.setAutoDefault(True)
        keeps_room = self.open.sizePolicy()
        keeps_room.setRetainSizeWhenHidden(True)  # what lies above shall not move
        self.open.setSizePolicy(keeps_room)
        across = QHBoxLayout(self)
        across.setContentsMargins(20, 8, 20, 6)
        across.setSpacing(14)
        across.addWidget(self._lock)
        across.addWidget(self.text, 1)
        across.addWidget(self.open)

    def height_for(self, width: int) -> int:
        """In pixels, for all of the text."""
        layout = self.layout()
        return self.sizeHint().height() if layout is None else layout.totalHeightForWidth(width)

    def say_state(self, text: str, button: str, **values: object) -> None:
        """Both texts from `mark`."""
        self.text.setText(tr(text, **values))
        self.open.setText(tr(button))

    @override
    def paintEvent(self, a0: QPaintEvent | None) -> None:
        """Qt's own name."""
        theme = theme_of(self)
        painter = QPainter(self)
        painter.fillRect(self.rect(), theme.colour("raised"))
        painter.fillRect(0, 0, self.width(), 4, theme.colour("alarm"))


class _Padlock(QWidget):
    @override
    def sizeHint(self) -> QSize:
        """Qt's own name."""
        side = round(1.8 * self.fontMetrics().height())
        return QSize(side, side)

    @override
    def minimumSizeHint(self) -> QSize:
        """Qt's own name."""
        return self.sizeHint()

    @override
    def paintEvent(self, a0: QPaintEvent | None) -> None:
        """Qt's own name: a body, a shackle."""
        side = float(min(self.width(), self.height()))
        theme = theme_of(self)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.translate((self.width() - side) / 2, (self.height() - side) / 2)
        painter.setPen(QPen(theme.colour("text"), 0.11 * side))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawArc(QRectF(0.27 * side, 0.1 * side, 0.46 * side, 0.6 * side), 0, 180 * 16)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.colour("text"))
        painter.drawRoundedRect(QRectF(0.15 * side, 0.42 * side, 0.7 * side, 0.52 * side), 3, 3)
