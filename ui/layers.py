"""A picture and another over it, painted at any scale: smooth when shrunk, squares when far
enlarged."""

from __future__ import annotations

from dataclasses import dataclass, field

from PyQt6.QtCore import QRectF, QSize, Qt
from PyQt6.QtGui import QImage, QPainter

from ui.framing import Framing

SQUARES_FROM = 4.0
"""Screen pixels for one of the picture's, from which on its pixels are shown as they are."""


@dataclass(frozen=True, slots=True, eq=False)
class Layers:
    """What is painted."""

    base: QImage | None = None
    overlay: QImage | None = None
    """Of the same thing: stretched over the base, whatever its own size."""
    opacity: float = 1.0
    """Of the overlay, in [0, 1]."""
    shrunk: dict[int, QImage] = field(default_factory=dict)
    """Made for the last paint: shrinking well takes longer than painting."""

    def paint(
        self, painter: QPainter, framing: Framing, ratio: float, split_x: float | None = None
    ) -> None:
        """Paint what the framing shows. ratio: the screen's pixels for one of the widget's.

        split_x: the overlay is painted right of it only.
        """
        if self.base is None:
            return
        room = QRectF(0, 0, *framing.view)
        kept = {}
        for image, opacity in ((self.base, 1.0), (self.overlay, self.opacity)):
            if image is None or image.isNull() or opacity == 0.0:
                continue
            above = image is self.overlay
            painter.save()
            painter.setOpacity(opacity)
            if above and split_x is not None:
                painter.setClipRect(QRectF(split_x, 0, room.width() - split_x, room.height()))
            key = self._paint_one(painter, image, framing, ratio)
            if key is not None:
                kept[image.cacheKey()] = key
            painter.restore()
        self.shrunk.clear()
        self.shrunk.update(kept)

    def _paint_one(
        self, painter: QPainter, image: QImage, framing: Framing, ratio: float
    ) -> QImage | None:
        """Paint one; returns its shrunken copy, where it needs one."""
        left, top = framing.corner
        whole = QRectF(
            left, top, framing.picture[0] * framing.scale, framing.picture[1] * framing.scale
        )
        across = whole.width() * ratio / image.width()
        if across < 1.0:
            size = QSize(
                max(1, round(whole.width() * ratio)), max(1, round(whole.height() * ratio))
            )
            small = self.shrunk.get(image.cacheKey())
            if small is None or small.size() != size:
                small = image.scaled(
                    size,
                    Qt.AspectRatioMode.IgnoreAspectRatio,
                    Qt.TransformationMode.SmoothTransformation,
                )
            painter.drawImage(whole, small)
            return small
        seen = whole.intersected(QRectF(0, 0, *framing.view))
        if seen.isEmpty():
            return None
        # Whole pixels of the picture, so that squares are not cut at the widget's edge.
        step_x, step_y = whole.width() / image.width(), whole.height() / image.height()
        x0, y0 = int((seen.left() - left) / step_x), int((seen.top() - top) / step_y)
        x1 = min(image.width(), int((seen.right() - left) / step_x) + 2)
        y1 = min(image.height(), int((seen.bottom() - top) / step_y) + 2)
        smooth = across < SQUARES_FROM
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, smooth)
        target = QRectF(
            left + x0 * step_x, top + y0 * step_y, (x1 - x0) * step_x, (y1 - y0) * step_y
        )
        painter.drawImage(target, image, QRectF(x0, y0, x1 - x0, y1 - y0))
        return None
