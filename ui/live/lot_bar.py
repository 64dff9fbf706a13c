"""Lot and serial number of the parts to come: typed, or scanned."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timezone

from PyQt6.QtCore import pyqtSignal
from PyQt6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QWidget

from station.check_lots import is_check_lot
from station.errors import ConfigError, StationError
from station.sayings import Event, Severity
from station.scan import LOT, SERIAL, check_lot, check_serial, read_scan
from station.store.store import Store
from station.told_lot import ToldLot, keep_told
from ui.desk import Desk
from ui.language import mark, say, tr
from ui.wording import moment


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
        desk.line.lot_found.connect(self._on_found)
        desk.line.lot_unread.connect(self._on_unread)

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
        labels, config = self._desk.line.labels, self._desk.config
        before = labels.now
        if kind == LOT and config is not None and is_check_lot(config.lot):
            self.refused.emit(tr("Golden parts are laid down now. Change the lot after them."))
            return
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
        """Another lot is kept for the next start, and stands in the chain with who began it."""
        config = self._desk.config
        if config is None or lot == before:
            return
        now, who = datetime.now(timezone.utc), self._desk.operator
        try:
            keep_told(config, ToldLot(lot, config.lot, who, now))
        except StationError as error:
            self._desk.tell(str(error), Severity.WARNING)
        text = f"{who or 'somebody'} began the lot {lot or '(none)'}; it was {before or '(none)'} "
        self._write(f"{text}before.")

    def _on_found(self, told: ToldLot, holds: bool) -> None:
        """A lot told in an earlier window: nobody shall work on under it unaware."""
        config = self._desk.config
        if config is None or told.lot == config.lot:
            return
        no_lot = tr("no lot")
        words = {
            "lot": told.lot or no_lot,
            "who": told.by or tr("somebody"),
            "when": moment(told.at, seconds=False),
            "configured": config.lot or no_lot,
        }
        if holds:
            said = tr(
                "Lot {lot} goes on: {who} began it by hand at {when}. The configuration says "
                "{configured}. O changes the lot.",
                **words,
            )
            does = "goes on"
        elif told.configured != config.lot:
            said = tr(
                "The lot is {configured}, as the configuration says now. {lot}, which {who} began "
                "by hand at {when}, has ended.",
                **words,
            )
            does = "has ended"
        else:
            said = tr(
                "The lot is {configured}. {lot}, which {who} began by hand at {when}, has ended: "
                "the pattern of lots no longer allows it.",
                **words,
            )
            does = "has ended"
        self._desk.tell(said, Severity.WARNING)
        self._write(
            f"the window was opened: the lot {told.lot or '(none)'}, told by "
            f"{told.by or 'somebody'} at {told.at:%Y-%m-%d %H:%M} UTC, {does}; the configuration "
            f"says {config.lot or '(none)'}."
        )

    def _on_unread(self, why: str) -> None:
        self._desk.tell(why, Severity.WARNING)

    def _write(self, text: str) -> None:
        config = self._desk.config
        if config is None:
            return
        event = Event(datetime.now(timezone.utc), config.station, "lot", Severity.INFO, text)

        def write(store: Store) -> None:
            store.add_event(event)

        self._desk.ask_store(write, self._written)

    def _written(self, _: None) -> None:
        """It stands in the chain."""
