"""What came of the part that was laid down last, to be read from two metres."""

from __future__ import annotations

from PyQt6.QtCore import QRectF, QSize, Qt
from PyQt6.QtGui import QFont, QFontMetricsF, QPainter, QPaintEvent
from PyQt6.QtWidgets import QSizePolicy, QWidget
from typing_extensions import override

from station.shift.session import PartResult
from ui.language import tr
from ui.painting import paint_sign
from ui.theme import theme_of


class ResultStrip(QWidget):
    """The verdict's sign, the part, and whether it is as it was."""

    def __init__(self) -> None:
        super().__init__()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.result: PartResult | None = None
        self.show_result(None)

    def show_result(self, result: PartResult | None) -> None:
        """None: nothing was laid down yet."""
        self.result = result
        self.setVisible(result is not None and bool(result.placements))
        self.setAccessibleName(self.words())
        self.setToolTip(self.words())
        self.update()

    def words(self) -> str:
        """What it says."""
        if self.result is None or not self.result.placements:
            return ""
        placed, name = self.result.placements[-1], self.result.part.name
        if placed.ok:
            return tr("{part}: all is as it was", part=name)
        return tr("{part}: {count} not as it was", part=name, count=len(placed.wrong))

    @override
    def sizeHint(self) -> QSize:
        """Qt's own name."""
        return QSize(320, round(3.2 * self.fontMetrics().height()))

    @override
    def paintEvent(self, a0: QPaintEvent | None) -> None:
        """Qt's own name."""
        if self.result is None or not self.result.placements:
            return
        painter, theme, placed = QPainter(self), theme_of(self), self.result.placements[-1]
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        high = float(self.height())
        side = 0.84 * high
        box = QRectF(6, 0.08 * high, side, side)
        paint_sign(painter, placed.decision, box, rim=theme.colour("text"))
        font = QFont(self.font())
        font.setBold(True)
        font.setPixelSize(round(0.44 * high))
        painter.setFont(font)
        painter.setPen(theme.colour("good" if placed.ok else "bad"))
        room = QRectF(side + 20, 0, self.width() - side - 26, high)
        text = QFontMetricsF(font).elidedText(
            self.words(), Qt.TextElideMode.ElideMiddle, room.width()
        )
        painter.drawText(room, int(Qt.AlignmentFlag.AlignVCenter), text)
        painter.end()
