"""A picture on which rectangles are drawn, moved and made larger, by hand and by keys."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from PyQt6.QtCore import QPointF, QRectF, Qt, pyqtSignal
from PyQt6.QtGui import QBrush, QColor, QKeyEvent, QMouseEvent, QPainter, QPainterPath, QPen
from typing_extensions import override

from ui.theme import theme_of
from ui.zoom import ZoomPicture

REACH_PX = 22.0
"""So near to a handle a finger takes it."""
HANDLE_PX = 11.0
SMALLEST_PX = 4
"""Of a rectangle, in the picture's pixels; less was a click."""
Box = tuple[int, int, int, int]
_EDGES: Final = {
    "nw": (1, 1, 0, 0), "n": (0, 1, 0, 0), "ne": (0, 1, 1, 0), "w": (1, 0, 0, 0),
    "e": (0, 0, 1, 0), "sw": (1, 0, 0, 1), "s": (0, 0, 0, 1), "se": (0, 0, 1, 1),
}  # fmt: skip
"""Handle -> which of left, top, right, bottom follow it."""


@dataclass(frozen=True, slots=True)
class Area:
    """One rectangle, in the picture's pixels."""

    key: str
    """Setting that it belongs to."""
    index: int
    """Of several."""
    box: Box
    name: str
    """What is written beside it."""
    is_region: bool = False


class AreaPicture(ZoomPicture):
    """Draws what it is given; what a person does to it comes out as signals."""

    drawn = pyqtSignal(object)
    """A new rectangle, Box."""
    moved = pyqtSignal(object, object)
    """An Area, and its new Box."""
    chosen = pyqtSignal()

    def __init__(self) -> None:
        super().__init__()
        self.areas: tuple[Area, ...] = ()
        self.chosen_index: int | None = None
        self.is_drawing = False
        """The next drag makes a rectangle."""
        self.outline: tuple[float, float, float, float, float] | None = None
        """Of the part: centre, axes, angle in degrees; in the picture's pixels."""
        self._from: QPointF | None = None
        self._grip = ""
        self._box: Box | None = None
        """While a hand changes it."""

    @property
    def chosen_area(self) -> Area | None:
        """What keys move."""
        index = self.chosen_index
        return None if index is None or index >= len(self.areas) else self.areas[index]

    def show_areas(self, areas: tuple[Area, ...]) -> None:
        """Take the place of those before; what was chosen stays so where it is still there."""
        before = self.chosen_area
        self.areas = areas
        names = [(area.key, area.index) for area in areas]
        is_there = before is not None and (before.key, before.index) in names
        self.chosen_index = names.index((before.key, before.index)) if before and is_there else None
        self.update()

    def choose(self, index: int | None) -> None:
        """Which one keys move."""
        self.chosen_index = index
        self.chosen.emit()
        self.update()

    @override
    def takes(self, point: QPointF) -> bool:
        if self.is_drawing:
            return self.picture_at(point) is not None
        return bool(self._grip_at(point)) or self._area_at(point) is not None

    @override
    def drag_own(self, point: QPointF) -> None:
        if self._from is None or self._framing is None:
            return
        at = self._on_picture(point)
        start = self._on_picture(self._from)
        if self.is_drawing:
            self._box = self._inside(_between(start, at))
        elif (area := self.chosen_area) is not None:
            self._box = self._inside(
                _pulled(area.box, self._grip, at[0] - start[0], at[1] - start[1])
            )
        self.update()

    @override
    def mousePressEvent(self, a0: QMouseEvent | None) -> None:
        if a0 is not None and a0.button() == Qt.MouseButton.LeftButton:
            self._from, self._box = a0.position(), None
            self._grip = "" if self.is_drawing else self._grip_at(a0.position())
            if not self.is_drawing and not self._grip:
                self.choose(self._area_at(a0.position()))
                self._grip = "all"
        super().mousePressEvent(a0)

    @override
    def mouseReleaseEvent(self, a0: QMouseEvent | None) -> None:
        box, area = self._box, self.chosen_area
        self._from, self._box = None, None
        super().mouseReleaseEvent(a0)
        if box is not None and min(box[2:]) >= SMALLEST_PX:
            if self.is_drawing:
                self.drawn.emit(box)
            elif area is not None and box != area.box:
                self.moved.emit(area, box)
        self.update()

    @override
    def keyPressEvent(self, a0: QKeyEvent | None) -> None:
        area = self.chosen_area
        key = Qt.Key
        steps = {key.Key_Left: (-1, 0), key.Key_Right: (1, 0), key.Key_Up: (0, -1),
                 key.Key_Down: (0, 1)}  # fmt: skip
        if a0 is None:
            return
        if a0.key() in (key.Key_PageDown, key.Key_PageUp) and self.areas:
            by = 1 if a0.key() == key.Key_PageDown else -1
            at = -1 if self.chosen_index is None and by > 0 else self.chosen_index or 0
            self.choose((at + by) % len(self.areas))
            return
        if area is None or a0.key() not in steps:
            super().keyPressEvent(a0)
            return
        far = 10 if a0.modifiers() & Qt.KeyboardModifier.ShiftModifier else 1
        dx, dy = (far * step for step in steps[Qt.Key(a0.key())])
        grip = "se" if a0.modifiers() & Qt.KeyboardModifier.AltModifier else "all"
        box = self._inside(_pulled(area.box, grip, dx, dy))
        if box != area.box and min(box[2:]) >= SMALLEST_PX:
            self.moved.emit(area, box)

    @override
    def paint_above(self, painter: QPainter) -> None:
        theme = theme_of(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        region = next((area for area in self.areas if area.is_region), None)
        if region is not None:
            self._dim_outside(painter, self._shown_box(region), theme.colour("ground"))
        if self.outline is not None:
            self._paint_outline(painter, theme.colour("good"))
        for index, area in enumerate(self.areas):
            colour = theme.colour("accent" if area.is_region else "alarm")
            is_chosen = index == self.chosen_index
            self._paint_area(painter, self._rect(self._shown_box(area)), area, colour, is_chosen)
        if self.is_drawing and self._box is not None:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            _stroke(painter, self._rect(self._box), theme.colour("accent"), 2.0)

    def _shown_box(self, area: Area) -> Box:
        changing = self._box is not None and not self.is_drawing and area == self.chosen_area
        return self._box if changing and self._box is not None else area.box

    def _rect(self, box: Box) -> QRectF:
        return QRectF(
            self.place_of(box[0], box[1]), self.place_of(box[0] + box[2], box[1] + box[3])
        )

    def _dim_outside(self, painter: QPainter, box: Box, ground: QColor) -> None:
        ground.setAlpha(150)
        path = QPainterPath()
        path.addRect(QRectF(self.rect()))
        path.addRect(self._rect(box))
        painter.fillPath(path, ground)

    def _paint_outline(self, painter: QPainter, colour: QColor) -> None:
        assert self.outline is not None
        x, y, long, short, angle = self.outline
        painter.save()
        painter.setPen(QPen(colour, 2.0, Qt.PenStyle.DashLine))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.translate(self.place_of(x, y))
        painter.rotate(angle)
        painter.drawEllipse(QPointF(0, 0), 0.5 * long * self.scale, 0.5 * short * self.scale)
        painter.restore()

    def _paint_area(
        self, painter: QPainter, rect: QRectF, area: Area, colour: QColor, is_chosen: bool
    ) -> None:
        fill = QColor(colour)
        fill.setAlpha(110)
        if not area.is_region:
            painter.fillRect(rect, QBrush(fill, Qt.BrushStyle.BDiagPattern))
        _stroke(painter, rect, colour, 3.0 if is_chosen else 2.0)
        metrics = painter.fontMetrics()
        width = metrics.horizontalAdvance(area.name) + 10
        top = rect.top() - metrics.height() - 4
        plate = QRectF(rect.left(), top if top >= 0 else rect.bottom(), width, metrics.height() + 2)
        plate.moveLeft(min(max(plate.left(), 0.0), max(0.0, self.width() - width)))
        theme = theme_of(self)
        painter.fillRect(plate, theme.colour("raised"))
        painter.setPen(theme.colour("text"))
        painter.drawText(plate, Qt.AlignmentFlag.AlignCenter, area.name)
        if is_chosen:
            for handle in self._handles(rect).values():
                side = QRectF(0, 0, HANDLE_PX, HANDLE_PX)
                side.moveCenter(handle)
                painter.fillRect(side, theme.colour("text"))
                painter.fillRect(side.adjusted(2, 2, -2, -2), colour)

    def _handles(self, rect: QRectF) -> dict[str, QPointF]:
        middle = rect.center()
        return {
            name: QPointF(
                rect.left() if left else rect.right() if right else middle.x(),
                rect.top() if top else rect.bottom() if bottom else middle.y(),
            )
            for name, (left, top, right, bottom) in _EDGES.items()
        }

    def _grip_at(self, point: QPointF) -> str:
        area = self.chosen_area
        if area is None:
            return ""
        rect = self._rect(area.box)
        handles, reach = self._handles(rect), REACH_PX
        if rect.contains(point):  # the middle of a small one moves it, too
            reach = min(reach, min(rect.width(), rect.height()) / 3.0)
        near = min(handles, key=lambda name: (handles[name] - point).manhattanLength())
        return near if (handles[near] - point).manhattanLength() <= reach else ""

    def _area_at(self, point: QPointF) -> int | None:
        """The smallest under a place: a region lies below what is in it."""
        hits = [i for i, area in enumerate(self.areas) if self._rect(area.box).contains(point)]
        return min(hits, key=lambda i: self.areas[i].box[2] * self.areas[i].box[3], default=None)

    def _on_picture(self, point: QPointF) -> tuple[float, float]:
        assert self._framing is not None
        return self._framing.on_picture((point.x(), point.y()))

    def _inside(self, box: tuple[float, float, float, float]) -> Box:
        """Whole pixels, within the picture."""
        assert self._framing is not None
        wide, high = self._framing.picture
        width, height = min(box[2], wide), min(box[3], high)
        x = min(max(0.0, box[0]), wide - width)
        y = min(max(0.0, box[1]), high - height)
        return round(x), round(y), round(width), round(height)


def _between(
    one: tuple[float, float], other: tuple[float, float]
) -> tuple[float, float, float, float]:
    left, right = sorted((one[0], other[0]))
    top, bottom = sorted((one[1], other[1]))
    return left, top, right - left, bottom - top


def _pulled(box: Box, grip: str, dx: float, dy: float) -> tuple[float, float, float, float]:
    """A box after a hand has pulled it by one of its handles, or all of it."""
    x, y, width, height = box
    if grip not in _EDGES:
        return x + dx, y + dy, width, height
    left, top, right, bottom = _EDGES[grip]
    one = (x + left * dx, y + top * dy)
    other = (x + width + right * dx, y + height + bottom * dy)
    return (
        min(one[0], other[0]),
        min(one[1], other[1]),
        abs(other[0] - one[0]),
        abs(other[1] - one[1]),
    )


def _stroke(painter: QPainter, rect: QRectF, colour: QColor, width: float) -> None:
    """Twice: dark below, so that it is seen on any picture."""
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(QColor(0, 0, 0, 160), width + 2.0))
    painter.drawRect(rect)
    painter.setPen(QPen(colour, width))
    painter.drawRect(rect)
