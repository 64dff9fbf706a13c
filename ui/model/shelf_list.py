"""The list of models at the left: name, and what each is at the moment, as sign and word."""

from __future__ import annotations

from pathlib import Path

from PyQt6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, pyqtSignal
from PyQt6.QtGui import QColor, QIcon, QPainter, QPen, QPixmap, QPolygonF
from PyQt6.QtWidgets import QListWidget, QListWidgetItem
from typing_extensions import override

from station.models.shelf import Shelf, Shelved
from ui.language import say, tr
from ui.theme import Theme, theme_of

PATH = Qt.ItemDataRole.UserRole
LINES = 3.3
"""Height of an item, in heights of a letter: two lines, and room for a finger."""


class ShelfList(QListWidget):
    """One line for each bundle."""

    chosen = pyqtSignal(object)
    """A Shelved, or None."""

    def __init__(self) -> None:
        super().__init__()
        self._models: dict[Path, Shelved] = {}
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.setMinimumWidth(190)
        say(self.setAccessibleName, "Models of this bench")
        self.currentItemChanged.connect(self._on_current)

    @property
    def looked_at(self) -> Shelved | None:
        """The one that is looked at."""
        item = self.currentItem()
        return None if item is None else self._models.get(item.data(PATH))

    def show_shelf(self, shelf: Shelf) -> None:
        """List them; the one looked at stays, else the one that decides is looked at."""
        before = self.looked_at
        self.blockSignals(True)
        self.clear()
        self._models = {model.path: model for model in shelf.models}
        for model in shelf.models:
            item = QListWidgetItem()
            item.setData(PATH, model.path)
            self._dress(item, model)
            self.addItem(item)
        wanted = [before.path] if before is not None else []
        wanted += [] if shelf.decides is None else [shelf.decides.path]
        row = next((self._row(path) for path in wanted if path in self._models), 0)
        self.setCurrentRow(row)
        self.blockSignals(False)
        self.chosen.emit(self.looked_at)

    def look_at(self, path: Path) -> None:
        """Look at one of them."""
        if path in self._models:
            self.setCurrentRow(self._row(path))

    @override
    def changeEvent(self, e: QEvent | None) -> None:
        """Qt's own name: colours and words follow."""
        super().changeEvent(e)
        kinds = (QEvent.Type.PaletteChange, QEvent.Type.LanguageChange, QEvent.Type.FontChange)
        if e is not None and e.type() in kinds:
            for row in range(self.count()):
                item = self.item(row)
                if item is not None and item.data(PATH) in self._models:
                    self._dress(item, self._models[item.data(PATH)])

    def _row(self, path: Path) -> int:
        return list(self._models).index(path)

    def _dress(self, item: QListWidgetItem, model: Shelved) -> None:
        height = self.fontMetrics().height()
        item.setText(f"{model.name}\n{state_word(model)}")
        item.setToolTip(f"{model.path}\n{model.trouble}".strip())
        item.setSizeHint(QSize(10, max(48, round(LINES * height))))
        self.setIconSize(QSize(round(1.5 * height), round(1.5 * height)))
        item.setIcon(_icon(model, theme_of(self), self.iconSize().width()))

    def _on_current(self) -> None:
        self.chosen.emit(self.looked_at)


def state_word(model: Shelved) -> str:
    """What a model is at the moment."""
    if not model.trusted:
        return tr("Decides, but not trusted") if model.decides else tr("Not trusted")
    if model.trouble:
        return tr("Decides, but damaged") if model.decides else tr("Damaged")
    if model.decides:
        return tr("Decides")
    return tr("Decided before") if model.before else tr("Ready to be activated")


def _icon(model: Shelved, theme: Theme, side: int) -> QIcon:
    """The sign on the list's ground, and on that of what is chosen."""
    name = "bad" if model.trouble else "good" if model.decides else "quiet"
    icon = QIcon(_sign(model, theme.colour(name), theme.colour("raised"), side))
    chosen = _sign(model, theme.colour("accent_ink"), theme.colour("accent"), side)
    icon.addPixmap(chosen, QIcon.Mode.Selected)
    return icon


def _sign(model: Shelved, colour: QColor, ground: QColor, side: int) -> QPixmap:
    """A tick in a disc: decides. A triangle: damaged. An arrow back: before. A ring: another."""
    pixmap = QPixmap(side, side)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    pen = QPen(colour, side * 0.09)
    pen.setCapStyle(Qt.PenCapStyle.RoundCap)
    painter.setPen(pen)

    def lines(*points: tuple[float, float]) -> QPolygonF:
        return QPolygonF([QPointF(x * side, y * side) for x, y in points])

    disc = QRectF(0.1 * side, 0.1 * side, 0.8 * side, 0.8 * side)
    if model.trouble:
        painter.setBrush(colour)
        painter.drawPolygon(lines((0.5, 0.12), (0.92, 0.88), (0.08, 0.88)))
        painter.setPen(QPen(ground, side * 0.1))
        painter.drawPolyline(lines((0.5, 0.38), (0.5, 0.62)))
        painter.drawPolyline(lines((0.5, 0.74), (0.5, 0.78)))
    elif model.decides:
        painter.setBrush(colour)
        painter.drawEllipse(disc)
        painter.setPen(QPen(ground, side * 0.1))
        painter.drawPolyline(lines((0.3, 0.52), (0.45, 0.66), (0.71, 0.36)))
    elif model.before:
        painter.drawArc(disc, -150 * 16, 270 * 16)
        painter.drawPolyline(lines((0.1, 0.36), (0.18, 0.66), (0.44, 0.6)))
    else:
        painter.drawEllipse(disc)
    painter.end()
    return pixmap
