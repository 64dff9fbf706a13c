"""How the bench wandered over the last checks: one small chart for each measure."""

from __future__ import annotations

from PyQt6.QtCore import QPointF, QRectF, QSize, Qt
from PyQt6.QtGui import QColor, QFontMetricsF, QPainter, QPaintEvent, QPen, QPolygonF
from PyQt6.QtWidgets import QSizePolicy, QWidget
from typing_extensions import override

from station.shift.drift import Drift
from ui.language import tr
from ui.shift.wordings import CAUSES, measure_word
from ui.theme import Theme, theme_of
from ui.wording import percent

REACH = 1.25
"""Of the tolerance: as far as a chart shows."""
MOST_POINTS = 20


class DriftPanel(QWidget):
    """Rows of name, chart and words; the band is the tolerance, in the middle the record."""

    def __init__(self) -> None:
        super().__init__()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.drifts: tuple[Drift, ...] = ()

    def show_drifts(self, drifts: tuple[Drift, ...]) -> None:
        """One row for each."""
        self.drifts = drifts
        self.setAccessibleName("; ".join(f"{measure_word(d.measure)}: {words(d)}" for d in drifts))
        told = [tr(CAUSES[d.cause]) for d in drifts if d.cause is not None]
        self.setToolTip("\n".join(told))
        self.updateGeometry()
        self.update()

    @override
    def minimumSizeHint(self) -> QSize:
        """Qt's own name."""
        return QSize(240, round(1.5 * self.fontMetrics().height()) * max(1, len(self.drifts)))

    @override
    def paintEvent(self, a0: QPaintEvent | None) -> None:
        """Qt's own name."""
        painter, theme = QPainter(self), theme_of(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if not self.drifts:
            painter.setPen(theme.colour("quiet"))
            flags = int(Qt.AlignmentFlag.AlignCenter) | int(Qt.TextFlag.TextWordWrap.value)
            text = tr("After a few checks, this shows how the bench wanders.")
            painter.drawText(QRectF(self.rect()), flags, text)
            return
        most = 4.2 * self.fontMetrics().height()
        high = min(most, self.height() / len(self.drifts))
        for index, drift in enumerate(self.drifts):
            self._paint_row(painter, theme, drift, QRectF(0, index * high, self.width(), high))
        painter.end()

    def _paint_row(self, painter: QPainter, theme: Theme, drift: Drift, row: QRectF) -> None:
        metrics = QFontMetricsF(self.font())
        line = metrics.height()
        flags = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        tone = "quiet" if drift.cause is None else "bad"
        name, wide = measure_word(drift.measure), row.width()
        if row.height() >= 2.1 * line:
            left, top = 0.5 * wide, row.center().y() - line
            lines = (
                (row.x(), top, left, name, "text"),
                (row.x(), top + line, left, words(drift), tone),
            )
        else:
            left, top, share = 0.62 * wide, row.center().y() - 0.5 * line, 0.2 * wide
            lines = (
                (row.x(), top, left - share, name, "text"),
                (row.x() + left - share, top, share, short_words(drift), tone),
            )
        for x, y, room, text, colour in lines:
            painter.setPen(theme.colour(colour))
            elided = metrics.elidedText(text, Qt.TextElideMode.ElideRight, room - 8)
            painter.drawText(QRectF(x, y, room, line), flags, elided)
        box = QRectF(row.x() + left, row.y() + 2, wide - left - 4, row.height() - 4)
        self._paint_chart(painter, theme, drift, box)

    def _paint_chart(self, painter: QPainter, theme: Theme, drift: Drift, box: QRectF) -> None:
        middle, unit = box.center().y(), 0.5 * box.height() / REACH
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.colour("raised"))
        painter.drawRect(QRectF(box.x(), middle - unit, box.width(), 2 * unit))
        painter.setPen(QPen(theme.colour("line"), 1, Qt.PenStyle.DashLine))
        for at in (middle - unit, middle + unit):
            painter.drawLine(QPointF(box.left(), at), QPointF(box.right(), at))
        painter.setPen(QPen(theme.colour("line"), 1))
        painter.drawLine(QPointF(box.left(), middle), QPointF(box.right(), middle))
        offsets = [offset for _, offset in drift.points[-MOST_POINTS:]]
        step = box.width() / max(MOST_POINTS - 1, 1)
        first = box.right() - 5 - step * (len(offsets) - 1)
        points = [
            QPointF(first + index * step, middle - unit * max(-REACH, min(REACH, offset)))
            for index, offset in enumerate(offsets)
        ]
        ink: QColor = theme.colour("accent")
        painter.setPen(QPen(ink, 2))
        painter.drawPolyline(QPolygonF(points))
        for point, offset in zip(points, offsets, strict=True):
            outside = abs(offset) > 1.0
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.colour("bad") if outside else ink)
            size = 5.0 if outside else 3.5
            if outside:
                square = QRectF(point.x() - size, point.y() - size, 2 * size, 2 * size)
                painter.drawRect(square)
            else:
                painter.drawEllipse(point, size, size)


def words(drift: Drift) -> str:
    """How much of the tolerance is used, and whether it is told as a drift."""
    if drift.now is None:
        return tr("too few checks yet")
    used = percent(abs(drift.now), 0)
    if drift.cause is None:
        return tr("{share} of the tolerance", share=used)
    return tr("drifts: {share} of the tolerance", share=used)


def short_words(drift: Drift) -> str:
    """The same where there is little room; an arrow tells a drift without its colour."""
    if drift.now is None:
        return "…"
    sign = "" if drift.cause is None else ("▲ " if drift.now > 0.0 else "▼ ")
    return f"{sign}{percent(abs(drift.now), 0)}"
