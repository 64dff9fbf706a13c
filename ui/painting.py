"""Decisions' signs and colours, drawn with Qt."""

from __future__ import annotations

from PyQt6.QtCore import QPointF, QRectF, Qt
from PyQt6.QtGui import QColor, QPainter, QPen, QPolygonF

from station.domain import Decision
from station.drawing.signs import SIGNS, STROKE, Point


def plate_colour(decision: Decision) -> QColor:
    """The colour of the sign's plate."""
    return QColor(*SIGNS[decision].colour_rgb)


def ink_colour(decision: Decision) -> QColor:
    """The colour that reads on the plate."""
    return QColor(*SIGNS[decision].ink_rgb)


def paint_sign(
    painter: QPainter, decision: Decision, box: QRectF, *, rim: QColor | None = None
) -> None:
    """Paint a decision's sign into a square box; `rim` sets it off from a ground of its colour."""
    sign, side = SIGNS[decision], box.width()

    def polygon(points: tuple[Point, ...]) -> QPolygonF:
        return QPolygonF([QPointF(box.x() + x * side, box.y() + y * side) for x, y in points])

    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setBrush(QColor(*sign.colour_rgb))
    painter.setPen(QPen(rim, side * 0.04) if rim is not None else QPen(Qt.PenStyle.NoPen))
    painter.drawPolygon(polygon(sign.plate))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(
        QPen(
            QColor(*sign.ink_rgb),
            side * STROKE,
            Qt.PenStyle.SolidLine,
            Qt.PenCapStyle.RoundCap,
            Qt.PenJoinStyle.RoundJoin,
        )
    )
    for stroke in sign.strokes:
        # A dot: Qt paints no line between two equal points.
        if stroke[0] == stroke[-1]:
            painter.drawPoint(polygon(stroke)[0])
        else:
            painter.drawPolyline(polygon(stroke))
    painter.restore()
