"""Training pictures that the engine finds like the part in hand, class by class."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PyQt6.QtCore import QRectF, QSize, Qt
from PyQt6.QtGui import QFontMetricsF, QImage, QPainter, QPaintEvent, QPen
from PyQt6.QtWidgets import QSizePolicy, QWidget
from typing_extensions import override

from ui.language import tr
from ui.theme import theme_of
from ui.wording import class_word


class AlikeStrip(QWidget):
    """A column of small pictures, a row for each class, the most alike first; as many as there is
    room for."""

    def __init__(self) -> None:
        super().__init__()
        self.groups: list[tuple[str, bool, list[QImage]]] = []
        """Class, whether it is a defect, its pictures."""
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Expanding)

    def show_groups(self, groups: Mapping[str, Sequence[QImage]], defects: Sequence[str]) -> None:
        """Show them, in the order given. Without any picture the column is hidden."""
        found = [(name, name in defects, list(pictures)) for name, pictures in groups.items()]
        self.groups = [group for group in found if group[2]]
        self.setVisible(bool(self.groups))
        self.setAccessibleName(tr("Training pictures like it"))
        self.setToolTip(tr("Training pictures like it"))
        self.update()

    @override
    def sizeHint(self) -> QSize:
        """Qt's own name."""
        unit = self.fontMetrics().height()
        return QSize(round(13.5 * unit), 12 * unit)

    @override
    def paintEvent(self, a0: QPaintEvent | None) -> None:
        """Qt's own name."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        theme, unit = theme_of(self), float(self.fontMetrics().height())
        head, gap = 1.4 * unit, 0.4 * unit
        high = self.height() / max(1, len(self.groups))
        side = min(high - head - gap, (self.width() - gap) / 2)
        metrics = QFontMetricsF(self.font())
        for index, (name, defect, pictures) in enumerate(self.groups):
            top = index * (side + head + gap)
            painter.setPen(theme.colour("bad" if defect else "good"))
            title = tr("like {name}", name=class_word(name))
            said = metrics.elidedText(title, Qt.TextElideMode.ElideRight, self.width())
            room = QRectF(0, top, self.width(), head)
            painter.drawText(room, int(Qt.AlignmentFlag.AlignVCenter), said)
            painter.setPen(QPen(painter.pen().color(), 2.0))
            count = max(1, int((self.width() + gap) // (side + gap))) if side > 0 else 0
            for at, picture in enumerate(pictures[:count]):
                box = QRectF(at * (side + gap) + 1, top + head, side - 2, side - 2)
                painter.drawImage(box, picture, _square(picture))
                painter.drawRect(box)
        painter.end()


def _square(picture: QImage) -> QRectF:
    """The middle of a picture, as wide as high."""
    side = min(picture.width(), picture.height())
    return QRectF((picture.width() - side) / 2, (picture.height() - side) / 2, side, side)
