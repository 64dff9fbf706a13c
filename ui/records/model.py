"""The history as an endless table: pages come when they are looked at, and go when they are far."""

from __future__ import annotations

from array import array
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from PyQt6.QtCore import QAbstractTableModel, QModelIndex, QObject, Qt, QTimer, pyqtSignal
from typing_extensions import override

from station.domain import Record
from station.sayings import Review
from station.store.history import Page
from station.store.outline import Stretch, stretch_of
from station.store.query import HistoryQuery
from station.store.store import Store
from ui.desk import Desk
from ui.language import mark, tr
from ui.wording import class_word, decision_word, moment, percent

PAGE = 100
"""Records that are asked for at a time."""
KEPT = 24
"""Pages in memory; the one that was not looked at for the longest goes first."""
ASKED = 3
"""Pages that wait to be read; an older wish is forgotten: it was scrolled past."""
STRETCH = (20, 2000)
"""Pages whose beginnings are looked for at a time: at first, then twice as many each time, at most.
The beginning of a word costs the database the same for few rows as for many."""
LISTED = 10_000_000
"""Rows in the list at most: Qt counts its height in pixels, up to 2^31."""
COLUMNS = ("", mark("Verdict"), mark("Time"), mark("Lot and serial"), mark("Class"))
"""The first is that of the pictures."""
ROW = Qt.ItemDataRole.UserRole
"""Role under which a row's Row is found; None: it is being read."""


@dataclass(frozen=True, slots=True, eq=False)
class Row:
    """One part of the list."""

    record: Record
    review: Review | None
    """The latest word on it."""


class RecordsModel(QAbstractTableModel):
    """Records that match a query, newest first, as they were when the query was asked."""

    begun = pyqtSignal()
    """The first page of a new query is there, or there is none."""
    counted = pyqtSignal()
    """More of the list's length is known."""
    arrived = pyqtSignal(int, int)
    """First and last of the rows that were read."""
    failed = pyqtSignal(object)

    def __init__(self, desk: Desk, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self.query = HistoryQuery()
        self.complete = True
        """Whether the list's whole length is known."""
        self._asked = 0
        """Number of the query: answers to an earlier one are thrown away."""
        self._starts = array("q")
        """`after` of each page."""
        self._rows = 0
        self._pages: OrderedDict[int, Page] = OrderedDict()
        self._stale: set[int] = set()
        """Pages in memory that are read again when they are looked at."""
        self._wanted: list[int] = []
        self._reading: tuple[int, int] | None = None
        """Query and page."""
        self._stretch = STRETCH[0]
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(0)
        self._soon.timeout.connect(self._read_next)

    # Asking ------------------------------------------------------------------------------------

    def show(self, query: HistoryQuery) -> None:
        """Ask anew; what is shown stays until the answer is there."""
        self._asked += 1
        asked, self.query = self._asked, query
        self._wanted.clear()

        def question(store: Store) -> tuple[int, Page]:
            return asked, store.history(query, None, PAGE)

        self._desk.ask_store(question, self._begin, self.failed.emit)

    @property
    def newest(self) -> int:
        """Number of the newest record when the query was asked; 0: there was none."""
        return self._starts[0] - 1 if self._starts else 0

    @property
    def pages_in_memory(self) -> int:
        """At most KEPT."""
        return len(self._pages)

    def row_at(self, row: int) -> Row | None:
        """What is in a row; None: it is asked for now, and `arrived` will tell."""
        number, place = divmod(row, PAGE)
        page = self._pages.get(number)
        if page is None:
            self._want(number)
            return None
        self._pages.move_to_end(number)
        if number in self._stale:
            self._want(number)
        if place >= len(page.records):
            return None
        record = page.records[place]
        return Row(record, page.reviews.get(record.uuid))

    def read_again(self) -> None:
        """Somebody may have reviewed parts: what is in sight is read again, and stays meanwhile."""
        self._stale = set(self._pages)
        if self._rows:
            last = self.index(self._rows - 1, len(COLUMNS) - 1)
            self.dataChanged.emit(self.index(0, 0), last)

    def retranslate(self) -> None:
        """The language changed: all texts are asked for again."""
        self.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, len(COLUMNS) - 1)

    def uuids_of(self, ranges: Iterable[tuple[int, int]]) -> Callable[[Store], tuple[str, ...]]:
        """A question for the parts in these rows, first and last, however many there are."""
        query, starts, wanted = self.query, self._starts, sorted(ranges)

        def question(store: Store) -> tuple[str, ...]:
            found: list[str] = []
            for first, last in wanted:
                for number in range(first // PAGE, last // PAGE + 1):
                    page = store.history(query, starts[number], PAGE)
                    low = max(0, first - number * PAGE)
                    found += [r.uuid for r in page.records[low : last - number * PAGE + 1]]
            return tuple(found)

        return question

    # Answers -----------------------------------------------------------------------------------

    def _begin(self, answer: tuple[int, Page]) -> None:
        asked, page = answer
        if asked != self._asked:
            return
        self.beginResetModel()
        self._pages.clear()
        self._stale.clear()
        self._wanted.clear()
        self._starts = array("q")
        self._stretch = STRETCH[0]
        if page.records:
            self._starts.append(page.ids[0] + 1)
            self._pages[0] = page
        self._rows, self.complete = len(page.records), page.next is None
        self.endResetModel()
        self.begun.emit()
        self._walk()

    def _walk(self) -> None:
        """Look for where the next pages begin."""
        if self.complete or self._rows >= LISTED:
            self.counted.emit()
            return
        asked, query, after, pages = self._asked, self.query, self._starts[-1], self._stretch

        def question(store: Store) -> tuple[int, Stretch]:
            return asked, stretch_of(store, query, after, PAGE, pages)

        self._desk.ask_store(question, self._walked, self.failed.emit)

    def _walked(self, answer: tuple[int, Stretch]) -> None:
        asked, stretch = answer
        if asked != self._asked:
            return
        self._stretch = min(2 * self._stretch, STRETCH[1])
        self._starts.extend(stretch.starts)
        self.complete = stretch.rest is not None
        rows = max(self._rows, (len(self._starts) - 1) * PAGE + (stretch.rest or 0))
        if rows > LISTED:
            rows, self.complete = LISTED, False
        if rows > self._rows:
            self.beginInsertRows(QModelIndex(), self._rows, rows - 1)
            self._rows = rows
            self.endInsertRows()
        self.counted.emit()
        self._walk()

    def _want(self, number: int) -> None:
        known = (self._asked, number) == self._reading or number in self._wanted[-1:]
        if known or number >= len(self._starts):
            return
        if number in self._wanted:
            self._wanted.remove(number)
        self._wanted.append(number)
        del self._wanted[:-ASKED]
        self._soon.start()

    def _read_next(self) -> None:
        if self._reading is not None or not self._wanted or self._desk.config is None:
            return
        number = self._wanted.pop()
        asked, query, after = self._asked, self.query, self._starts[number]
        self._reading = asked, number

        def question(store: Store) -> tuple[int, int, Page]:
            return asked, number, store.history(query, after, PAGE)

        self._desk.ask_store(question, self._read, self._not_read)

    def _read(self, answer: tuple[int, int, Page]) -> None:
        asked, number, page = answer
        self._reading = None
        if asked == self._asked:
            self._pages[number] = page
            self._stale.discard(number)
            while len(self._pages) > KEPT:
                self._pages.popitem(last=False)
            first, last = number * PAGE, min((number + 1) * PAGE, self._rows) - 1
            self.dataChanged.emit(self.index(first, 0), self.index(last, len(COLUMNS) - 1))
            self.arrived.emit(first, last)
        self._read_next()

    def _not_read(self, text: str) -> None:
        self._reading = None
        self._wanted.clear()
        self.failed.emit(text)

    # Qt's own names ----------------------------------------------------------------------------

    @override
    def rowCount(self, parent: QModelIndex | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else self._rows

    @override
    def columnCount(self, parent: QModelIndex | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(COLUMNS)

    @override
    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if role != Qt.ItemDataRole.DisplayRole:
            return None
        if orientation == Qt.Orientation.Vertical:
            return section + 1
        return tr(COLUMNS[section]) if COLUMNS[section] else ""

    @override
    def data(self, index: QModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        texts = Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole
        if role not in (*texts, Qt.ItemDataRole.ToolTipRole, ROW):
            return None
        row = self.row_at(index.row())
        if row is None or role == ROW:
            return row
        lines = [line for line in cell_lines(row, index.column()) if line]
        return "\n".join(lines) if role == Qt.ItemDataRole.ToolTipRole else " · ".join(lines)


def cell_lines(row: Row, column: int) -> tuple[str, str]:
    """The two lines of a cell, in the language of the window."""
    record, review = row.record, row.review
    if column == 1:
        said = "" if review is None else f"{decision_word(review.decision)} · {review.operator}"
        return decision_word(record.decision), said
    if column == 2:
        return moment(record.decided_at), record.source
    if column == 3:
        return record.lot or "–", record.part_serial or "–"
    if column == 4:
        if record.predicted_class is None:
            return "–", record.operator or ""
        claim = f"{class_word(record.predicted_class)} {percent(record.confidence)}"
        return claim, record.operator or ""
    return "", ""
