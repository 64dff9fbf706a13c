"""Section Outputs: who is told of each verdict, whether they hear it, and the sorter's gate."""

from __future__ import annotations

from collections.abc import Sequence

from PyQt6.QtCore import Qt, QTimer
from PyQt6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout
from typing_extensions import override

from station.config import OutboxConfig
from station.outbox.settings import WebhookSettings
from station.settings_fields import fields_of
from station.settings_text import UNSET
from station.store.outbox import Destination
from station.store.store import Store
from ui.language import mark, say, tr
from ui.settings.draft import Draft
from ui.settings.editors import Ticked
from ui.settings.receiver import Receiver, ReceiverValues
from ui.settings.section import Section

GATE = tuple(fields_of("gate"))
GATE_PORT = 7410
"""Offered where there is no gate yet."""
KEYS = ("outbox", *GATE)
ASKED_EVERY_MS = 5000


class OutputsSection(Section):
    """The state of each queue is asked for again and again while the section is in sight."""

    def __init__(self, draft: Draft) -> None:
        super().__init__(draft)
        self.panels: list[Receiver] = []
        self.gate = Ticked()
        self._list = QVBoxLayout()
        self._shown: object = None
        self._states: Sequence[Destination] = ()
        self._timer = QTimer(self)
        self._timer.setInterval(ASKED_EVERY_MS)
        self._timer.timeout.connect(self._ask)
        self._build()
        draft.changed.connect(self._follow)

    @override
    def entered(self) -> None:
        self._ask()
        self._timer.start()

    @override
    def left(self) -> None:
        self._timer.stop()

    @override
    def retranslate(self) -> None:
        super().retranslate()
        for receiver in self.panels:
            receiver.retranslate()

    def _build(self) -> None:
        self.add_title(mark("Outputs"), mark(
            "Who is told of each verdict. What could not be told waits in the database, in order; "
            "inspection never waits for it. Secrets stand in the environment, never here."
        ))  # fmt: skip
        self.column.addLayout(self._list)
        line = QHBoxLayout()
        for kind, text in (("webhook", mark("Add a webhook")), ("mqtt", mark("Add a broker"))):
            button = QPushButton()
            say(button.setText, text)
            button.clicked.connect(lambda _=False, kind=kind: self._add(kind))
            line.addWidget(button)
        line.addStretch(1)
        self.column.addLayout(line)
        self.add_title(mark("Gate of a sorter"), mark(
            "Opens for a part that passed, and for nothing else. It cannot be tried from here: "
            "an open gate lets a part through."
        ))  # fmt: skip
        self.column.addWidget(self.gate, 0, Qt.AlignmentFlag.AlignLeft)
        self._gate_panel = self.add_rows(GATE)
        self.gate.clicked.connect(self._switch_gate)
        self.end()
        self._follow()

    def _follow(self) -> None:
        wanted = self.draft.value("outbox")
        if wanted != self._shown:
            self._show(wanted if isinstance(wanted, tuple) else ())
        has_gate = self.draft.value("gate") is not None or any(
            key in self.draft.keys for key in GATE
        )
        self.gate.put(has_gate)
        self._gate_panel.setVisible(has_gate)

    def _show(self, wanted: tuple[OutboxConfig, ...]) -> None:
        for receiver in self.panels:
            receiver.setParent(None)
            receiver.deleteLater()
        self.panels, self._shown = [], wanted
        self.draft.unread.pop("outbox", None)
        for outbox in wanted:
            kind = "webhook" if isinstance(outbox.to, WebhookSettings) else "mqtt"
            self._put(ReceiverValues(kind, outbox), is_open=False)

    def _put(self, values: ReceiverValues, *, is_open: bool) -> None:
        receiver = Receiver(self.desk, values, is_open=is_open)
        receiver.edited.connect(self._edited)
        receiver.removed.connect(lambda: self._remove(receiver))
        self.panels.append(receiver)
        self._list.addWidget(receiver)
        self._say_states()

    def _add(self, kind: str) -> None:
        values = ReceiverValues(kind, None)
        taken = {receiver.values.name for receiver in self.panels}
        number = 2
        while values.name in taken:
            values.rename(f"{kind}-{number}")
            number += 1
        self._put(values, is_open=True)
        self._edited()

    def _remove(self, receiver: Receiver) -> None:
        self.panels.remove(receiver)
        receiver.setParent(None)
        receiver.deleteLater()
        self._edited()

    def _edited(self) -> None:
        """What the panels come to goes into the draft, once each of them is whole."""
        made = [receiver.values.made for receiver in self.panels]
        whole = tuple(each for each in made if each is not None)
        if len(whole) < len(made) or any(receiver.values.unread for receiver in self.panels):
            self.draft.cannot_read("outbox", tr("A receiver is not complete."))
            return
        self._shown = whole
        self.draft.set("outbox", whole)

    def _ask(self) -> None:
        self.desk.ask_store(_states, self._show_states)

    def _show_states(self, states: Sequence[Destination]) -> None:
        self._states = states
        self._say_states()

    def _say_states(self) -> None:
        known = {state.name: state for state in self._states}
        for receiver in self.panels:
            receiver.show_state(known.get(receiver.values.name))

    def _switch_gate(self, is_on: bool) -> None:
        if is_on:
            self.draft.drop("gate")
            if self.draft.value("gate") is None:
                self.draft.set("gate.port", GATE_PORT)
        else:
            self.draft.drop(*GATE)
            if self.draft.running("gate") is not None:
                self.draft.set("gate", UNSET)


def _states(store: Store) -> Sequence[Destination]:
    return store.outbox_state()
