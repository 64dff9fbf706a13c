"""The list of parts: two lines a row, with a small picture and the verdict's sign."""

from __future__ import annotations

from PyQt6.QtCore import QEvent, QModelIndex, QRectF, QSize, Qt, pyqtSignal
from PyQt6.QtGui import QColor, QFont, QFontMetrics, QKeyEvent, QPainter, QPalette, QResizeEvent
from PyQt6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QScroller,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
)
from typing_extensions import override

from station.domain import Decision
from ui.painting import paint_sign
from ui.records.model import ROW, RecordsModel, Row, cell_lines
from ui.records.thumbnails import Thumbnails
from ui.theme import TOUCH_PX, theme_of

SHARES = (0.0, 1.05, 1.35, 0.95, 1.1)
"""Of the width beside the pictures, for each column."""
GAP = 0.15
"""Beside what is in a cell, in heights of a row."""


class RecordsTable(QTableView):
    """Arrows, Page Up and Down, Home and End move; Shift takes several."""

    opened = pyqtSignal()
    """Enter, or a double click, on a row."""
    chosen = pyqtSignal(object)
    """Another row is looked at: its Row, or None while it is being read."""
    home_wanted = pyqtSignal()

    def __init__(self, model: RecordsModel, thumbnails: Thumbnails) -> None:
        super().__init__()
        self.setModel(model)
        self._model = model
        self._thumbnails = thumbnails
        self.setItemDelegate(_Cells(thumbnails, self))
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setAlternatingRowColors(True)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        QScroller.grabGesture(self.viewport(), QScroller.ScrollerGestureType.TouchGesture)
        rows, columns = self.verticalHeader(), self.horizontalHeader()
        assert rows is not None
        assert columns is not None
        rows.hide()
        rows.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        columns.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        columns.setHighlightSections(False)
        columns.setSectionsClickable(False)
        columns.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        self.doubleClicked.connect(lambda _index: self.opened.emit())
        thumbnails.arrived.connect(self._repaint)
        model.arrived.connect(self._tell_arrival)

    @property
    def current(self) -> Row | None:
        """What is looked at, if it is there."""
        index = self.currentIndex()
        return self._model.row_at(index.row()) if index.isValid() else None

    @property
    def ranges(self) -> list[tuple[int, int]]:
        """First and last of the rows that are selected, one range after the other."""
        chosen = self.selectionModel()
        if chosen is None:
            return []
        found = chosen.selection()
        parts = (found[number] for number in range(found.count()))
        return sorted((part.top(), part.bottom()) for part in parts)

    @property
    def chosen_count(self) -> int:
        """So many rows are selected."""
        return sum(last - first + 1 for first, last in self.ranges)

    def step(self, by: int) -> None:
        """Go so many rows on, to the end of the list at most."""
        last = self._model.rowCount() - 1
        self.look_at(min(max(self.currentIndex().row() + by, 0), last))

    def look_at(self, row: int) -> None:
        """Go to a row."""
        if 0 <= row < self._model.rowCount():
            self.selectRow(row)
            self.setCurrentIndex(self._model.index(row, 0))
            self.scrollTo(self._model.index(row, 0))

    @override
    def currentChanged(self, current: QModelIndex, previous: QModelIndex) -> None:
        """Qt's own name."""
        super().currentChanged(current, previous)
        if current.row() != previous.row() or not previous.isValid():
            self.chosen.emit(self.current)

    @override
    def keyPressEvent(self, e: QKeyEvent | None) -> None:
        """Qt's own name."""
        if e is None:
            return
        plain = not e.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        if e.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.opened.emit()
        elif e.key() == Qt.Key.Key_Home and plain:
            self.home_wanted.emit()
        elif e.key() == Qt.Key.Key_End and plain:
            self.look_at(self._model.rowCount() - 1)
        else:
            super().keyPressEvent(e)

    @override
    def resizeEvent(self, e: QResizeEvent | None) -> None:
        """Qt's own name."""
        super().resizeEvent(e)
        self.fit_columns()

    @override
    def changeEvent(self, e: QEvent | None) -> None:
        """Qt's own name: another theme, another size of letters."""
        super().changeEvent(e)
        if e is not None and e.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self.fit_columns()

    def fit_columns(self) -> None:
        """All columns in the width there is, rows as high as two lines."""
        rows, port = self.verticalHeader(), self.viewport()
        if rows is None or port is None:
            return
        line = QFontMetrics(self.font()).height()
        height = max(TOUCH_PX, 2 * line + 14)
        if rows.defaultSectionSize() != height:
            rows.setMinimumSectionSize(height)
            rows.setDefaultSectionSize(height)
        room = port.width() - height
        for column, share in enumerate(SHARES):
            width = height if column == 0 else int(room * share / sum(SHARES))
            if self.columnWidth(column) != width:
                self.setColumnWidth(column, width)

    def _repaint(self) -> None:
        port = self.viewport()
        if port is not None:
            port.update()

    def _tell_arrival(self, first: int, last: int) -> None:
        if first <= self.currentIndex().row() <= last:
            self.chosen.emit(self.current)


class _Cells(QStyledItemDelegate):
    def __init__(self, thumbnails: Thumbnails, table: RecordsTable) -> None:
        super().__init__(table)
        self._thumbnails = thumbnails
        self._table = table

    @override
    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex) -> QSize:
        return QSize(0, self._table.rowHeight(index.row()))

    @override
    def paint(
        self, painter: QPainter | None, option: QStyleOptionViewItem, index: QModelIndex
    ) -> None:
        if painter is None:
            return
        theme, row = theme_of(self._table), index.data(ROW)
        selected = bool(option.state & QStyle.StateFlag.State_Selected)
        loud = theme.colour("accent_ink" if selected else "text")
        quiet = theme.colour("accent_ink" if selected else "quiet")
        painter.save()
        if selected:
            painter.fillRect(option.rect, theme.colour("accent"))
        elif index.row() % 2:
            painter.fillRect(option.rect, option.palette.color(QPalette.ColorRole.AlternateBase))
        box = QRectF(option.rect)
        gap = GAP * box.height()
        if row is None:
            painter.setPen(quiet)
            if index.column() == 1:
                painter.drawText(box.adjusted(gap, 0, 0, 0), Qt.AlignmentFlag.AlignVCenter, "…")
        elif index.column() == 0:
            self._paint_picture(painter, row, box, quiet)
        else:
            if index.column() == 1:
                side = box.height() * 0.5
                sign = QRectF(box.x() + gap, box.center().y() - side / 2, side, side)
                rim = theme.colour("accent_ink") if selected else None
                paint_sign(painter, row.record.decision, sign, rim=rim)
                box.setLeft(sign.right())
            box = box.adjusted(gap, 5, -4, -5)
            _paint_lines(painter, cell_lines(row, index.column()), box, option.font, loud, quiet)
        painter.restore()

    def _paint_picture(self, painter: QPainter, row: Row, box: QRectF, quiet: QColor) -> None:
        image = self._thumbnails.of(row.record)
        room = box.adjusted(3, 3, -3, -3)
        if image is None:
            if row.record.decision is not Decision.ERROR:
                painter.setPen(quiet)
                painter.drawText(room, Qt.AlignmentFlag.AlignCenter, "–")
            return
        scale = min(room.width() / image.width(), room.height() / image.height())
        width, height = image.width() * scale, image.height() * scale
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        middle = room.center()
        painter.drawImage(
            QRectF(middle.x() - width / 2, middle.y() - height / 2, width, height), image
        )


def _paint_lines(
    painter: QPainter, lines: tuple[str, str], box: QRectF, font: QFont, loud: QColor, quiet: QColor
) -> None:
    """Two lines, the second smaller; one alone stands in the middle. Cut where they are too long:
    the tool tip says all."""
    small = QFont(font)
    small.setPixelSize(max(11, round(font.pixelSize() * 0.86)))
    fonts, inks = (font, small), (loud, quiet)
    shown = [(text, fonts[i], inks[i]) for i, text in enumerate(lines) if text]
    height = sum(QFontMetrics(each).height() for _, each, _ in shown)
    top = box.center().y() - height / 2
    for text, each, ink in shown:
        metrics = QFontMetrics(each)
        painter.setFont(each)
        painter.setPen(ink)
        cut = metrics.elidedText(text, Qt.TextElideMode.ElideMiddle, int(box.width()))
        place = QRectF(box.x(), top, box.width(), metrics.height())
        painter.drawText(place, Qt.AlignmentFlag.AlignVCenter, cut)
        top += metrics.height()
