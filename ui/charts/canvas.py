"""A chart in a page: drawn again in another theme or language; its bars can be clicked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import pyqtgraph as pg
from PyQt6.QtCore import QEvent, QPointF, QRectF, Qt, QTimer, pyqtSignal
from PyQt6.QtGui import QHelpEvent, QMouseEvent, QPainter, QResizeEvent
from PyQt6.QtWidgets import QFrame, QSizePolicy, QToolTip, QVBoxLayout, QWidget
from typing_extensions import override

from ui.charts.look import Look, look_of
from ui.theme import theme_of

REDRAWN = (QEvent.Type.PaletteChange, QEvent.Type.LanguageChange, QEvent.Type.FontChange)
REACH_PX = 14.0
"""A finger is not exact: what lies so near counts as touched."""


@dataclass(frozen=True, slots=True)
class Target:
    """Something in a chart that can be pointed at."""

    left: float
    bottom: float
    right: float
    top: float
    """In the chart's own units."""
    tip: str
    """What it says, in the window's language."""
    wanted: object = None
    """What is emitted when it is clicked; None: nothing."""


Draw = Callable[[Any, Look], Sequence[Target]]
"""Draws into a pyqtgraph.PlotItem."""


class Canvas(QWidget):
    """Holds one chart."""

    picked = pyqtSignal(object)
    """`wanted` of what was clicked."""

    def __init__(self) -> None:
        super().__init__()
        self.targets: tuple[Target, ...] = ()
        self._draw: Draw | None = None
        self._plot = new_plot()
        self._plot.viewport().installEventFilter(self)
        self._plot.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(160, 110)
        # What is named, and where, depends on the room there is.
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.timeout.connect(self.redraw)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.addWidget(self._plot)

    def show_chart(self, draw: Draw | None) -> None:
        """Draw a chart, and again whenever it must look otherwise; None: nothing."""
        self._draw = draw
        self.redraw()

    def redraw(self) -> None:
        """As it must look now."""
        self.targets = draw_into(self._plot, self._draw, look_of(theme_of(self)))

    def target_at(self, place: QPointF) -> Target | None:
        """What lies at, or a finger's width beside, a place of this widget."""
        box = self._plot.getPlotItem().getViewBox()
        scene = self._plot.mapToScene(place.toPoint())
        middle = box.mapSceneToView(scene)
        pixel = box.viewPixelSize()
        reach_x, reach_y = REACH_PX * abs(pixel[0]), REACH_PX * abs(pixel[1])
        best, nearest = None, 1.0
        for target in self.targets:
            dx = max(target.left - middle.x(), 0.0, middle.x() - target.right) / (reach_x or 1.0)
            dy = max(target.bottom - middle.y(), 0.0, middle.y() - target.top) / (reach_y or 1.0)
            away = max(dx, dy)
            if away < nearest:
                best, nearest = target, away
        return best

    @override
    def resizeEvent(self, a0: QResizeEvent | None) -> None:
        """Qt's own name."""
        super().resizeEvent(a0)
        if self._draw is not None:
            self._later.start(0)

    @override
    def changeEvent(self, a0: QEvent | None) -> None:
        """Qt's own name."""
        super().changeEvent(a0)
        if a0 is not None and a0.type() in REDRAWN and self._draw is not None:
            self.redraw()

    @override
    def eventFilter(self, a0: Any, a1: QEvent | None) -> bool:
        """Qt's own name: clicks and tips of the plot within."""
        if isinstance(a1, QHelpEvent):
            target = self.target_at(QPointF(a1.pos()))
            QToolTip.showText(a1.globalPos(), target.tip if target else "", self)
            return True
        if isinstance(a1, QMouseEvent) and a1.type() == QEvent.Type.MouseButtonRelease:
            target = self.target_at(a1.position())
            if target is not None and a1.button() == Qt.MouseButton.LeftButton:
                if target.wanted is not None:
                    self.picked.emit(target.wanted)
                else:
                    QToolTip.showText(a1.globalPosition().toPoint(), target.tip, self)
        return super().eventFilter(a0, a1)


def new_plot() -> Any:
    """A pyqtgraph.PlotWidget that only shows: no menus, no dragging, no wheel."""
    plot = pg.PlotWidget(enableMenu=False, antialias=True)
    plot.setFrameShape(QFrame.Shape.NoFrame)
    plot.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    item = plot.getPlotItem()
    item.hideButtons()
    item.setMouseEnabled(x=False, y=False)
    plot.wheelEvent = lambda event: event.ignore()
    return plot


def draw_into(plot: Any, draw: Draw | None, look: Look) -> tuple[Target, ...]:
    """Empty a plot, then draw into it."""
    item = plot.getPlotItem()
    item.clear()
    plot.setBackground(look.ground)
    item.setContentsMargins(2, 6, 8, 2)
    for name in ("left", "bottom"):
        axis = item.getAxis(name)
        axis.setTicks(None)
        axis.setPen(look.pen("line"))
        axis.setTextPen(look.pen("quiet"))
        axis.setTickFont(look.font(0.9))
        axis.setStyle(maxTickLevel=0, tickLength=-4, tickTextOffset=4, autoExpandTextSpace=True)
        axis.setWidth() if name == "left" else axis.setHeight()
        item.showAxis(name, draw is not None)
    return () if draw is None else tuple(draw(item, look))


def paint_chart(painter: QPainter, draw: Draw, box: QRectF, look: Look) -> None:
    """Draw a chart as lines and letters, not as pixels, into a box of a painter's own units."""
    plot = new_plot()
    plot.setAttribute(Qt.WidgetAttribute.WA_DontShowOnScreen)
    plot.resize(round(box.width()), round(box.height()))
    plot.show()  # else it is not laid out
    draw_into(plot, draw, look)
    plot.setRenderHint(QPainter.RenderHint.Antialiasing)
    plot.getPlotItem().layout.activate()
    plot.render(painter, box, plot.viewport().rect())
    plot.close()
    plot.deleteLater()
