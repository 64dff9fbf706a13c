"""A widget that looks at a picture through a framing: what hands and keys do to it."""

from __future__ import annotations

from collections.abc import Callable

from PyQt6.QtCore import QEvent, QPointF, QRectF, Qt, pyqtSignal
from PyQt6.QtGui import QKeyEvent, QMouseEvent, QNativeGestureEvent, QResizeEvent, QWheelEvent
from PyQt6.QtWidgets import QApplication, QGestureEvent, QPinchGesture, QWidget
from typing_extensions import override

from ui.framing import Framing, Place

STEP = 1.25
"""A click of the wheel, or a press of a key."""
WHEEL_CLICK = 120.0
"""Of QWheelEvent.angleDelta."""
PAN_PX = 60.0
"""An arrow key pulls so far."""


class Zoomable(QWidget):
    """Wheel, pinch, + and - zoom about the cursor; 0 and a double click show all; dragging and the
    arrow keys pan."""

    zoomed = pyqtSignal(float)
    """The widget's pixels for one of the picture's."""
    clicked = pyqtSignal(float, float)
    """Where, in the picture's pixels."""

    def __init__(self) -> None:
        super().__init__()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.grabGesture(Qt.GestureType.PinchGesture)
        self._framing: Framing | None = None
        """None: there is no picture."""
        self._pressed: QPointF | None = None
        self._dragged: str | None = None
        """What moves with the hand: `picture`, `own`, or nothing yet."""

    @property
    def scale(self) -> float:
        """The widget's pixels for one of the picture's; 1 where there is none."""
        return 1.0 if self._framing is None else self._framing.scale

    @property
    def fits(self) -> bool:
        """Whether all of the picture is shown, whatever the widget's size."""
        return self._framing is None or self._framing.chosen is None

    def look_at(self, size: Place | None) -> None:
        """Another picture, so large; of the same size it is seen at the same place and scale.
        None: there is none."""
        before, self._framing = self._framing, None
        if size is not None:
            same = before is not None and before.picture == size
            fresh = Framing(self._view(), size)
            self._framing = before.within(self._view()) if before and same else fresh
        self.update()

    def picture_at(self, point: QPointF) -> tuple[float, float] | None:
        """The picture's pixel under a place of the widget; None beside the picture."""
        if self._framing is None:
            return None
        x, y = self._framing.on_picture((point.x(), point.y()))
        width, height = self._framing.picture
        return (x, y) if 0 <= x < width and 0 <= y < height else None

    def place_of(self, x_px: float, y_px: float) -> QPointF:
        """Where in the widget a place of the picture is shown, for who draws over it."""
        return QPointF(*(self._framing.on_view((x_px, y_px)) if self._framing else (0.0, 0.0)))

    def zoom(self, factor: float, about: QPointF | None = None) -> None:
        """Show it larger or smaller; what lies at `about` (None: in the middle) stays there."""
        if self._framing is not None:
            middle = QRectF(self.rect()).center()
            at = middle if about is None else about
            self._frame(self._framing.zoomed(factor, (at.x(), at.y())))

    def zoom_in(self) -> None:
        """One step larger, about the cursor where it is over the picture."""
        self.zoom(STEP, self._cursor())

    def zoom_out(self) -> None:
        """One step smaller."""
        self.zoom(1 / STEP, self._cursor())

    def fit(self) -> None:
        """Show all of it."""
        if self._framing is not None:
            self._frame(self._framing.fitted())

    def pan(self, dx: float, dy: float) -> None:
        """Pull the picture by so many of the widget's pixels."""
        if self._framing is not None:
            self._frame(self._framing.moved(dx, dy))

    def _frame(self, framing: Framing) -> None:
        changed = framing.scale != self.scale
        self._framing = framing
        self.update()
        if changed:
            self.zoomed.emit(framing.scale)

    def _view(self) -> Place:
        return float(max(1, self.width())), float(max(1, self.height()))

    def takes(self, point: QPointF) -> bool:
        """Whether a hand that presses there moves something of the widget's own."""
        del point
        return False

    def drag_own(self, point: QPointF) -> None:
        """That is now here."""

    def _cursor(self) -> QPointF | None:
        return QPointF(self.mapFromGlobal(self.cursor().pos())) if self.underMouse() else None

    @override
    def resizeEvent(self, a0: QResizeEvent | None) -> None:
        """Qt's own name."""
        if self._framing is not None:
            self._frame(self._framing.within(self._view()))

    @override
    def wheelEvent(self, a0: QWheelEvent | None) -> None:
        """Qt's own name."""
        if a0 is not None and self._framing is not None:
            self.zoom(STEP ** (a0.angleDelta().y() / WHEEL_CLICK), a0.position())
            a0.accept()

    @override
    def event(self, a0: QEvent | None) -> bool:
        """Qt's own name."""
        if isinstance(a0, QNativeGestureEvent):  # of a touchpad
            if a0.gestureType() == Qt.NativeGestureType.ZoomNativeGesture:
                self.zoom(1.0 + a0.value(), a0.position())
                return True
        elif isinstance(a0, QGestureEvent):  # of a touch screen
            pinch = a0.gesture(Qt.GestureType.PinchGesture)
            if isinstance(pinch, QPinchGesture):
                self._pressed = None
                middle = self.mapFromGlobal(pinch.centerPoint())
                self.zoom(pinch.scaleFactor(), middle)
                moved = pinch.centerPoint() - pinch.lastCenterPoint()
                self.pan(moved.x(), moved.y())
                a0.accept(pinch)
                return True
        return super().event(a0)

    @override
    def keyPressEvent(self, a0: QKeyEvent | None) -> None:
        """Qt's own name."""
        key, far = Qt.Key, PAN_PX
        pans = {key.Key_Left: (far, 0.0), key.Key_Right: (-far, 0.0),
                key.Key_Up: (0.0, far), key.Key_Down: (0.0, -far)}  # fmt: skip
        acts: dict[int, Callable[[], None]] = {
            key.Key_Plus: self.zoom_in, key.Key_Equal: self.zoom_in,
            key.Key_Minus: self.zoom_out, key.Key_0: self.fit,
        }  # fmt: skip
        if a0 is None:
            return
        if a0.key() in acts:
            acts[a0.key()]()
        elif a0.key() in pans and not self.fits:
            self.pan(*pans[Qt.Key(a0.key())])
        else:
            super().keyPressEvent(a0)

    @override
    def mousePressEvent(self, a0: QMouseEvent | None) -> None:
        """Qt's own name."""
        if a0 is not None and a0.button() == Qt.MouseButton.LeftButton:
            self._pressed, self._dragged = a0.position(), None
            if self.takes(a0.position()):
                self._dragged = "own"

    @override
    def mouseMoveEvent(self, a0: QMouseEvent | None) -> None:
        """Qt's own name."""
        if a0 is None:
            return
        if self._pressed is None:
            shape = Qt.CursorShape
            free = shape.ArrowCursor if self.fits else shape.OpenHandCursor
            self.setCursor(shape.SplitHCursor if self.takes(a0.position()) else free)
            return
        moved = a0.position() - self._pressed
        if self._dragged == "own":
            self.drag_own(a0.position())
        elif self._dragged or moved.manhattanLength() >= QApplication.startDragDistance():
            self._dragged, self._pressed = "picture", a0.position()
            self.setCursor(Qt.CursorShape.ClosedHandCursor)
            self.pan(moved.x(), moved.y())

    @override
    def mouseReleaseEvent(self, a0: QMouseEvent | None) -> None:
        """Qt's own name."""
        if a0 is None or a0.button() != Qt.MouseButton.LeftButton:
            return
        at = self.picture_at(a0.position())
        if self._pressed is not None and self._dragged is None and at is not None:
            self.clicked.emit(*at)
        self._pressed, self._dragged = None, None
        self.unsetCursor()

    @override
    def mouseDoubleClickEvent(self, a0: QMouseEvent | None) -> None:
        """Qt's own name."""
        self.fit()
