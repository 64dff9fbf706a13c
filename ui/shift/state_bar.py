"""Whether production is open, above everything else on the page."""

from __future__ import annotations

from PyQt6.QtCore import QRectF, QSize, Qt
from PyQt6.QtGui import QFont, QFontMetricsF, QPainter, QPaintEvent, QPen
from PyQt6.QtWidgets import QSizePolicy, QWidget
from typing_extensions import override

from station.shift.state import Locked, State, Why
from ui.language import tr
from ui.shift.wordings import state_words
from ui.theme import theme_of


class StateBar(QWidget):
    """A padlock, open or shut, and the words."""

    def __init__(self) -> None:
        super().__init__()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.state: State | None = None
        self.failure = ""
        self.show_state(None)

    def show_state(self, state: State | None, failure: str = "") -> None:
        """None: not known yet, or not to be known for that failure."""
        self.state, self.failure = state, failure
        head, text = self.words()
        self.setAccessibleName(f"{head}. {text}")
        self.setToolTip(text)
        self.update()

    def words(self) -> tuple[str, str]:
        """What it says, in short and in a sentence."""
        if self.state is not None:
            return state_words(self.state)
        if self.failure:
            return tr("It is not known whether production is open"), tr(self.failure)
        return tr("Looking at the last check…"), ""

    @property
    def tone(self) -> str:
        """The theme's colour for it."""
        if self.state is None:
            return "bad" if self.failure else "quiet"
        if isinstance(self.state, Locked) or self.state.why is Why.OVERRIDDEN:
            return "bad"
        return "good" if self.state.why is Why.PASSED else "text"

    @override
    def sizeHint(self) -> QSize:
        """Qt's own name."""
        return QSize(400, round(3.1 * self.fontMetrics().height()))

    @override
    def paintEvent(self, a0: QPaintEvent | None) -> None:
        """Qt's own name."""
        painter, theme = QPainter(self), theme_of(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        tone, high = theme.colour(self.tone), float(self.height())
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.colour("raised"))
        painter.drawRoundedRect(QRectF(self.rect()), 6, 6)
        painter.setBrush(tone)
        painter.drawRoundedRect(QRectF(0, 0, 8, high), 4, 4)
        side = 0.52 * high
        self._paint_lock(painter, QRectF(22, 0.5 * (high - side), side, side))
        left = 22 + side + 16
        head, text = self.words()
        font = QFont(painter.font())
        font.setBold(True)
        font.setPixelSize(round(0.30 * high))
        painter.setFont(font)
        painter.setPen(tone)
        metrics = QFontMetricsF(font)
        room = self.width() - left - 12
        head = metrics.elidedText(head, Qt.TextElideMode.ElideRight, room)
        line = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
        painter.drawText(QRectF(left, 0.1 * high, room, 0.44 * high), int(line), head)
        font.setBold(False)
        font.setPixelSize(round(0.23 * high))
        painter.setFont(font)
        painter.setPen(theme.colour("text"))
        text = QFontMetricsF(font).elidedText(text, Qt.TextElideMode.ElideRight, room)
        painter.drawText(QRectF(left, 0.52 * high, room, 0.38 * high), int(line), text)
        painter.end()

    def _paint_lock(self, painter: QPainter, box: QRectF) -> None:
        theme = theme_of(self)
        colour = theme.colour(self.tone)
        shut = self.state is None or isinstance(self.state, Locked)
        side = box.width()
        painter.setPen(QPen(colour, 0.11 * side))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        shift = 0.0 if shut else 0.34 * side
        bow = QRectF(box.x() + 0.26 * side + shift, box.y() + 0.04 * side, 0.48 * side, 0.8 * side)
        painter.drawArc(bow, 0, 180 * 16)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour)
        body = QRectF(box.x() + 0.1 * side, box.y() + 0.44 * side, 0.8 * side, 0.54 * side)
        painter.drawRoundedRect(body, 0.08 * side, 0.08 * side)
        painter.setBrush(theme.colour("raised"))
        hole = QRectF(0, 0, 0.16 * side, 0.16 * side)
        hole.moveCenter(body.center())
        painter.drawEllipse(hole)
