"""Lot and serial number of the parts to come: typed, or scanned."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timezone

from PyQt6.QtCore import pyqtSignal
from PyQt6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QWidget

from station.errors import ConfigError
from station.sayings import Event, Severity
from station.scan import LOT, SERIAL, check_lot, check_serial, read_scan
from station.store.store import Store
from ui.desk import Desk
from ui.language import mark, say, tr


class LotBar(QWidget):
    """Two fields; Enter takes over what was typed, Esc puts back what holds."""

    told = pyqtSignal()
    """Lot or serial is another, or a field was left: the keys belong to the page again."""
    refused = pyqtSignal(object)
    """What was typed cannot be, and why."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        self.lot, self.serial = QLineEdit(), QLineEdit()
        self.operator = QLabel()
        self.operator.setObjectName("quiet")
        for name, field, kind in (
            (mark("Lot"), self.lot, LOT),
            (mark("Serial"), self.serial, SERIAL),
        ):
            label = QLabel()
            say(label.setText, name)
            say(field.setAccessibleName, name)
            label.setBuddy(field)
            field.returnPressed.connect(lambda f=field, k=kind: self._take(f, k))
            field.editingFinished.connect(lambda f=field: self._leave(f))
            row.addWidget(label)
            row.addWidget(field, 1)
        say(self.serial.setPlaceholderText, "scan the next part")
        say(self.lot.setPlaceholderText, "no lot")
        row.addWidget(self.operator)

    def show_labels(self) -> None:
        """Show what holds now; a field that somebody types in is left alone."""
        now = self._desk.line.labels.now
        for field, value in ((self.lot, now.lot), (self.serial, now.serial)):
            if not field.isModified():
                field.setText(value or "")
        who = self._desk.operator
        self.operator.setText("" if who is None else tr("Operator: {name}", name=who))

    def scan(self, text: str) -> None:
        """A scanner read a code: another lot, or the next part's serial."""
        config = self._desk.config
        if config is None:
            return
        try:
            found = read_scan(text, config.window)
        except ConfigError as error:
            self.refused.emit(str(error))
            return
        self._put(found.kind, found.value)

    def _leave(self, field: QLineEdit) -> None:
        """What was typed and not taken over is gone: the field shows what holds."""
        field.setModified(False)
        self.show_labels()

    def _take(self, field: QLineEdit, kind: str) -> None:
        config = self._desk.config
        if config is None:
            return
        text = field.text().strip()
        check = check_lot if kind == LOT else check_serial
        try:
            value = check(text, config.window) if text else None
        except ConfigError as error:
            self.refused.emit(str(error))
            return
        field.setModified(False)
        field.clearFocus()
        self._put(kind, value)

    def _put(self, kind: str, value: str | None) -> None:
        labels = self._desk.line.labels
        before = labels.now
        if before.serial is not None and value != before.serial:
            said = tr("The serial {code} was not used: no part came for it.", code=before.serial)
            self._desk.tell(said, Severity.WARNING)
        if kind == LOT:
            labels.set(replace(labels.now, lot=value, serial=None))
            self._tell_lot(before.lot, value)
        else:
            labels.set(replace(labels.now, serial=value))
        self.show_labels()
        self.told.emit()

    def _tell_lot(self, before: str | None, lot: str | None) -> None:
        """Another lot stands in the chain, with who began it."""
        config = self._desk.config
        if config is None or lot == before:
            return
        who = self._desk.operator or "somebody"
        text = f"{who} began the lot {lot or '(none)'}; it was {before or '(none)'} before."
        event = Event(datetime.now(timezone.utc), config.station, "lot", Severity.INFO, text)

        def write(store: Store) -> None:
            store.add_event(event)

        self._desk.ask_store(write, self._told_lot)

    def _told_lot(self, _: None) -> None:
        """It stands in the chain."""
