"""A panel with a title, a legend, a chart or its numbers, and a sentence below."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PyQt6.QtCore import QRectF, QSize, Qt, pyqtSignal
from PyQt6.QtGui import QKeyEvent, QKeySequence, QPainter, QPaintEvent, QResizeEvent
from PyQt6.QtWidgets import (
    QAbstractItemView,
    QApplication,
    QFrame,
    QGridLayout,
    QHeaderView,
    QLabel,
    QSizePolicy,
    QStackedLayout,
    QTableWidget,
    QTableWidgetItem,
    QToolButton,
    QVBoxLayout,
    QWidget,
)
from typing_extensions import override

from ui.charts.canvas import Canvas, Draw
from ui.charts.look import Key, legend_width, look_of, paint_legend
from ui.charts.note import Note
from ui.language import say, tr
from ui.theme import theme_of

FEW_COLUMNS = 5
"""So many share the width; more are as wide as what they hold."""


@dataclass(frozen=True, slots=True)
class Numbers:
    """A chart's numbers; texts in the window's language."""

    headers: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    @property
    def text(self) -> str:
        """For the clipboard: columns parted by tabs."""
        return "\n".join("\t".join(row) for row in (self.headers, *self.rows))


class Panel(QFrame):
    """One chart of a page."""

    enlarged = pyqtSignal()
    """The title was pressed: this panel alone, or all again."""

    def __init__(self, title: str, tip: str) -> None:
        """title, tip: from `mark`."""
        super().__init__()
        self.setObjectName("panel")
        self.title = QToolButton()
        self.title.setObjectName("plain")
        say(self.title.setText, title)
        say(self.title.setToolTip, tip)
        self.title.clicked.connect(self.enlarged)
        self.legend = Legend()
        self.canvas = Canvas()
        self.numbers = NumbersTable()
        self.message = QLabel()
        self.message.setObjectName("quiet")
        self.message.setWordWrap(True)
        self.message.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.note = Note(lines=2)
        self._is_table = self._has_chart = False
        self._head = QGridLayout()
        self._head.setSpacing(0)
        self._head.setColumnStretch(1, 1)
        self._head.addWidget(self.title, 0, 0)
        self._head.addWidget(self.legend, 0, 1)
        self._body = QStackedLayout()
        for widget in (self.canvas, self.numbers, self.message):
            self._body.addWidget(widget)
        box = QVBoxLayout(self)
        box.setContentsMargins(6, 2, 6, 6)
        box.setSpacing(2)
        box.addLayout(self._head)
        box.addLayout(self._body, 1)
        box.addWidget(self.note)

    def show_chart(
        self,
        draw: Draw | None,
        numbers: Numbers,
        legend: Sequence[Key] = (),
        note: str = "",
        bad: bool = False,
    ) -> None:
        """Show a chart, with its numbers behind it; without one, the numbers. bad: what the note
        says is not well."""
        self.canvas.show_chart(draw)
        self.numbers.show_numbers(numbers)
        self.legend.show_keys(legend)
        self._place_legend()
        self.note.say(note, bad)
        self._has_chart = draw is not None
        self.message.clear()
        self._turn()

    def show_message(self, message: str) -> None:
        """Say why there is no chart, and what to do."""
        self.canvas.show_chart(None)
        self.numbers.show_numbers(Numbers((), ()))
        self.legend.show_keys(())
        self.note.say("")
        self.message.setText(message)
        self._turn()

    def show_table(self, shown: bool) -> None:
        """The numbers in the chart's place, or the chart again."""
        self._is_table = shown
        self._turn()

    @override
    def resizeEvent(self, a0: QResizeEvent | None) -> None:
        """Qt's own name."""
        super().resizeEvent(a0)
        self._place_legend()

    def _place_legend(self) -> None:
        """Beside the title, or below it where there is no room."""
        room = self.width() - self.title.sizeHint().width() - 16
        self._head.removeWidget(self.legend)
        if self.legend.wanted_width() <= room:
            self._head.addWidget(self.legend, 0, 1)
        else:
            self._head.addWidget(self.legend, 1, 0, 1, 2)

    def _turn(self) -> None:
        if self.message.text():
            self._body.setCurrentWidget(self.message)
        else:
            is_table = self._is_table or not self._has_chart
            self._body.setCurrentWidget(self.numbers if is_table else self.canvas)


class Legend(QWidget):
    """Signs, hatching and lines, with what they stand for; at the right of its place."""

    def __init__(self) -> None:
        super().__init__()
        self._keys: tuple[Key, ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)

    def show_keys(self, keys: Sequence[Key]) -> None:
        """Show these."""
        self._keys = tuple(keys)
        self.setAccessibleName(", ".join(key.text for key in keys))
        self.setToolTip(self.accessibleName())
        self.update()

    def wanted_width(self) -> float:
        """What all of it takes in one line, in pixels."""
        return legend_width(self._keys, look_of(theme_of(self)))

    @override
    def sizeHint(self) -> QSize:
        """Qt's own name."""
        return QSize(20, self.fontMetrics().height() + 6)

    @override
    def paintEvent(self, a0: QPaintEvent | None) -> None:
        """Qt's own name."""
        look = look_of(theme_of(self))
        keys = self._keys
        while keys and legend_width(keys, look) > self.width():
            keys = keys[:-1]  # all of them are in the tip
        painter = QPainter(self)
        box = QRectF(self.rect())
        box.setLeft(max(0.0, box.right() - legend_width(keys, look)))
        paint_legend(painter, keys, box, look)
        painter.end()


class NumbersTable(QTableWidget):
    """A chart's numbers; Ctrl+C copies what is chosen, or all of them."""

    def __init__(self) -> None:
        super().__init__()
        self.shown = Numbers((), ())
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setAlternatingRowColors(True)
        header = self.verticalHeader()
        if header is not None:
            header.hide()

    def show_numbers(self, numbers: Numbers) -> None:
        """Show these; what was chosen stays chosen where they are the same."""
        if numbers == self.shown:
            return
        self.shown = numbers
        self.setColumnCount(len(numbers.headers))
        self.setHorizontalHeaderLabels(list(numbers.headers))
        self.setRowCount(len(numbers.rows))
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        for at, row in enumerate(numbers.rows):
            for column, text in enumerate(row):
                item = QTableWidgetItem(text)
                item.setToolTip(text)
                if text[:1].isdigit():
                    item.setTextAlignment(right)
                self.setItem(at, column, item)
        self._fit()

    def _fit(self) -> None:
        """Rows as high as their letters; columns as wide, and all of the width taken."""
        rows, columns = self.verticalHeader(), self.horizontalHeader()
        if rows is None or columns is None:
            return
        rows.setDefaultSectionSize(round(1.3 * self.fontMetrics().height()))
        columns.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        if 0 < self.columnCount() <= FEW_COLUMNS:
            columns.setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
            columns.setSectionResizeMode(0, QHeaderView.ResizeMode.ResizeToContents)

    def copied(self) -> str:
        """What Ctrl+C copies."""
        chosen = self.selectedRanges()
        if not chosen:
            return self.shown.text
        box = chosen[0]
        lines = self.shown.rows[box.topRow() : box.bottomRow() + 1]
        return "\n".join("\t".join(row[box.leftColumn() : box.rightColumn() + 1]) for row in lines)

    @override
    def keyPressEvent(self, e: QKeyEvent | None) -> None:
        """Qt's own name."""
        clipboard = QApplication.clipboard()
        if e is not None and e.matches(QKeySequence.StandardKey.Copy) and clipboard is not None:
            clipboard.setText(self.copied())
            self.setToolTip(tr("Copied"))
            return
        super().keyPressEvent(e)
