"""The icons of the pages: a few strokes each, sharp on any screen and in any theme."""

from __future__ import annotations

from PyQt6.QtCore import QPointF, QRectF, Qt
from PyQt6.QtGui import QColor, QIcon, QPainter, QPen, QPixmap, QPolygonF

Point = tuple[float, float]
LINES: dict[str, tuple[tuple[Point, ...], ...]] = {
    "live": (((0.1, 0.3), (0.1, 0.8), (0.9, 0.8), (0.9, 0.3), (0.68, 0.3), (0.6, 0.18),
              (0.4, 0.18), (0.32, 0.3), (0.1, 0.3)),),
    "decide": (((0.5, 0.1), (0.5, 0.85)), ((0.15, 0.25), (0.85, 0.25)),
               ((0.3, 0.85), (0.7, 0.85)), ((0.02, 0.55), (0.15, 0.25), (0.28, 0.55), (0.02, 0.55)),
               ((0.72, 0.55), (0.85, 0.25), (0.98, 0.55), (0.72, 0.55))),
    "history": (((0.1, 0.2), (0.9, 0.2)), ((0.1, 0.4), (0.9, 0.4)), ((0.1, 0.6), (0.9, 0.6)),
                ((0.1, 0.8), (0.6, 0.8))),
    "yield": (((0.1, 0.1), (0.1, 0.9), (0.95, 0.9)), ((0.3, 0.9), (0.3, 0.5)),
              ((0.52, 0.9), (0.52, 0.25)), ((0.74, 0.9), (0.74, 0.62))),
    "model": (((0.5, 0.08), (0.92, 0.3), (0.5, 0.52), (0.08, 0.3), (0.5, 0.08)),
              ((0.08, 0.5), (0.5, 0.72), (0.92, 0.5)), ((0.08, 0.7), (0.5, 0.92), (0.92, 0.7))),
    "learn": (((0.5, 0.2), (0.5, 0.85)), ((0.5, 0.2), (0.32, 0.12), (0.08, 0.15), (0.08, 0.8),
              (0.32, 0.77), (0.5, 0.85), (0.68, 0.77), (0.92, 0.8), (0.92, 0.15), (0.68, 0.12),
              (0.5, 0.2))),
    "shift": (((0.1, 0.75), (0.9, 0.75)), ((0.25, 0.75), (0.28, 0.57), (0.4, 0.45), (0.5, 0.42),
              (0.6, 0.45), (0.72, 0.57), (0.75, 0.75)), ((0.5, 0.12), (0.5, 0.27)),
              ((0.14, 0.3), (0.24, 0.42)), ((0.86, 0.3), (0.76, 0.42)), ((0.3, 0.9), (0.7, 0.9))),
    "settings": (((0.1, 0.25), (0.9, 0.25)), ((0.1, 0.5), (0.9, 0.5)), ((0.1, 0.75), (0.9, 0.75))),
    "person": (((0.15, 0.9), (0.18, 0.7), (0.35, 0.58), (0.65, 0.58), (0.82, 0.7), (0.85, 0.9),
                (0.15, 0.9)),),
}  # fmt: skip
"""Strokes in the unit square, x to the right, y down."""
RINGS: dict[str, tuple[tuple[Point, float], ...]] = {
    "live": (((0.5, 0.55), 0.16),),
    "settings": (((0.32, 0.25), 0.09), ((0.68, 0.5), 0.09), ((0.4, 0.75), 0.09)),
    "person": (((0.5, 0.3), 0.2),),
}
"""Circles: centre, radius; painted over the strokes."""
STROKE = 0.075


def icon(name: str, colour: QColor, chosen: QColor, side_px: int) -> QIcon:
    """An icon in its usual colour, and in that of a chosen button. Raises KeyError."""
    made = QIcon()
    made.addPixmap(_painted(name, colour, side_px), QIcon.Mode.Normal, QIcon.State.Off)
    made.addPixmap(_painted(name, chosen, side_px), QIcon.Mode.Normal, QIcon.State.On)
    return made


def _painted(name: str, colour: QColor, side_px: int) -> QPixmap:
    pixmap = QPixmap(2 * side_px, 2 * side_px)
    pixmap.setDevicePixelRatio(2.0)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    pen = QPen(colour, STROKE * side_px)
    pen.setCapStyle(Qt.PenCapStyle.RoundCap)
    pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    painter.setPen(pen)
    for stroke in LINES[name]:
        painter.drawPolyline(QPolygonF([QPointF(x * side_px, y * side_px) for x, y in stroke]))
    if name == "settings":
        painter.setBrush(colour)
    for (x, y), radius in RINGS.get(name, ()):
        side = 2 * radius * side_px
        painter.drawEllipse(QRectF((x - radius) * side_px, (y - radius) * side_px, side, side))
    painter.end()
    return pixmap
