"""One receiver of results on the page: how it stands, its settings, and a test of them."""

from __future__ import annotations

from dataclasses import fields
from functools import partial
from typing import Any

from PyQt6.QtCore import pyqtSignal
from PyQt6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)
from typing_extensions import override

from station.config import OutboxConfig
from station.errors import ConfigError
from station.outbox.destinations import DESTINATIONS
from station.outbox.settings import DeliverySettings
from station.outbox.trial import send_trial
from station.settings_fields import field_of, fields_of, key_in
from station.store.outbox import Destination
from ui.desk import Desk
from ui.language import say, tr
from ui.settings.draft import Values
from ui.settings.row import SettingRow
from ui.settings.section import put_text
from ui.wording import moment, number


class ReceiverValues(Values):
    """The settings of one receiver; `made` is what they come to."""

    def __init__(self, kind: str, outbox: OutboxConfig | None) -> None:
        super().__init__()
        self.kind = kind
        self.name = kind if outbox is None else outbox.name
        self.made = outbox
        """None while something is wrong."""
        self._values: dict[str, object] = {}
        self._known = (*fields_of(kind), *fields_of("delivery"))
        for key in self._known:
            table, _, name = key.partition(".")
            if outbox is not None:
                owner: Any = outbox.delivery if table == "delivery" else outbox.to
                self._values[key] = getattr(owner, name)
        if outbox is None:
            self._make()

    @property
    @override
    def keys(self) -> tuple[str, ...]:
        return ()

    @override
    def value(self, key: str) -> object:
        return self._values.get(key, field_of(key).default)

    @override
    def set(self, key: str, value: object) -> None:
        self.unread.pop(key, None)
        self._values[key] = value
        self._make()
        self.changed.emit()

    def rename(self, name: str) -> None:
        """Under which the database remembers how far it was told."""
        self.name = name.strip()
        self._make()
        self.changed.emit()

    def _make(self) -> None:
        self.errors, self.made = {}, None
        given = {key: value for key, value in self._values.items() if value is not None}
        try:
            if not self.name:
                raise ConfigError(tr("Give the receiver a name."))
            to = DESTINATIONS[self.kind].settings(**_of(given, self.kind))
            self.made = OutboxConfig(self.name, to, DeliverySettings(**_of(given, "delivery")))
        except ConfigError as error:
            key = key_in(str(error).replace("outbox.", f"{self.kind}."), self._known)
            self.errors = {key or "": tr(str(error)).replace("outbox.", f"{self.kind}.")}
        except TypeError:
            missing = [f.name for f in fields(DESTINATIONS[self.kind].settings) if f.name == "host"]
            self.errors = {f"{self.kind}.{missing[0]}": tr("This is needed.")}


def _of(values: dict[str, object], table: str) -> dict[str, Any]:
    return {k.partition(".")[2]: v for k, v in values.items() if k.startswith(f"{table}.")}


class Receiver(QFrame):
    """A panel that unfolds."""

    edited = pyqtSignal()
    removed = pyqtSignal()

    def __init__(self, desk: Desk, values: ReceiverValues, *, is_open: bool) -> None:
        super().__init__()
        self.setObjectName("panel")
        self.desk, self.values = desk, values
        values.setParent(self)
        self.state, self.said, self.form = QLabel(), QLabel(), QWidget()
        self.test, self.again = QPushButton(), QPushButton()
        self._destination: Destination | None = None
        self.rows: list[SettingRow] = []
        self._build(is_open)
        values.changed.connect(self._follow)
        values.changed.connect(self.edited)

    def show_state(self, destination: Destination | None) -> None:
        """How far it was told; None: nothing was told to it yet."""
        self._destination = destination
        self._follow()

    def retranslate(self) -> None:
        """The language changed."""
        for row in self.rows:
            row.retranslate()
        self._follow()

    def _build(self, is_open: bool) -> None:
        column, line = QVBoxLayout(self), QHBoxLayout()
        more, remove = QPushButton(), QPushButton()
        more.setCheckable(True)
        say(more.setText, "Settings")
        say(remove.setText, "Remove")
        say(self.test.setText, "Send a test")
        say(self.again.setText, "Try again now")
        self.state.setWordWrap(True)
        self.said.setWordWrap(True)
        self.said.hide()
        line.addWidget(self.state, 1)
        for button in (self.again, self.test, more, remove):
            line.addWidget(button)
        column.addLayout(line)
        column.addWidget(self.said)
        self._build_form()
        column.addWidget(self.form)
        self.form.setVisible(is_open)
        more.setChecked(is_open)
        more.toggled.connect(self.form.setVisible)
        remove.clicked.connect(self.removed)
        self.test.clicked.connect(self._try)
        self.again.clicked.connect(self._again)
        self._follow()

    def _build_form(self) -> None:
        inside = QVBoxLayout(self.form)
        inside.setContentsMargins(0, 0, 0, 0)
        name_line, name, label = QHBoxLayout(), QLineEdit(self.values.name), QLabel()
        say(label.setText, "Name of the receiver")
        label.setBuddy(name)
        name.textEdited.connect(self.values.rename)
        name_line.addWidget(label, 2)
        name_line.addWidget(name, 5)
        inside.addLayout(name_line)
        for key in (*fields_of(self.values.kind), *fields_of("delivery")):
            row = SettingRow(self.values, key)
            self.rows.append(row)
            inside.addWidget(row)

    def _follow(self) -> None:
        made, found = self.values.made, self._destination
        text = f"{self.values.name} ({self.values.kind})"
        if found is None:
            text = tr("{name}: nothing was told to it yet.", name=text)
        elif not found.waiting:
            text = tr("{name}: has everything.", name=text)
        else:
            text = tr(
                "{name}: {count} waiting since {since}.",
                name=text, count=number(found.waiting), since=moment(found.oldest_at),
            )  # fmt: skip
        if found is not None and found.last_error:
            text += " " + tr("Last error: {error}", error=found.last_error)
        self.state.setText(text)
        self.test.setEnabled(made is not None)
        self.again.setVisible(found is not None and found.attempts > 0)
        if "" in self.values.errors:
            self._show("bad", self.values.errors[""])

    def _try(self) -> None:
        made, config = self.values.made, self.desk.config
        if made is None or config is None:
            return
        self.test.setEnabled(False)
        self._show("quiet", tr("Sending…"))
        self.desk.ask(partial(send_trial, made.to, config.station), self._sent, self._unsent)

    def _sent(self, message: str) -> None:
        self._show("good", tr("It has the test, {message}.", message=message))
        self.test.setEnabled(True)

    def _unsent(self, text: str) -> None:
        self._show("bad", tr(text))
        self.test.setEnabled(True)

    def _again(self) -> None:
        found = self._destination
        if found is not None:
            self.desk.ask_store(
                lambda store: store.outbox_delivered(found.name, found.delivered_up_to),
                self._tried_again,
            )

    def _tried_again(self, _: object) -> None:
        self._show("quiet", tr("It is tried again within a few seconds."))

    def _show(self, name: str, text: str) -> None:
        put_text(self.said, name, text)
        self.said.show()
