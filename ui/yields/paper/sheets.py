"""Blocks -> pages of A4, with a line above and a number below; painted a page at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from PyQt6.QtCore import QBuffer, QIODevice, QMarginsF, QPointF, QRectF, Qt
from PyQt6.QtGui import QPageLayout, QPageSize, QPainter, QPdfWriter, QPen

from station.errors import StationError
from ui.charts.look import PAPER
from ui.language import tr
from ui.wording import number
from ui.yields.paper.blocks import WIDTH, Block, Row, paint_text

RESOLUTION = 96
"""Units to the inch, those of blocks: pyqtgraph's axes are recorded for it. A PDF's places are not
whole numbers of them."""
PAGE = (793.7, 1122.5)
"""A4 in those."""
LEFT = (PAGE[0] - WIDTH) / 2
TOP, BOTTOM = 62.0, 58.0
ROOM = PAGE[1] - TOP - BOTTOM


@dataclass(frozen=True, slots=True)
class Sheet:
    """One page."""

    blocks: tuple[tuple[float, Block], ...]
    """(top, block), from the content's upper edge."""


def sheets_of(blocks: Sequence[Block]) -> list[Sheet]:
    """Lay blocks onto pages. A table's head is said again on each page that it reaches."""
    sheets: list[Sheet] = []
    page: list[tuple[float, Block]] = []
    at = 0.0
    head: Row | None = None
    for block in blocks:
        if at + block.height + block.keeps > ROOM and page:
            sheets.append(Sheet(tuple(page)))
            page, at = [], 0.0
            if isinstance(block, Row) and not block.is_head and head is not None:
                page, at = [(0.0, head)], head.height
        head = (block if block.is_head else head) if isinstance(block, Row) else None
        page.append((at, block))
        at += block.height
    return [*sheets, Sheet(tuple(page))]


def paint_sheets(
    sheets: Sequence[Sheet], title: str, subject: str, footer: str, out: QBuffer
) -> Iterator[int]:
    """Paint a PDF into an open buffer; after each page, says how many are done.

    Raises StationError where Qt cannot make one.
    """
    writer = QPdfWriter(out)
    writer.setPageSize(QPageSize(QPageSize.PageSizeId.A4))
    writer.setPageMargins(QMarginsF(0, 0, 0, 0), QPageLayout.Unit.Millimeter)
    writer.setResolution(RESOLUTION)
    writer.setTitle(title)
    writer.setCreator("scaffold-station")
    painter = QPainter()
    if not painter.begin(writer):
        raise StationError("the PDF cannot be begun. Free memory, then ask for the report again.")
    try:
        for done, sheet in enumerate(sheets, start=1):
            if done > 1 and not writer.newPage():
                raise StationError("the PDF cannot be written on. Free memory, then try again.")
            _paint_frame(painter, subject, footer, done, len(sheets))
            painter.save()
            painter.translate(LEFT, TOP)
            for top, block in sheet.blocks:
                painter.save()
                block.paint(painter, top)
                painter.restore()
            painter.restore()
            yield done
    finally:
        painter.end()


def new_buffer() -> QBuffer:
    """An open buffer for a PDF."""
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    return buffer


def _paint_frame(painter: QPainter, subject: str, footer: str, page: int, pages: int) -> None:
    """The line above, and the one below with the page's number."""
    font = PAPER.font(0.85)
    right = int(Qt.AlignmentFlag.AlignRight)
    top = QRectF(LEFT, 30, WIDTH, 16)
    paint_text(painter, subject, font, top, PAPER.quiet)
    paint_text(painter, "scaffold-station", font, top, PAPER.quiet, right)
    bottom = QRectF(LEFT, PAGE[1] - 44, WIDTH, 16)
    said = tr("page {page} of {pages}", page=number(page), pages=number(pages))
    paint_text(painter, footer, font, bottom, PAPER.quiet)
    paint_text(painter, said, font, bottom, PAPER.quiet, right)
    painter.setPen(QPen(PAPER.line, 0.5))
    for y in (top.bottom() + 2, bottom.top() - 4):
        painter.drawLine(QPointF(LEFT, y), QPointF(LEFT + WIDTH, y))
