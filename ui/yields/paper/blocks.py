"""What a page of paper is made of: blocks that know their height, and paint themselves.

Lengths are in units of 1/96 inch.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from PyQt6.QtCore import QPointF, QRectF, QSizeF, Qt
from PyQt6.QtGui import QColor, QFont, QFontMetricsF, QImage, QPainter, QPen

from station.domain import Decision
from ui.charts.canvas import Draw, paint_chart
from ui.charts.look import PAPER, Key, paint_legend
from ui.painting import paint_sign

WIDTH = 680.0
"""Of a page's content."""
WRAP = int(Qt.TextFlag.TextWordWrap.value)
PAD = 3.0
SIGN = 11.0


class Block(Protocol):
    """Something on a page."""

    @property
    def height(self) -> float:
        """With the space below it."""

    @property
    def keeps(self) -> float:
        """So much of what comes next stays on the same page."""

    def paint(self, painter: QPainter, top: float) -> None:
        """At the left edge of the content."""


def broken(text: str, font: QFont, width: float) -> str:
    """A text whose words all fit into a line: those that do not go on in the next."""
    metrics = QFontMetricsF(font)
    lines = []
    for line in text.split("\n"):
        words = []
        for word in line.split(" "):
            while metrics.horizontalAdvance(word) > width and len(word) > 1:
                fits = max(1, int(len(word) * width / metrics.horizontalAdvance(word)))
                while fits > 1 and metrics.horizontalAdvance(word[:fits]) > width:
                    fits -= 1
                words.append(word[:fits])
                word = word[fits:]
            words.append(word)
        lines.append(" ".join(words))
    return "\n".join(lines)


def text_height(text: str, font: QFont, width: float) -> float:
    """Of a wrapped text."""
    room = QRectF(0, 0, width, 1e6)
    return QFontMetricsF(font).boundingRect(room, WRAP, broken(text, font, width)).height()


def paint_text(
    painter: QPainter, text: str, font: QFont, box: QRectF, colour: QColor, flags: int = 0
) -> None:
    """Wrapped, from the upper left."""
    painter.setFont(font)
    painter.setPen(colour)
    painter.drawText(box, WRAP | flags, broken(text, font, box.width()))


@dataclass(frozen=True, slots=True)
class Text:
    """A paragraph."""

    text: str
    size: float = 1.0
    bold: bool = False
    colour: str = "text"
    gap: float = 4.0
    keeps: float = 0.0

    @property
    def _font(self) -> QFont:
        return PAPER.font(self.size, self.bold)

    @property
    def height(self) -> float:
        """With the gap below."""
        return text_height(self.text, self._font, WIDTH) + self.gap

    def paint(self, painter: QPainter, top: float) -> None:
        """As Block says."""
        box = QRectF(0, top, WIDTH, self.height)
        paint_text(painter, self.text, self._font, box, getattr(PAPER, self.colour))


def heading(text: str, keeps: float = 60.0) -> Text:
    """A section's title."""
    return Text(text, 1.35, bold=True, gap=5.0, keeps=keeps)


@dataclass(frozen=True, slots=True)
class Space:
    """Nothing."""

    height: float = 10.0
    keeps: float = 0.0

    def paint(self, painter: QPainter, top: float) -> None:
        """As Block says."""


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart with its legend, and a title of its own."""

    title: str
    draw: Draw
    tall: float
    legend: Sequence[Key] = ()
    keeps: float = 0.0

    @property
    def height(self) -> float:
        """With title and gap."""
        return self.tall + 28.0

    def paint(self, painter: QPainter, top: float) -> None:
        """As Block says."""
        line = QRectF(0, top, WIDTH, 18.0)
        paint_text(painter, self.title, PAPER.font(1.0, bold=True), line, PAPER.text)
        wide = QFontMetricsF(PAPER.font(1.0, bold=True)).horizontalAdvance(self.title)
        paint_legend(painter, self.legend, line.adjusted(wide + 18, -2, 0, -2), PAPER)
        paint_chart(painter, self.draw, QRectF(0, top + 20, WIDTH, self.tall), PAPER)


@dataclass(frozen=True, slots=True)
class Cell:
    """One field of a table's row."""

    text: str = ""
    bold: bool = False
    colour: str = "text"
    sign: Decision | None = None
    picture: QImage | None = None
    right: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a table."""

    cells: tuple[Cell, ...]
    widths: tuple[float, ...]
    """Shares of the width."""
    is_head: bool = False
    least: float = 0.0
    keeps: float = 0.0
    size: float = 0.92
    _heights: list[float] = field(default_factory=list)
    """Measured once."""

    @property
    def height(self) -> float:
        """Of the highest cell."""
        if not self._heights:
            found = [self.least]
            for cell, width in zip(self.cells, self._px, strict=True):
                room = width - 2 * PAD - (SIGN + 3 if cell.sign else 0)
                font = PAPER.font(self.size, cell.bold or self.is_head)
                found.append(text_height(cell.text, font, room) if cell.text else 0.0)
            self._heights.append(max(found) + 2 * PAD)
        return self._heights[0]

    @property
    def _px(self) -> list[float]:
        whole = sum(self.widths)
        return [WIDTH * width / whole for width in self.widths]

    def paint(self, painter: QPainter, top: float) -> None:
        """As Block says."""
        left = 0.0
        for cell, width in zip(self.cells, self._px, strict=True):
            box = QRectF(left, top, width, self.height).adjusted(PAD, PAD, -PAD, -PAD)
            self._paint_cell(painter, cell, box)
            left += width
        painter.setPen(QPen(PAPER.text if self.is_head else PAPER.line, 0.5))
        bottom = top + self.height
        painter.drawLine(QPointF(0, bottom), QPointF(WIDTH, bottom))

    def _paint_cell(self, painter: QPainter, cell: Cell, box: QRectF) -> None:
        if cell.picture is not None and not cell.picture.isNull():
            size = QSizeF(cell.picture.size()).scaled(
                QSizeF(box.width(), self.least), Qt.AspectRatioMode.KeepAspectRatio
            )
            painter.drawImage(QRectF(box.topLeft(), size), cell.picture)
            return
        if cell.sign is not None:
            paint_sign(painter, cell.sign, QRectF(box.left(), box.top() + 1.5, SIGN, SIGN))
            box.setLeft(box.left() + SIGN + 3)
        colour = PAPER.quiet if self.is_head else getattr(PAPER, cell.colour)
        flags = Qt.AlignmentFlag.AlignRight if cell.right else Qt.AlignmentFlag.AlignLeft
        font = PAPER.font(self.size, cell.bold or self.is_head)
        paint_text(painter, cell.text, font, box, colour, int(flags))


@dataclass(frozen=True, slots=True)
class Lines:
    """Lines to sign on."""

    names: tuple[str, ...]
    height: float = 74.0
    keeps: float = 0.0

    def paint(self, painter: QPainter, top: float) -> None:
        """As Block says."""
        wide = WIDTH / len(self.names)
        for index, name in enumerate(self.names):
            left, y = index * wide, top + 44.0
            painter.setPen(QPen(PAPER.text, 0.7))
            painter.drawLine(QPointF(left, y), QPointF(left + wide - 24, y))
            box = QRectF(left, y + 3, wide - 24, 24)
            paint_text(painter, name, PAPER.font(0.9), box, PAPER.quiet)
