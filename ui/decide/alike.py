"""Training pictures that the engine finds like the part in hand, class by class."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PyQt6.QtCore import QRectF, QSize, QSizeF, Qt
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
        return QSize(round(10.5 * unit), 12 * unit)

    @override
    def paintEvent(self, a0: QPaintEvent | None) -> None:
        """Qt's own name."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        theme, unit = theme_of(self), float(self.fontMetrics().height())
        head, gap = 1.4 * unit, 0.4 * unit
        room = QSizeF(self.width(), self.height() / max(1, len(self.groups)) - head - gap)
        fitted = [_fitted(len(pictures), room, gap) for _, _, pictures in self.groups]
        side = min((each for _, each in fitted), default=0.0)  # all of one size
        metrics, top = QFontMetricsF(self.font()), 0.0
        for (name, defect, pictures), (columns, _) in zip(self.groups, fitted, strict=True):
            painter.setPen(theme.colour("bad" if defect else "good"))
            title = tr("like {name}", name=class_word(name))
            said = metrics.elidedText(title, Qt.TextElideMode.ElideRight, self.width())
            line = QRectF(0, top, self.width(), head)
            painter.drawText(line, int(Qt.AlignmentFlag.AlignVCenter), said)
            painter.setPen(QPen(painter.pen().color(), 2.0))
            top += head
            for at, picture in enumerate(pictures):
                column, row = at % columns, at // columns
                x, y = column * (side + gap), top + row * (side + gap)
                box = QRectF(x + 1, y, side - 2, side - 2)
                painter.drawImage(box, picture, _square(picture))
                painter.drawRect(box)
            top += (1 + (len(pictures) - 1) // columns) * (side + gap)
        painter.end()


def _fitted(count: int, room: QSizeF, gap: float) -> tuple[int, float]:
    """In how many columns so many squares are largest, and their side."""

    def side(columns: int) -> float:
        rows = -(-count // columns)
        wide = (room.width() - (columns - 1) * gap) / columns
        return min(wide, (room.height() - (rows - 1) * gap) / rows)

    best = max(range(1, max(1, count) + 1), key=side)
    return best, max(0.0, side(best))


def _square(picture: QImage) -> QRectF:
    """The middle of a picture, as wide as high."""
    side = min(picture.width(), picture.height())
    return QRectF((picture.width() - side) / 2, (picture.height() - side) / 2, side, side)
