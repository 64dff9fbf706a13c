"""Which parts: a lot, today, seven days, from when to when, or all."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta, timezone

from PyQt6.QtCore import QDateTime, Qt, pyqtSignal
from PyQt6.QtWidgets import (
    QButtonGroup,
    QComboBox,
    QDateTimeEdit,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QStackedWidget,
    QWidget,
)

from station.errors import ConfigError
from station.store.query import HistoryQuery
from ui.language import mark, say, tr

SCOPES = {
    "lot": (mark("Lot"), mark("One lot (O)")),
    "today": (mark("Today"), mark("Since midnight (D)")),
    "week": (mark("7 days"), mark("Today and the six days before (W)")),
    "range": (mark("From … to"), mark("From one moment to another (G)")),
    "all": (mark("All"), mark("All parts in the database (A)")),
}
WEEK = timedelta(days=6)
FORM = "yyyy-MM-dd HH:mm"


class Choice(QWidget):
    """Buttons, and the field that the chosen one needs."""

    changed = pyqtSignal()

    def __init__(self) -> None:
        super().__init__()
        self.scope = "today"
        self.buttons: dict[str, QPushButton] = {}
        group = QButtonGroup(self)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        for scope, (text, tip) in SCOPES.items():
            button = QPushButton()
            button.setCheckable(True)
            say(button.setText, text)
            say(button.setToolTip, tip)
            button.clicked.connect(lambda _checked=False, name=scope: self.choose(name))
            group.addButton(button)
            row.addWidget(button)
            self.buttons[scope] = button
        self.buttons[self.scope].setChecked(True)
        self.lot = QComboBox()
        self.lot.setEditable(True)
        self.lot.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.lot.setMinimumWidth(240)
        say(self.lot.setAccessibleName, "Lot")
        self.lot.activated.connect(self.changed)
        edit = self.lot.lineEdit()
        if edit is not None:
            edit.returnPressed.connect(self.changed)
            say(edit.setPlaceholderText, "Lot: type or scan")
        self._fields = QStackedWidget()
        self._fields.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self._fields.addWidget(QLabel())
        self._fields.addWidget(self.lot)
        self._fields.addWidget(self._range())
        row.addWidget(self._fields)
        self._show_field()

    def _range(self) -> QWidget:
        now = QDateTime.currentDateTime()
        self.since, self.until = QDateTimeEdit(now.addDays(-1)), QDateTimeEdit(now)
        say(self.since.setAccessibleName, "From")
        say(self.until.setAccessibleName, "Until")
        place = QWidget()
        row = QHBoxLayout(place)
        row.setContentsMargins(0, 0, 0, 0)
        for field in (self.since, self.until):
            field.setDisplayFormat(FORM)
            field.setCalendarPopup(True)
            field.editingFinished.connect(self._range_changed)
            row.addWidget(field)
        row.insertWidget(1, QLabel("–"))
        row.addStretch(1)
        return place

    def choose(self, scope: str) -> None:
        """Another kind of choice; tells it."""
        self.scope = scope
        self.buttons[scope].setChecked(True)
        self._show_field()
        if scope == "lot":
            self.lot.setFocus(Qt.FocusReason.ShortcutFocusReason)
        elif scope == "range":
            self.since.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.changed.emit()

    def _show_field(self) -> None:
        """Only the one that is needed takes room."""
        index = {"lot": 1, "range": 2}.get(self.scope, 0)
        self._fields.setCurrentIndex(index)
        self._fields.setVisible(index > 0)

    def show_lots(self, names: Sequence[str]) -> None:
        """The lots to choose from; what is typed stays."""
        typed = self.lot.currentText()
        if [self.lot.itemText(i) for i in range(self.lot.count())] != list(names):
            self.lot.clear()
            self.lot.addItems(list(names))
        self.lot.setCurrentText(typed or (names[0] if names else ""))

    def show_lot(self, name: str) -> None:
        """Choose that lot; does not tell."""
        self.scope = "lot"
        self.buttons["lot"].setChecked(True)
        self._show_field()
        self.lot.setCurrentText(name)

    @property
    def lot_name(self) -> str | None:
        """The lot that is chosen; None where none is."""
        return (self.lot.currentText().strip() or None) if self.scope == "lot" else None

    @property
    def is_whole(self) -> bool:
        """Whether it is a lot or everything: what a report can be made of."""
        return self.scope == "all" or self.lot_name is not None

    def query(self) -> HistoryQuery:
        """What is chosen. Raises ConfigError, in the window's language, where that is nothing."""
        if self.scope == "lot":
            if self.lot_name is None:
                raise ConfigError(tr("Type or scan a lot, or choose another time."))
            return HistoryQuery(lot=self.lot_name)
        if self.scope == "range":
            since, until = (_utc(field) for field in (self.since, self.until))
            if since >= until:
                raise ConfigError(
                    tr("The first moment lies after the second: give the earlier one first.")
                )
            return HistoryQuery(since=since, until=until)
        midnight = datetime.now().astimezone().replace(hour=0, minute=0, second=0, microsecond=0)
        if self.scope == "all":
            return HistoryQuery()
        since = midnight if self.scope == "today" else midnight - WEEK
        return HistoryQuery(since=since.astimezone(timezone.utc))

    def _range_changed(self) -> None:
        if self.scope == "range":
            self.changed.emit()


def _utc(field: QDateTimeEdit) -> datetime:
    # toPyDateTime is naive, and of this place.
    return field.dateTime().toPyDateTime().astimezone(timezone.utc)
