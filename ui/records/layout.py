"""Where on the History page everything lies."""

from __future__ import annotations

from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSplitter,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from ui.language import say
from ui.records.exhibit import Exhibit
from ui.records.facts_panel import FactsPanel
from ui.records.filters import Filters
from ui.records.model import RecordsModel
from ui.records.table import RecordsTable
from ui.records.thumbnails import Thumbnails


class Layout:
    """The page's widgets, and what of them is seen."""

    def __init__(self, page: QWidget, model: RecordsModel, thumbnails: Thumbnails) -> None:
        self.filters = Filters()
        self.table = RecordsTable(model, thumbnails)
        self.exhibit, self.facts = Exhibit(), FactsPanel()
        self.count, self.problem, self._empty_text = QLabel(), QLabel(), QLabel()
        self.newer, self.empty_button = QPushButton(), QPushButton()
        self.export, self.audit = QPushButton(), QPushButton()
        self.review, self.copy_uuid = QPushButton(), QPushButton()
        self.large = False
        self._stack, self._left, self._right = QStackedWidget(), QWidget(), QWidget()
        self._make_left()
        self._make_right()
        self._split = QSplitter(Qt.Orientation.Horizontal)
        self._split.addWidget(self._left)
        self._split.addWidget(self._right)
        self._split.setStretchFactor(0, 57)
        self._split.setStretchFactor(1, 43)
        self._split.setSizes([5700, 4300])
        self._split.setChildrenCollapsible(False)
        self._split.setHandleWidth(10)
        self.problem.setObjectName("bad")
        self.problem.setWordWrap(True)
        self.problem.hide()
        down = QVBoxLayout(page)
        down.addWidget(self.filters)
        down.addWidget(self.problem)
        down.addWidget(self._split, 1)

    def _make_left(self) -> None:
        empty = QWidget()
        middle = QVBoxLayout(empty)
        self._empty_text.setObjectName("quiet")
        self._empty_text.setWordWrap(True)
        self._empty_text.setAlignment(Qt.AlignmentFlag.AlignCenter)
        middle.addStretch(1)
        middle.addWidget(self._empty_text)
        middle.addWidget(self.empty_button, 0, Qt.AlignmentFlag.AlignCenter)
        middle.addStretch(1)
        say(self.empty_button.setText, "Clear the filter")
        say(self.export.setText, "Export (Ctrl+E)")
        self.newer.setObjectName("primary")
        self.newer.hide()
        self._stack.addWidget(self.table)
        self._stack.addWidget(empty)
        self.count.setObjectName("quiet")
        foot = QHBoxLayout()
        foot.addWidget(self.count, 1)
        foot.addWidget(self.newer)
        foot.addWidget(self.export)
        down = QVBoxLayout(self._left)
        down.setContentsMargins(0, 0, 0, 0)
        down.addWidget(self._stack, 1)
        down.addLayout(foot)

    def _make_right(self) -> None:
        say(self.audit.setText, "Audit entry (A)")
        say(self.review.setText, "Decide (D)")
        say(self.copy_uuid.setText, "Copy number (U)")
        foot = QHBoxLayout()
        for button in (self.audit, self.copy_uuid, self.review):
            foot.addWidget(button)
        self._below = QWidget()
        below = QVBoxLayout(self._below)
        below.setContentsMargins(0, 0, 0, 0)
        below.addWidget(self.facts, 1)
        below.addLayout(foot)
        halves = QSplitter(Qt.Orientation.Vertical)
        halves.addWidget(self.exhibit)
        halves.addWidget(self._below)
        halves.setStretchFactor(0, 5)
        halves.setStretchFactor(1, 4)
        halves.setSizes([500, 400])
        halves.setChildrenCollapsible(False)
        halves.setHandleWidth(10)
        down = QVBoxLayout(self._right)
        down.setContentsMargins(0, 0, 0, 0)
        down.addWidget(halves)

    def set_large(self, large: bool) -> None:
        """The picture alone, or beside the list and above the facts."""
        self.large = large
        for widget in (self.filters, self._left, self._below):
            widget.setVisible(not large)
        self.exhibit.caption.setVisible(large)
        if large:
            say(self.exhibit.large.setText, "Back to the list (Enter)")
            self.exhibit.picture.setFocus()
        else:
            say(self.exhibit.large.setText, "Large (Enter)")
            self.table.setFocus()

    def show_list(self) -> None:
        """There are rows."""
        self._stack.setCurrentIndex(0)

    def show_empty(self, text: str, *, clear: bool) -> None:
        """There are none: why, and what to do. clear: whether clearing the filter would help."""
        self._empty_text.setText(text)
        self.empty_button.setVisible(clear)
        self._stack.setCurrentIndex(1)

    def show_problem(self, text: str) -> None:
        """Something is wrong with what was asked; empty: nothing is."""
        say(self.problem.setText, text)
        self.problem.setVisible(bool(text))

    def enable_part(self, there: bool) -> None:
        """Whether a part is looked at."""
        for button in (self.audit, self.review, self.copy_uuid, self.export):
            button.setEnabled(there)
