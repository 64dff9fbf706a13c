"""What to do now, to be read from two metres."""

from __future__ import annotations

from dataclasses import dataclass

from PyQt6.QtCore import QPointF, QRectF, Qt
from PyQt6.QtGui import (
    QColor,
    QFont,
    QFontMetricsF,
    QPainter,
    QPaintEvent,
    QPen,
    QPolygonF,
)
from PyQt6.QtWidgets import QSizePolicy, QWidget
from typing_extensions import override

from station.domain import Decision
from ui.language import tr
from ui.painting import paint_sign
from ui.theme import theme_of

SMALLEST_PX = 11


@dataclass(frozen=True, slots=True)
class Instruction:
    """Texts are in the window's language already."""

    head: str = ""
    """What to do: `Lay down`."""
    name: str = ""
    """The part's name: as large as it gets."""
    detail: str = ""
    sign: Decision | None = None
    """Drawn at the left."""
    tone: str = "text"
    """One of the theme's colours, for the name."""
    lay: bool = False
    """Instead of a sign, an arrow onto the bench."""


def stopped(trouble: str) -> Instruction:
    """The line stopped in the middle."""
    return Instruction(
        tr("The line stopped"), tr("Press X to end"), tr(trouble), Decision.ERROR, tone="bad"
    )


class InstructionPanel(QWidget):
    """One instruction, painted as large as its room allows."""

    def __init__(self) -> None:
        super().__init__()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(320, 170)
        self.now = Instruction()

    def show_instruction(self, now: Instruction) -> None:
        """Say something else from now on."""
        self.now = now
        self.setAccessibleName(" ".join(t for t in (now.head, now.name, now.detail) if t))
        self.setToolTip(now.detail)
        self.update()

    @override
    def paintEvent(self, a0: QPaintEvent | None) -> None:
        """Qt's own name."""
        painter, theme, now = QPainter(self), theme_of(self), self.now
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.colour("raised"))
        painter.drawRoundedRect(QRectF(self.rect()), 8, 8)
        pad = max(14.0, self.height() * 0.06)
        box = QRectF(self.rect()).adjusted(pad, pad, -pad, -pad)
        if now.sign is not None or now.lay:
            side = min(box.height() * 0.75, box.width() * 0.24)
            plate = QRectF(box.x(), box.center().y() - side / 2, side, side)
            if now.sign is not None:
                paint_sign(painter, now.sign, plate, rim=theme.colour("text"))
            else:
                _paint_arrow(painter, plate, theme.colour("accent"))
            box.setLeft(box.left() + side + pad)
        rows = (
            (now.head, 0.20, "quiet", False),
            (now.name, 0.48, now.tone, True),
            (now.detail, 0.32, "text", False),
        )
        used = [(text, share, tone, loud) for text, share, tone, loud in rows if text]
        scale = 1.0 / max(0.68, sum(share for _, share, _, _ in used) or 1.0)
        top = box.top()
        for text, share, tone, loud in used:
            room = QRectF(box.x(), top, box.width(), box.height() * share * scale)
            painter.setPen(theme.colour(tone))
            top += paint_fitted(painter, text, room, loud=loud) + 4
        painter.end()


def _paint_arrow(painter: QPainter, box: QRectF, colour: QColor) -> None:
    """An arrow down onto a bench with a part on it."""
    side = box.width()

    def at(x: float, y: float) -> QPointF:
        return QPointF(box.x() + x * side, box.y() + y * side)

    painter.setPen(
        QPen(colour, 0.09 * side, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap,
             Qt.PenJoinStyle.RoundJoin)
    )  # fmt: skip
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawLine(at(0.5, 0.08), at(0.5, 0.5))
    painter.drawPolyline(QPolygonF([at(0.3, 0.34), at(0.5, 0.54), at(0.7, 0.34)]))
    painter.drawEllipse(QRectF(at(0.2, 0.64), at(0.8, 0.82)))
    painter.drawLine(at(0.05, 0.94), at(0.95, 0.94))


def paint_fitted(painter: QPainter, text: str, room: QRectF, *, loud: bool) -> float:
    """Paint text as large as its room allows, wrapped between words; returns the height used."""
    flags = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
    flags |= int(Qt.TextFlag.TextWordWrap.value)
    font = QFont(painter.font())
    font.setBold(loud)
    largest = room.height() * 0.8 if loud else room.height() * 0.45
    pixels = max(SMALLEST_PX, round(largest))
    while True:
        font.setPixelSize(pixels)
        metrics = QFontMetricsF(font)
        needed = metrics.boundingRect(QRectF(0, 0, room.width(), 1e6), flags, text)
        widest = max((metrics.horizontalAdvance(word) for word in text.split()), default=0.0)
        fits = needed.height() <= room.height() and widest <= room.width()
        if fits or pixels <= SMALLEST_PX:
            break
        pixels = max(SMALLEST_PX, min(pixels - 1, round(pixels * 0.94)))
    painter.setFont(font)
    painter.drawText(room, flags, text)
    return float(min(needed.height(), room.height()))
