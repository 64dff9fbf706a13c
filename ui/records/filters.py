"""What the history is asked: fields above the list."""

from __future__ import annotations

from datetime import datetime, timezone

from PyQt6.QtCore import QDate, QDateTime, QTime, QTimer, pyqtSignal
from PyQt6.QtWidgets import (
    QComboBox,
    QDateTimeEdit,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from station.browsing.periods import last_hours, start_of_days, start_of_today
from station.domain import Decision
from station.errors import ConfigError
from station.store.facets import Facets
from station.store.query import HistoryQuery, as_beginnings
from station.store.which_lot import NO_LOT
from ui.language import mark, say, tr
from ui.wording import class_word, clock, decision_word

TYPING_MS = 300
"""After so long without a key the text is asked for."""
ANY, TODAY, SHIFT, WEEK, RANGE = "any", "today", "shift", "week", "range"
PERIODS = {
    ANY: mark("Any time"),
    TODAY: mark("Today"),
    SHIFT: mark("Last 8 hours"),
    WEEK: mark("Last 7 days"),
    RANGE: mark("From … to …"),
}


class Filters(QWidget):
    """Makes a HistoryQuery of what was entered."""

    changed = pyqtSignal()
    """Ask anew."""
    wrong = pyqtSignal(str)
    """What was entered cannot be asked; says why. Empty: it can."""

    def __init__(self) -> None:
        super().__init__()
        self.text, self.serial = QLineEdit(), QLineEdit()
        self.verdict, self.period = QComboBox(), QComboBox()
        self.lot, self.kind, self.operator = QComboBox(), QComboBox(), QComboBox()
        self.since, self.until = QDateTimeEdit(), QDateTimeEdit()
        self.clear = QPushButton()
        self._facets = Facets()
        self._shift_began: datetime | None = None
        self._given: tuple[HistoryQuery, QDateTime, QDateTime] | None = None
        """What another page asked for, and how its times are shown: to the minute only."""
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(TYPING_MS)
        self._timer.timeout.connect(self._chosen)
        self._from, self._to = QLabel(), QLabel()
        self._lay_out()
        self._fill()
        for combo in (self.verdict, self.period, self.kind, self.operator, self.lot):
            combo.activated.connect(self._chosen)
        line = self.lot.lineEdit()
        assert line is not None
        line.editingFinished.connect(self._chosen)
        line.setClearButtonEnabled(True)
        self.serial.editingFinished.connect(self._chosen)
        self.text.textEdited.connect(lambda _text: self._timer.start())
        self.text.returnPressed.connect(self._chosen)
        for edge in (self.since, self.until):
            edge.editingFinished.connect(self._chosen)
        for field in (self.text, self.serial):
            field.setClearButtonEnabled(True)
            field.textChanged.connect(self._cleared)
        self.clear.clicked.connect(self.reset)
        self._last: object = self._entered()

    def _lay_out(self) -> None:
        row, self._range = QHBoxLayout(), QWidget()
        self.lot.setEditable(True)
        self.lot.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        for widget, share, least in (
            (self.text, 24, 150), (self.verdict, 12, 100), (self.lot, 15, 110),
            (self.serial, 14, 110), (self.kind, 13, 100), (self.operator, 14, 110),
            (self.period, 15, 120),
        ):  # fmt: skip
            widget.setMinimumWidth(least)
            if isinstance(widget, QComboBox):
                widget.setMinimumContentsLength(5)
                widget.setSizeAdjustPolicy(
                    QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
                )
            row.addWidget(widget, share)
        row.addWidget(self.clear)
        say(self.clear.setText, "Clear")
        say(self.verdict.setAccessibleName, "Verdict")
        say(self.lot.setAccessibleName, "Lot")
        say(self.serial.setAccessibleName, "Serial number")
        say(self.kind.setAccessibleName, "Class")
        say(self.operator.setAccessibleName, "Operator")
        say(self.period.setAccessibleName, "Time")
        say(self.text.setAccessibleName, "Search words")
        between = QHBoxLayout(self._range)
        between.setContentsMargins(0, 0, 0, 0)
        between.addStretch(1)
        for label, edge in ((self._from, self.since), (self._to, self.until)):
            edge.setCalendarPopup(True)
            edge.setDisplayFormat("yyyy-MM-dd HH:mm")
            between.addWidget(label)
            between.addWidget(edge)
        say(self._from.setText, "From")
        say(self._to.setText, "until before")
        self._range.hide()
        down = QVBoxLayout(self)
        down.setContentsMargins(0, 0, 0, 0)
        down.addLayout(row)
        down.addWidget(self._range)
        say(self.text.setPlaceholderText, "Search words (/)")
        say(self.text.setToolTip, "Words of file name, serial, lot, operator, class or reason")
        say(self.serial.setPlaceholderText, "Serial number")
        midnight = QDateTime(QDate.currentDate(), QTime(0, 0))
        self.since.setDateTime(midnight)
        self.until.setDateTime(midnight.addDays(1))

    def offer(self, facets: Facets, shift_began: datetime | None = None) -> None:
        """The names there are to choose from, and when this shift began, if that is known; what
        was chosen stays."""
        if (facets, shift_began) != (self._facets, self._shift_began):
            self._facets, self._shift_began = facets, shift_began
            self._fill()

    def retranslate(self) -> None:
        """Say the choices again."""
        self._fill()

    def _fill(self) -> None:
        decisions = [(decision_word(d), d) for d in Decision]
        kinds = [(class_word(name), name) for name in self._facets.classes]
        people = [(name, name) for name in self._facets.operators]
        _choose_from(self.verdict, [(tr("Any verdict"), None), *decisions])
        _choose_from(self.kind, [(tr("Any class"), None), *kinds])
        _choose_from(self.operator, [(tr("Any operator"), None), *people])
        periods = {key: tr(text) for key, text in PERIODS.items()}
        if self._shift_began is not None:
            since = clock(self._shift_began).rpartition(":")[0]
            periods[SHIFT] = tr("This shift, since {time}", time=since)
        _choose_from(self.period, [(text, key) for key, text in periods.items()])
        typed, without = self.lot.currentText(), self._asks_without
        self.lot.clear()
        self.lot.addItem(tr("(no lot)"), True)
        self.lot.addItems(list(self._facets.lots))
        self.lot.setEditText(tr("(no lot)") if without else typed)
        line = self.lot.lineEdit()
        if line is not None:
            line.setPlaceholderText(tr("Lot"))

    def reset(self) -> None:
        """Ask for everything."""
        self.show_query(HistoryQuery())

    def show_query(self, query: HistoryQuery) -> None:
        """Enter what another page wants to see, and ask for it."""
        self.text.setText(query.text or "")
        self.serial.setText(query.serial or "")
        self.lot.setEditText(tr("(no lot)") if query.lot is NO_LOT else query.lot or "")
        for combo, value in ((self.verdict, query.decision), (self.kind, query.predicted_class),
                             (self.operator, query.operator)):  # fmt: skip
            _choose(combo, value)
        limited = query.since is not None or query.until is not None
        _choose(self.period, RANGE if limited else ANY)
        now = datetime.now(timezone.utc)
        if limited:
            self.since.setDateTime(
                QDateTime((query.since or start_of_days(now, 3650)).astimezone())
            )
            self.until.setDateTime(QDateTime((query.until or now).astimezone()))
        self._given = query, self.since.dateTime(), self.until.dateTime()
        self._chosen()

    def query(self, now: datetime) -> HistoryQuery:
        """What was entered. now: aware. Raises ConfigError for what cannot be asked."""
        period = self.period.currentData()
        since = until = None
        given = self._given
        if (
            given
            and period == RANGE
            and given[1:] == (self.since.dateTime(), self.until.dateTime())
        ):
            since, until = given[0].since, given[0].until
        elif period == RANGE:
            since, until = (
                edge.dateTime().toPyDateTime().astimezone(timezone.utc)
                for edge in (self.since, self.until)
            )
            if since >= until:
                raise ConfigError(tr("The first time must lie before the second."))
        elif period != ANY:
            starts = {TODAY: start_of_today(now), SHIFT: self._shift_began or last_hours(now)}
            since = starts.get(period, start_of_days(now, 7)).astimezone(timezone.utc)
        # Qt gives a text back for what is both a text and a Decision.
        verdict, typed = self.verdict.currentData(), self.text.text().strip()
        if typed and not any(letter.isalnum() for letter in typed):
            raise ConfigError(tr("Enter letters or digits to look for."))
        return HistoryQuery(
            lot=NO_LOT if self._asks_without else self.lot.currentText().strip() or None,
            serial=self.serial.text().strip() or None,
            decision=None if verdict is None else Decision(verdict),
            predicted_class=self.kind.currentData(),
            operator=self.operator.currentData(),
            since=since,
            until=until,
            text=as_beginnings(typed) if typed else None,
        )

    @property
    def _asks_without(self) -> bool:
        """Whether the parts without a lot are asked for: the first of the list."""
        return self.lot.count() > 0 and self.lot.currentText() == self.lot.itemText(0)

    @property
    def blank(self) -> bool:
        """Whether everything is asked for."""
        return self._entered() == ("", "", "", None, None, None, ANY)

    def _entered(self) -> tuple[object, ...]:
        texts = self.text.text().strip(), self.serial.text().strip(), self.lot.currentText().strip()
        combos = self.verdict, self.kind, self.operator, self.period
        entered: tuple[object, ...] = (*texts, *(combo.currentData() for combo in combos))
        if self.period.currentData() == RANGE:
            entered += (self.since.dateTime(), self.until.dateTime())
        return entered

    def _cleared(self, text: str) -> None:
        if not text:
            self._timer.start()

    def _chosen(self) -> None:
        self._range.setVisible(self.period.currentData() == RANGE)
        self._timer.stop()
        entered = self._entered()
        if entered != self._last:
            self._last = entered
            self.changed.emit()


def _choose_from(combo: QComboBox, choices: list[tuple[str, object]]) -> None:
    before = combo.currentData()
    combo.blockSignals(True)
    combo.clear()
    for text, value in choices:
        combo.addItem(text, value)
    combo.blockSignals(False)
    _choose(combo, before)


def _choose(combo: QComboBox, value: object) -> None:
    """Choose a value; one that is not offered is added, so that nothing is asked unseen."""
    for index in range(combo.count()):
        if combo.itemData(index) == value:
            combo.setCurrentIndex(index)
            return
    if value is not None:
        combo.addItem(str(value), value)
        combo.setCurrentIndex(combo.count() - 1)
    else:
        combo.setCurrentIndex(0)
