"""The card one signs in with: first who, then the PIN or password."""

from __future__ import annotations

import math

from PyQt6.QtCore import Qt, QTimer, pyqtSignal
from PyQt6.QtWidgets import QFrame, QHBoxLayout, QLabel, QLineEdit, QPushButton, QVBoxLayout

from station.people.hashing import MOST_LETTERS
from station.people.known import Known, key_of
from station.people.trouble import PeopleError
from ui.language import say, tr
from ui.people.names import Names
from ui.people.pad import NumberPad
from ui.people.session import Session
from ui.people.wording import role_word, trouble_word, wait_word
from ui.wording import number

TICK_MS = 250


class SignIn(QFrame):
    """Names, then a field and a pad of digits. Whoever was there last needs only the secret."""

    cancelled = pyqtSignal()

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.setObjectName("panel")
        self._session = session
        self.person: Known | None = None
        """Whose secret is asked for; None: who it is."""
        self.title, self.role, self.message = QLabel(), QLabel(), QLabel()
        self.names, self.pad, self.field = Names(), NumberPad(), QLineEdit()
        self.other, self.enter, self.close_button = QPushButton(), QPushButton(), QPushButton()
        self._trouble: PeopleError | str | None = None
        self._tick = QTimer(self)
        self._tick.setInterval(TICK_MS)
        self._tick.timeout.connect(self._show_state)
        self._build()
        session.answered.connect(self._on_answered)
        session.known_changed.connect(self._on_known)

    def ask(self, person: Known | None) -> None:
        """Begin: with somebody's secret, or with who it is."""
        self.person, self._trouble = person, None
        self.field.clear()
        self._tick.stop()
        self.names.show_known(self._session.known or ())
        if person is not None and self._session.tries.wait_s(person.name) > 0.0:
            self._tick.start()
        self._show_state()
        self.give_focus()

    def give_focus(self) -> None:
        """Where typing goes to."""
        if self.person is None:
            self.names.forget_typed()
        else:
            self.field.setFocus()

    def submit(self) -> None:
        """Try name and secret."""
        if self.person is None or self._waits_s() > 0.0 or not self.field.text():
            return
        self._trouble = None
        self._session.sign_in(self.person.name, self.field.text())
        self._show_state()

    def _build(self) -> None:
        self.title.setObjectName("title")
        self.title.setWordWrap(True)
        self.role.setObjectName("quiet")
        self.message.setObjectName("bad")
        self.message.setWordWrap(True)
        self.message.setMinimumHeight(2 * self.fontMetrics().height() + 4)
        self.message.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.field.setEchoMode(QLineEdit.EchoMode.Password)
        self.field.setMaxLength(MOST_LETTERS)
        self.field.setInputMethodHints(Qt.InputMethodHint.ImhSensitiveData)
        self.enter.setObjectName("primary")
        self.close_button.setObjectName("plain")
        for button in (self.other, self.enter, self.close_button):
            button.setAutoDefault(True)  # Enter presses it, as Space does
        say(self.field.setPlaceholderText, "PIN or password")
        say(self.other.setText, "Somebody else")
        say(self.enter.setText, "Sign in")
        say(self.close_button.setText, "Close")
        top = QHBoxLayout()
        heads = QVBoxLayout()
        heads.setSpacing(0)
        heads.addWidget(self.title)
        heads.addWidget(self.role)
        top.addLayout(heads, 1)
        top.addWidget(self.close_button, 0, Qt.AlignmentFlag.AlignTop)
        below = QHBoxLayout()
        below.addWidget(self.other)
        below.addWidget(self.enter, 1)
        column = QVBoxLayout(self)
        line = self.fontMetrics().height()
        column.setContentsMargins(line, round(0.8 * line), line, line)
        column.setSpacing(line // 2)
        column.addLayout(top)
        column.addWidget(self.names, 1)
        column.addWidget(self.field)
        column.addWidget(self.message)
        column.addWidget(self.pad, 1)
        column.addLayout(below)
        self.names.chosen.connect(self.ask)
        self.other.clicked.connect(lambda: self.ask(None))
        self.enter.clicked.connect(self.submit)
        self.close_button.clicked.connect(self.cancelled)
        self.field.returnPressed.connect(self.submit)
        self.field.textChanged.connect(self._on_typed)
        self.pad.pressed.connect(self.field.insert)
        self.pad.erased.connect(self.field.backspace)
        self.pad.entered.connect(self.submit)

    def retranslate(self) -> None:
        """The language changed."""
        self.names.retranslate()
        self._show_state()

    def _waits_s(self) -> float:
        return 0.0 if self.person is None else self._session.tries.wait_s(self.person.name)

    def _show_state(self) -> None:
        person, busy, waits_s = self.person, self._session.busy, self._waits_s()
        self.names.setVisible(person is None)
        for widget in (self.role, self.field, self.message, self.pad, self.other, self.enter):
            widget.setVisible(person is not None)
        if person is None:
            self.title.setText(tr("Who are you?"))
            return
        self.title.setText(person.name)
        self.role.setText(role_word(person.role))
        able = not busy and waits_s <= 0.0
        for part in (self.field, self.pad):
            part.setEnabled(able)
        self.enter.setEnabled(able and bool(self.field.text()))
        if waits_s > 0.0:
            say(self.enter.setText, "Wait {seconds} s", seconds=number(math.ceil(waits_s)))
        else:
            say(self.enter.setText, "Sign in")
        self.other.setEnabled(not busy)
        self.message.setText(self._message(busy, waits_s))
        self.message.setObjectName("quiet" if busy else "bad")
        style = self.message.style()
        if style is not None:  # the sheet goes by the name
            style.polish(self.message)
        if waits_s <= 0.0 and self._tick.isActive():
            self._tick.stop()
            self.give_focus()

    def _message(self, busy: bool, waits_s: float) -> str:
        if busy:
            return tr("Checking…")
        if waits_s > 0.0:
            return wait_word(waits_s)
        if isinstance(self._trouble, PeopleError):
            return trouble_word(self._trouble)
        return self._trouble or ""

    def _on_typed(self, text: str) -> None:
        if text:
            self._trouble = None
        self._show_state()

    def _on_answered(self, answer: PeopleError | str | None) -> None:
        self.field.clear()
        self._trouble = answer
        if self._waits_s() > 0.0:
            self._tick.start()
        self._show_state()
        if answer is not None and self.isVisible():
            self.give_focus()

    def _on_known(self) -> None:
        """Somebody came or went meanwhile."""
        known = self._session.known or ()
        keys = {key_of(person.name): person for person in known}
        if self.person is not None:
            self.person = keys.get(key_of(self.person.name))
            if self.person is None:
                self.field.clear()
        self.names.show_known(known)
        self._show_state()
