"""Buttons that a finger finds and a key presses: the sign, the word, and the key itself."""

from __future__ import annotations

from PyQt6.QtCore import QRectF, QSize, Qt
from PyQt6.QtGui import QFont, QFontMetricsF, QPainter, QPaintEvent, QPen
from PyQt6.QtWidgets import QPushButton, QSizePolicy, QStyleOptionButton
from typing_extensions import override

from station.domain import Decision
from ui.painting import ink_colour, paint_sign, plate_colour
from ui.theme import TOUCH_PX, theme_of


class KeyButton(QPushButton):
    """A button with its key on it; of a decision also with its sign and in its colour."""

    def __init__(self, key: str, decision: Decision | None = None) -> None:
        super().__init__()
        self.key, self.decision = key, decision
        self.word = ""
        self.hint = ""
        """A second, smaller line."""
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def set_word(self, word: str, hint: str = "") -> None:
        """What it says; hint: a smaller line below."""
        self.word, self.hint = word, hint
        self.setAccessibleName(f"{word} {hint}".strip())
        self.setToolTip(f"{word} ({self.key})" + (f"\n{hint}" if hint else ""))
        self.updateGeometry()
        self.update()

    @override
    def sizeHint(self) -> QSize:
        """Qt's own name."""
        unit = self.fontMetrics().height()
        loud = self.decision is not None
        wide = self._metrics(self._size(loud)).horizontalAdvance(self.word)
        wide = max(wide, self._metrics(0.85).horizontalAdvance(self.hint))
        sign = 2.6 * unit if loud else 0.0
        return QSize(
            round(wide + sign + 4.5 * unit), max(TOUCH_PX, round((4.0 if loud else 2.8) * unit))
        )

    @override
    def minimumSizeHint(self) -> QSize:
        """Qt's own name."""
        return QSize(round(5.0 * self.fontMetrics().height()), self.sizeHint().height())

    @override
    def paintEvent(self, a0: QPaintEvent | None) -> None:
        """Qt's own name."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        theme, unit = theme_of(self), self.fontMetrics().height()
        loud = self.decision is not None and self.isEnabled()
        box = QRectF(self.rect()).adjusted(1, 1, -1, -1)
        ink = theme.colour("text" if self.isEnabled() else "line")
        ground = theme.colour("raised" if self.isEnabled() else "ground")
        if loud and self.decision is not None:
            ground, ink = plate_colour(self.decision), ink_colour(self.decision)
        if self.isDown():
            ground = ground.darker(120)
        rim = theme.colour("accent" if self.hasFocus() else "line")
        painter.setPen(QPen(rim, 3.0 if self.hasFocus() else 1.0))
        painter.setBrush(ground)
        painter.drawRoundedRect(box, 0.35 * unit, 0.35 * unit)
        box = box.adjusted(0.6 * unit, 0.3 * unit, -0.6 * unit, -0.3 * unit)
        if self.decision is not None:
            side = min(box.height(), 2.4 * unit)
            sign = QRectF(box.x(), box.center().y() - side / 2, side, side)
            paint_sign(painter, self.decision, sign, rim=ink)
            box.setLeft(sign.right() + 0.6 * unit)
        painter.setPen(ink)
        box.setRight(self._paint_key(painter, box, unit) - 0.5 * unit)
        self._paint_words(painter, box)
        painter.end()

    def _paint_key(self, painter: QPainter, box: QRectF, unit: float) -> float:
        """The key in a frame at the right; returns where it begins."""
        font = QFont(self.font())
        font.setPixelSize(max(9, round(0.8 * self._pixels())))
        painter.setFont(font)
        wide = max(QFontMetricsF(font).horizontalAdvance(self.key) + 0.7 * unit, 1.4 * unit)
        cap = QRectF(box.right() - wide, box.center().y() - 0.7 * unit, wide, 1.4 * unit)
        painter.save()
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(painter.pen().color(), 1.2))
        painter.drawRoundedRect(cap, 0.25 * unit, 0.25 * unit)
        painter.restore()
        painter.drawText(cap, int(Qt.AlignmentFlag.AlignCenter), self.key)
        return cap.left()

    def _paint_words(self, painter: QPainter, box: QRectF) -> None:
        loud = self.decision is not None
        size = self._size(loud)
        # A long Korean word gets smaller letters before it is cut.
        while size > 0.8 and self._metrics(size).horizontalAdvance(self.word) > box.width():
            size -= 0.05
        share = 0.6 if self.hint else 1.0
        rows = ((self.word, size, loud, 0.0, share), (self.hint, 0.85, False, share, 1.0 - share))
        for text, scale, bold, top, high in rows:
            if not text:
                continue
            font = self._font(scale, bold)
            painter.setFont(font)
            room = QRectF(box.x(), box.y() + top * box.height(), box.width(), high * box.height())
            cut = QFontMetricsF(font).elidedText(text, Qt.TextElideMode.ElideRight, room.width())
            flags = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
            painter.drawText(room, int(flags), cut)

    def _size(self, loud: bool) -> float:
        return 1.55 if loud else 1.05

    def _pixels(self) -> int:
        """The style sheet's letters; a widget that paints itself is not told of them."""
        option = QStyleOptionButton()
        self.initStyleOption(option)
        return max(option.fontMetrics.height() * 3 // 4, 9)

    def _font(self, scale: float, bold: bool) -> QFont:
        font = QFont(self.font())
        font.setPixelSize(max(9, round(scale * self._pixels())))
        font.setBold(bold)
        return font

    def _metrics(self, scale: float) -> QFontMetricsF:
        return QFontMetricsF(self._font(scale, scale > 1.2))
