"""The candidates as a table: one row for each part, the latest decision first."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from PyQt6.QtCore import QAbstractTableModel, QEvent, QModelIndex, Qt, pyqtSignal
from PyQt6.QtWidgets import QAbstractItemView, QHeaderView, QTableView
from typing_extensions import override

from station.learning.candidates import Candidate, Obstacle
from ui.language import mark, tr
from ui.learn.texts import OBSTACLES, class_of, word_on
from ui.theme import TOUCH_PX
from ui.wording import class_word, decision_word, moment, percent

_ROOT = QModelIndex()
NEVER_TAKEN = (Obstacle.NOT_INSPECTED, Obstacle.NO_PICTURE, Obstacle.NO_CLASS)
"""No tick changes these."""
MOST_LINES_WIDE = 18
"""Of a column, in heights of a line."""


def _model_said(candidate: Candidate) -> str:
    record = candidate.record
    name = class_word(record.predicted_class) if record.predicted_class else ""
    share = percent(record.confidence) if record.confidence is not None else ""
    return " ".join(part for part in (decision_word(record.decision), name, share) if part)


def _person_said(candidate: Candidate) -> str:
    return f"{decision_word(candidate.word.decision)} · {candidate.word.operator}"


def _state(candidate: Candidate) -> str:
    if candidate.obstacle is not None:
        return tr(OBSTACLES[candidate.obstacle])
    return tr("against the model") if candidate.disagrees else ""


COLUMNS: tuple[tuple[str, Callable[[Candidate], str]], ...] = (
    (mark("Labelled as"), class_of),
    (mark("Note"), _state),
    (mark("Person"), _person_said),
    (mark("Model"), _model_said),
    (mark("Why"), word_on),
    (mark("Picture"), lambda each: each.record.source),
    (mark("Lot"), lambda each: each.record.lot or "–"),
    (mark("Decided"), lambda each: moment(each.word.at, seconds=False)),
)


class CandidateTable(QAbstractTableModel):
    """Some candidates; the tick in the first column takes one in or out."""

    ticked = pyqtSignal(object, bool)
    """The Candidate, and whether it is to be taken."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[Candidate] = []

    def show_rows(self, rows: Sequence[Candidate]) -> None:
        """Show these."""
        same = [r.record.uuid for r in rows] == [r.record.uuid for r in self.rows]
        if same and rows:
            self.rows = list(rows)
            last = self.index(len(self.rows) - 1, len(COLUMNS) - 1)
            self.dataChanged.emit(self.index(0, 0), last)
            return
        self.beginResetModel()
        self.rows = list(rows)
        self.endResetModel()

    def at(self, index: QModelIndex) -> Candidate | None:
        """The candidate of a row."""
        return self.rows[index.row()] if index.isValid() and index.row() < len(self.rows) else None

    @override
    def rowCount(self, parent: QModelIndex = _ROOT) -> int:
        return 0 if parent.isValid() else len(self.rows)

    @override
    def columnCount(self, parent: QModelIndex = _ROOT) -> int:
        return 0 if parent.isValid() else len(COLUMNS)

    @override
    def flags(self, index: QModelIndex) -> Qt.ItemFlag:
        flags = Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemIsEnabled
        found = self.at(index)
        if index.column() == 0 and found is not None and found.obstacle not in NEVER_TAKEN:
            flags |= Qt.ItemFlag.ItemIsUserCheckable
        return flags

    @override
    def data(self, index: QModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        found = self.at(index)
        if found is None:
            return None
        if role == Qt.ItemDataRole.CheckStateRole and index.column() == 0:
            taken = found.obstacle is None
            return Qt.CheckState.Checked if taken else Qt.CheckState.Unchecked
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            return COLUMNS[index.column()][1](found)
        return None

    @override
    def setData(self, index: QModelIndex, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        found = self.at(index)
        if role != Qt.ItemDataRole.CheckStateRole or found is None:
            return False
        self.ticked.emit(found, Qt.CheckState(value) == Qt.CheckState.Checked)
        return True

    @override
    def headerData(
        self,
        section: int,
        orientation: Qt.Orientation,
        role: int = Qt.ItemDataRole.DisplayRole,
    ) -> Any:
        if role == Qt.ItemDataRole.DisplayRole and orientation == Qt.Orientation.Horizontal:
            return tr(COLUMNS[section][0])
        return None

    def retranslate(self) -> None:
        """The language changed."""
        if self.rows:
            last = self.index(len(self.rows) - 1, len(COLUMNS) - 1)
            self.dataChanged.emit(self.index(0, 0), last)
        self.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, len(COLUMNS) - 1)


class CandidateView(QTableView):
    """Shows them: rows are chosen whole, and are high enough for a finger at any size."""

    def fit_columns(self) -> None:
        """As wide as what is in them, with room between them; a long note has its tooltip."""
        line = self.fontMetrics().height()
        self.resizeColumnsToContents()
        for column in range(len(COLUMNS)):
            wide = self.columnWidth(column) + (2 * line if column == 0 else line)
            self.setColumnWidth(column, min(wide, MOST_LINES_WIDE * line))

    @override
    def changeEvent(self, e: QEvent | None) -> None:
        super().changeEvent(e)
        rows = self.verticalHeader()
        if e is None or e.type() != QEvent.Type.StyleChange or rows is None:
            return
        line = self.fontMetrics().height()
        rows.setDefaultSectionSize(max(TOUCH_PX, 2 * line))
        # The style's own box does not grow with the letters.
        sheet = f"QTableView::indicator {{ width: {line}px; height: {line}px; }}"
        if sheet != self.styleSheet():
            self.setStyleSheet(sheet)


def table_of(model: CandidateTable) -> CandidateView:
    """A table of them, its columns as wide as what is in them."""
    table = CandidateView()
    table.setModel(model)
    table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    table.setAlternatingRowColors(True)
    table.setShowGrid(False)
    table.setWordWrap(False)
    table.setTabKeyNavigation(False)
    rows, columns = table.verticalHeader(), table.horizontalHeader()
    if rows is not None and columns is not None:
        rows.hide()
        rows.setDefaultSectionSize(max(TOUCH_PX, 2 * table.fontMetrics().height()))
        columns.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        columns.setStretchLastSection(True)
        columns.setHighlightSections(False)
        columns.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
    return table
