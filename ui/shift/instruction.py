"""What to do now, to be read from two metres."""

from __future__ import annotations

from dataclasses import dataclass

from PyQt6.QtCore import QRectF, Qt
from PyQt6.QtGui import QFont, QFontMetricsF, QPainter, QPaintEvent
from PyQt6.QtWidgets import QSizePolicy, QWidget
from typing_extensions import override

from station.domain import Decision
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
        if now.sign is not None:
            side = min(box.height() * 0.75, box.width() * 0.26)
            paint_sign(
                painter, now.sign, QRectF(box.x(), box.center().y() - side / 2, side, side),
                rim=theme.colour("text"),
            )  # fmt: skip
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
