"""Digits for fingers in gloves."""

from __future__ import annotations

from collections.abc import Callable

from PyQt6.QtCore import QPointF, QRectF, QSize, Qt, pyqtSignal
from PyQt6.QtGui import QFont, QPainter, QPaintEvent, QPen, QPolygonF
from PyQt6.QtWidgets import (
    QGridLayout,
    QPushButton,
    QSizePolicy,
    QStyle,
    QStyleOptionButton,
    QStylePainter,
    QWidget,
)
from typing_extensions import override

from ui.language import say
from ui.theme import TOUCH_PX, theme_of

LARGE, SMALL = 3.4, 2.2
"""Height of a key, in lines of text: 60 px and more at scale 1, or just enough for a finger."""
SIGN_LINES, SIGN_OF_HEIGHT = 1.5, 0.5
"""Size of what stands on it: in lines, but no more than this share of the key."""
ERASE, ENTER = "erase", "enter"
DRAWN = {
    ERASE: (
        ((-0.65, 0.0), (-0.3, -0.4), (0.6, -0.4), (0.6, 0.4), (-0.3, 0.4), (-0.65, 0.0)),
        ((-0.05, -0.16), (0.27, 0.16)),
        ((-0.05, 0.16), (0.27, -0.16)),
    ),
    ENTER: (((-0.5, 0.0), (0.5, 0.0)), ((0.12, -0.36), (0.5, 0.0), (0.12, 0.36))),
}
"""Signs that not every font has: strokes from the middle, in sizes of a digit."""
SIGNS = ("1", "2", "3", "4", "5", "6", "7", "8", "9", ERASE, "0", ENTER)


class PadKey(QPushButton):
    """One key: its sign is larger than a button's text."""

    def __init__(self, sign: str, height_lines: float) -> None:
        super().__init__()
        self.sign, self._height_lines = sign, height_lines
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        # The keyboard has digits of its own: it stays in the field.
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)

    @override
    def sizeHint(self) -> QSize:
        """Qt's own name."""
        high = max(TOUCH_PX, round(self._height_lines * self.fontMetrics().height()))
        return QSize(round(1.5 * high), high)

    @override
    def minimumSizeHint(self) -> QSize:
        """Qt's own name."""
        high = self.sizeHint().height()
        return QSize(high, max(TOUCH_PX, round(0.8 * high)))

    @override
    def paintEvent(self, a0: QPaintEvent | None) -> None:
        """Qt's own name: the style's button, and the sign."""
        painter = QStylePainter(self)
        option = QStyleOptionButton()
        self.initStyleOption(option)
        painter.drawControl(QStyle.ControlElement.CE_PushButton, option)
        # A button that the sheet colours is no light or dark of its own.
        theme = theme_of(self.parentWidget() or self)
        font = QFont(self.font())
        most = SIGN_OF_HEIGHT * self.height()
        font.setPixelSize(round(min(SIGN_LINES * self.fontMetrics().height(), most)))
        font.setBold(True)
        painter.setFont(font)
        ink = "accent_ink" if self.objectName() == "primary" else "text"
        colour = theme.colour(ink if self.isEnabled() else "line")
        if self.sign not in DRAWN:
            painter.setPen(colour)
            painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, self.sign)
            return
        side = float(font.pixelSize())
        middle = QRectF(self.rect()).center()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        round_pen = (Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin)
        painter.setPen(QPen(colour, 0.09 * side, *round_pen))
        for stroke in DRAWN[self.sign]:
            points = [QPointF(middle.x() + x * side, middle.y() + y * side) for x, y in stroke]
            painter.drawPolyline(QPolygonF(points))


class NumberPad(QWidget):
    """1 to 9, erase, 0, enter."""

    pressed = pyqtSignal(str)
    """A digit."""
    erased = pyqtSignal()
    entered = pyqtSignal()

    def __init__(self, height_lines: float = LARGE) -> None:
        super().__init__()
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(8)
        self.keys: dict[str, PadKey] = {}
        for place, sign in enumerate(SIGNS):
            key = self.keys[sign] = PadKey(sign, height_lines)
            key.clicked.connect(self._act(sign))
            grid.addWidget(key, place // 3, place % 3)
        self.keys[ENTER].setObjectName("primary")
        self.keys[ERASE].setAutoRepeat(True)
        for digit in "0123456789":
            self.keys[digit].setAccessibleName(digit)
        say(self.keys[ERASE].setAccessibleName, "Erase")
        say(self.keys[ENTER].setAccessibleName, "Enter")

    def _act(self, sign: str) -> Callable[[], None]:
        if sign == ERASE:
            return self.erased.emit
        if sign == ENTER:
            return self.entered.emit
        return lambda: self.pressed.emit(sign)
