"""A bar that says how long a millimetre is in a picture."""

from __future__ import annotations

import math

from PyQt6.QtCore import QPointF, QRectF, Qt
from PyQt6.QtGui import QColor, QFontMetricsF, QPainter, QPen

from ui.wording import millimetres

SHARE = 0.25
"""Of the widget's width, that the bar takes at most."""
LENGTHS = (1.0, 2.0, 5.0)
"""Times a power of ten, in mm."""
MARGIN = 0.6
"""Around the bar, in heights of a line."""


def bar_length_mm(most_mm: float) -> float:
    """The longest round length (1, 2 or 5 times a power of ten) of at most `most_mm`, which is
    above 0."""
    power = 10.0 ** math.floor(math.log10(most_mm) + 1e-9)
    return max(step * power for step in LENGTHS if step * power <= most_mm * (1 + 1e-9))


def length_text(length_mm: float) -> str:
    """`5 mm`, `0.2 mm`: as many digits as it needs."""
    return millimetres(length_mm, max(0, math.ceil(-math.log10(length_mm) - 1e-9)))


def paint_scale_bar(
    painter: QPainter, room: QRectF, px_per_mm: float, ink: QColor, ground: QColor
) -> QRectF:
    """Paint it into the lower left corner of `room`; returns the plate it stands on.

    px_per_mm: the widget's pixels. ink, ground: of the bar and of its plate.
    """
    length_mm = bar_length_mm(SHARE * room.width() / px_per_mm)
    length, text = length_mm * px_per_mm, length_text(length_mm)
    metrics = QFontMetricsF(painter.font())
    line = metrics.height()
    margin, unit = MARGIN * line, line / 20.0
    width = max(length, metrics.horizontalAdvance(text)) + 2 * margin
    height = line + 20.0 * unit
    plate = QRectF(room.left() + margin, room.bottom() - margin - height, width, height)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(ground)
    painter.setOpacity(0.85)
    painter.drawRoundedRect(plate, 4, 4)
    painter.setOpacity(1.0)
    left, right = plate.center().x() - length / 2, plate.center().x() + length / 2
    y = plate.bottom() - 9.0 * unit
    painter.setPen(QPen(ink, 2.0 * unit, cap=Qt.PenCapStyle.FlatCap))
    painter.drawLine(QPointF(left, y), QPointF(right, y))
    for x in (left + unit, right - unit):
        painter.drawLine(QPointF(x, y - 5 * unit), QPointF(x, y + 5 * unit))
    painter.drawText(
        QRectF(plate.left(), plate.top() + 2 * unit, plate.width(), line),
        int(Qt.AlignmentFlag.AlignCenter),
        text,
    )
    painter.restore()
    return plate
