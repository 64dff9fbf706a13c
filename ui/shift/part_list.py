"""The golden parts of a check: which is wanted, and what came of the others."""

from __future__ import annotations

from PyQt6.QtCore import QRectF, QSize, Qt
from PyQt6.QtGui import QFont, QFontMetricsF, QPainter, QPaintEvent, QPen
from PyQt6.QtWidgets import QSizePolicy, QWidget
from typing_extensions import override

from station.shift.session import PartResult
from ui.language import tr
from ui.painting import paint_sign
from ui.theme import theme_of

ROW_PX = 50


class PartList(QWidget):
    """One row for each part."""

    def __init__(self) -> None:
        super().__init__()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        self.results: tuple[PartResult, ...] = ()
        self.wanted = ""
        """Name of the part that is to be laid down."""

    def show_results(self, results: tuple[PartResult, ...], wanted: str) -> None:
        """Results in the order of the parts."""
        self.results, self.wanted = results, wanted
        self.setAccessibleName(
            "; ".join(f"{r.part.name}: {self.word_of(r)[0]}" for r in self.results)
        )
        self.updateGeometry()
        self.update()

    def word_of(self, result: PartResult) -> tuple[str, str]:
        """What came of a part so far, and in which colour."""
        if result.part.name == self.wanted:
            again = bool(result.placements)
            return (tr("lay down again") if again else tr("lay down now")), "accent"
        if not result.placements:
            return tr("waiting") if self.wanted else tr("not laid down"), "quiet"
        return (tr("as it was"), "good") if result.ok else (tr("not as it was"), "bad")

    @property
    def _row_px(self) -> int:
        return max(ROW_PX, round(2.6 * self.fontMetrics().height()))

    @override
    def sizeHint(self) -> QSize:
        """Qt's own name."""
        return QSize(280, self._row_px * max(1, len(self.results)))

    @override
    def minimumSizeHint(self) -> QSize:
        """Qt's own name."""
        return self.sizeHint()

    @override
    def paintEvent(self, a0: QPaintEvent | None) -> None:
        """Qt's own name."""
        painter, theme = QPainter(self), theme_of(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        high = self._row_px
        for index, result in enumerate(self.results):
            row = QRectF(0, index * high, self.width(), high - 4)
            if result.part.name == self.wanted:
                painter.setPen(QPen(theme.colour("accent"), 2))
                painter.setBrush(theme.colour("raised"))
                painter.drawRoundedRect(row.adjusted(1, 1, -1, -1), 6, 6)
            side = 0.62 * high
            plate = QRectF(10, row.center().y() - side / 2, side, side)
            if result.placements:
                sign = result.placements[-1].decision
                paint_sign(painter, sign, plate, rim=theme.colour("text"))
            else:
                painter.setPen(QPen(theme.colour("line"), 2, Qt.PenStyle.DashLine))
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawEllipse(plate.adjusted(3, 3, -3, -3))
            self._paint_words(painter, result, row.adjusted(1.4 * side + 10, 0, -0.3 * side, 0))
        painter.end()

    def _paint_words(self, painter: QPainter, result: PartResult, room: QRectF) -> None:
        theme, (word, tone) = theme_of(self), self.word_of(result)
        font = QFont(self.font())
        font.setBold(True)
        painter.setFont(font)
        taken = QFontMetricsF(font).horizontalAdvance(word)
        painter.setPen(theme.colour(tone))
        middle = Qt.AlignmentFlag.AlignVCenter
        painter.drawText(room, int(middle | Qt.AlignmentFlag.AlignRight), word)
        font.setBold(False)
        left = room.adjusted(0, 0, -taken - 12, 0)
        for text, tone, box, face in (
            (result.part.name, "text", left.adjusted(0, 4, 0, -0.48 * left.height()), font),
            (kind_word(result.part.good), "quiet", left.adjusted(0, 0.48 * left.height(), 0, -4),
             font),
        ):  # fmt: skip
            painter.setFont(face)
            painter.setPen(theme.colour(tone))
            elided = QFontMetricsF(face).elidedText(text, Qt.TextElideMode.ElideMiddle, box.width())
            painter.drawText(box, int(middle | Qt.AlignmentFlag.AlignLeft), elided)


def kind_word(good: bool) -> str:
    """What is known of a golden part."""
    return tr("known good") if good else tr("known bad")
