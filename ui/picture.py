"""The picture of the part looked at, as large as its place."""

from __future__ import annotations

from PyQt6.QtCore import QRectF, Qt
from PyQt6.QtGui import QImage, QPainter, QPaintEvent
from PyQt6.QtWidgets import QSizePolicy, QWidget
from typing_extensions import override

from ui.painting import GROUND, QUIET


class Picture(QWidget):
    """Shows an image whole, or a sentence in its place."""

    def __init__(self) -> None:
        super().__init__()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(240, 240)
        self.image: QImage | None = None
        self.message = ""

    def show_image(self, image: QImage | None, message: str = "") -> None:
        """Show an image; without one, the message."""
        self.image, self.message = image, message
        self.update()

    @override
    def paintEvent(self, event: QPaintEvent | None) -> None:
        """Qt's own name."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.fillRect(self.rect(), GROUND)
        if self.image is None:
            painter.setPen(QUIET)
            flags = int(Qt.AlignmentFlag.AlignCenter) | int(Qt.TextFlag.TextWordWrap.value)
            painter.drawText(QRectF(self.rect()).adjusted(40, 40, -40, -40), flags, self.message)
        else:
            # On a dense screen a widget's pixel is several of the screen's: scale to those.
            ratio = self.devicePixelRatioF()
            room = self.size() * ratio
            fitted = self.image.scaled(
                room, Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation
            )
            width, height = fitted.width() / ratio, fitted.height() / ratio
            left, top = (self.width() - width) / 2, (self.height() - height) / 2
            painter.drawImage(QRectF(left, top, width, height), fitted)
        painter.end()
