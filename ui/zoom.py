"""A picture with an overlay, to be looked at closely: zoom, pan, opacity, swipe."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from PyQt6.QtCore import QPointF, QRectF, QSize, Qt
from PyQt6.QtGui import QImage, QPainter, QPaintEvent, QPen, QTextOption
from PyQt6.QtWidgets import QSizePolicy
from typing_extensions import override

from ui.actions import ActionRow
from ui.language import mark
from ui.layers import Layers
from ui.scale_bar import paint_scale_bar
from ui.theme import Theme, theme_of
from ui.zoomable import Zoomable

GRIP = 1.1
"""So near to the swipe's line the hand takes it instead of the picture; in heights of a line."""


class ZoomPicture(Zoomable):
    """Shows an image, and another over it; or a sentence where there is none."""

    def __init__(self) -> None:
        super().__init__()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(200, 160)
        self.message = ""
        self._layers = Layers()
        self._px_per_mm: float | None = None
        self._split: float | None = None

    @property
    def image(self) -> QImage | None:
        """The lower layer."""
        return self._layers.base

    @property
    def overlay(self) -> QImage | None:
        """The upper layer."""
        return self._layers.overlay

    @property
    def opacity(self) -> float:
        """Of the upper layer, in [0, 1]."""
        return self._layers.opacity

    @property
    def split(self) -> float | None:
        """Where the line is, as a share of the widget's width; None: there is none."""
        return self._split

    @property
    def px_per_mm(self) -> float | None:
        """Pixels of the picture for a millimetre: a bar says how long one is. None: unknown."""
        return self._px_per_mm

    @px_per_mm.setter
    def px_per_mm(self, px_per_mm: float | None) -> None:
        self._px_per_mm = px_per_mm
        self.update()

    def show_image(self, image: QImage | None, message: str = "") -> None:
        """Show one image without an overlay; without one, the message."""
        self._show(image, None, message)

    def set_layers(self, base: QImage | None, overlay: QImage | None) -> None:
        """Show two images of the same thing: the overlay is stretched over the base."""
        self._show(base, overlay, self.message if base is None else "")

    def set_opacity(self, opacity: float) -> None:
        """How much of the overlay is seen, in [0, 1]; clipped."""
        self._layers = replace(self._layers, opacity=min(max(opacity, 0.0), 1.0))
        self.update()

    def set_split(self, share: float | None) -> None:
        """Show the overlay right of a line only, which a hand can move; None: everywhere.

        share: of the widget's width, left of the line.
        """
        self._split = None if share is None else min(max(share, 0.0), 1.0)
        self.update()

    def _show(self, base: QImage | None, overlay: QImage | None, message: str) -> None:
        if base is not None and base.isNull():
            base = None
        self.message = message
        self.setAccessibleDescription(message)
        self._layers = replace(self._layers, base=base, overlay=overlay)
        self.look_at(None if base is None else (float(base.width()), float(base.height())))

    def paint_above(self, painter: QPainter) -> None:
        """For who draws over the picture: called after the layers, in the widget's pixels."""

    @override
    def paintEvent(self, a0: QPaintEvent | None) -> None:
        """Qt's own name."""
        painter, theme = QPainter(self), theme_of(self)
        painter.fillRect(self.rect(), theme.colour("ground"))
        if self._framing is None:
            painter.setPen(theme.colour("quiet"))
            how = QTextOption(Qt.AlignmentFlag.AlignCenter)
            how.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)  # a long path
            painter.drawText(QRectF(self.rect()).adjusted(24, 24, -24, -24), self.message, how)
        else:
            line = None if self._split is None else self._split * self.width()
            self._layers.paint(painter, self._framing, self.devicePixelRatioF(), line)
            if line is not None:
                _paint_line(painter, line, self.height(), 0.8 * self._grip_px, theme)
            self.paint_above(painter)
            if self._px_per_mm is not None:
                scale = self._px_per_mm * self._framing.scale
                ink, ground = theme.colour("text"), theme.colour("raised")
                paint_scale_bar(painter, QRectF(self.rect()), scale, ink, ground)
        if self.hasFocus():
            painter.setPen(QPen(theme.colour("accent"), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(self.rect().adjusted(1, 1, -1, -1))
        painter.end()

    @override
    def sizeHint(self) -> QSize:
        """Qt's own name."""
        return QSize(480, 360)

    @override
    def takes(self, point: QPointF) -> bool:
        """The swipe's line."""
        return (
            self._split is not None and abs(point.x() - self._split * self.width()) <= self._grip_px
        )

    @property
    def _grip_px(self) -> float:
        return GRIP * self.fontMetrics().height()

    @override
    def drag_own(self, point: QPointF) -> None:
        """The line follows the hand."""
        self.set_split(point.x() / max(1, self.width()))


def _paint_line(painter: QPainter, x: float, height: int, radius: float, theme: Theme) -> None:
    """The swipe's line, with a grip that says which ways it goes."""
    middle, ink, unit = height / 2, theme.colour("accent_ink"), radius / 18.0
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    for colour, width in ((ink, 6 * unit), (theme.colour("accent"), 3 * unit)):
        painter.setPen(QPen(colour, width))
        painter.drawLine(QPointF(x, 0), QPointF(x, height))
    painter.setPen(QPen(ink, 2 * unit))
    painter.setBrush(theme.colour("accent"))
    painter.drawEllipse(QPointF(x, middle), radius, radius)
    for side in (-unit, unit):
        tip, back, reach = QPointF(x + side * 11, middle), x + side * 5, 5 * unit
        painter.drawPolyline(QPointF(back, middle - reach), tip, QPointF(back, middle + reach))


def zoom_rows(picture_of: Callable[[Any], ZoomPicture]) -> tuple[ActionRow, ...]:
    """Rows for a page that has such a picture: + - 0, wherever the keyboard is."""
    return (
        ActionRow("zoom_in", mark("Zoom in"), "+", lambda page: picture_of(page).zoom_in()),
        ActionRow("zoom_out", mark("Zoom out"), "-", lambda page: picture_of(page).zoom_out()),
        ActionRow("zoom_fit", mark("Whole picture"), "0", lambda page: picture_of(page).fit()),
    )
