"""Changing one's own PIN or password, which everybody may."""

from __future__ import annotations

from functools import partial

from PyQt6.QtCore import QEvent, Qt, QTimer
from PyQt6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)
from typing_extensions import override

from station.people.changes import Word
from station.people.hashing import MOST_LETTERS
from station.people.sign_in import Tries, change_own_secret
from station.people.trouble import PeopleError
from station.store.store import Store
from ui.language import say, tr
from ui.people.secret_fields import SecretFields
from ui.people.session import Session
from ui.people.wording import trouble_word, wait_word

TICK_MS = 250


class OwnSecret(QDialog):
    """The old one, and the new one twice."""

    def __init__(self, session: Session, parent: QWidget | None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._session = session
        self._person = session.desk.person
        self.old, self.secrets, self.message = QLineEdit(), SecretFields(), QLabel()
        self.save, self.cancel = QPushButton(), QPushButton()
        self.secrets.before = self.old
        self._tick = QTimer(self)
        self._tick.setInterval(TICK_MS)
        self._tick.timeout.connect(self._show_wait)
        self._build()
        self._show_state()
        self._show_wait()
        self.old.setFocus()

    def submit(self) -> None:
        """Change it, if all is there."""
        person, config = self._person, self._session.desk.config
        if not self.save.isEnabled() or person is None or config is None:
            return
        if not self.secrets.agrees:
            self.message.setText(tr("The two are not the same. Type both again."))
            self.secrets.clear()
            self.secrets.first.setFocus()
            return
        self.setEnabled(False)
        word = Word(person, config.station)
        tries = self._session.tries
        work = partial(_changed, word, self.old.text(), self.secrets.secret, tries)
        self._session.desk.ask_store(work, self._on_changed, self._on_failed)

    def _build(self) -> None:
        line = self.fontMetrics().height()
        title, old_label = QLabel(), QLabel()
        title.setObjectName("title")
        self.message.setObjectName("bad")
        self.message.setWordWrap(True)
        self.save.setObjectName("primary")
        self.save.setDefault(False)
        self.save.setAutoDefault(False)
        self.cancel.setAutoDefault(False)
        say(self.setWindowTitle, "Change my PIN or password")
        say(title.setText, "Change my PIN or password")
        say(old_label.setText, "Old PIN or password")
        say(self.save.setText, "Save")
        say(self.cancel.setText, "Cancel")
        old_label.setBuddy(self.old)
        self.old.setEchoMode(QLineEdit.EchoMode.Password)
        self.old.setMaxLength(MOST_LETTERS)
        self.old.setInputMethodHints(Qt.InputMethodHint.ImhSensitiveData)
        below = QHBoxLayout()
        below.addStretch(1)
        below.addWidget(self.cancel)
        below.addWidget(self.save)
        column = QVBoxLayout(self)
        column.setContentsMargins(line, line, line, line)
        column.setSpacing(line // 2)
        for widget in (title, old_label, self.old, self.secrets, self.message):
            column.addWidget(widget)
        column.addLayout(below)
        self.setMinimumWidth(30 * line)
        self.old.textChanged.connect(self._show_state)
        self.secrets.changed.connect(self._show_state)
        self.secrets.entered.connect(self.submit)
        self.old.returnPressed.connect(self.secrets.first.setFocus)
        self.save.clicked.connect(self.submit)
        self.cancel.clicked.connect(self.reject)

    def _show_state(self) -> None:
        self._show_save()
        if self.secrets.first.text() and self._waits_s() <= 0.0:
            self.message.clear()

    def _show_save(self) -> None:
        filled = bool(self.old.text()) and self.secrets.is_filled
        self.save.setEnabled(filled and self._waits_s() <= 0.0)

    def _waits_s(self) -> float:
        return 0.0 if self._person is None else self._session.tries.wait_s(self._person.name)

    def _show_wait(self) -> None:
        """After a row of wrong tries: how long nothing is tried, until it is over."""
        waits_s, was_waiting = self._waits_s(), self._tick.isActive()
        if waits_s > 0.0:
            self._tick.start()
            self.message.setText(wait_word(waits_s))
        elif was_waiting:
            self._tick.stop()
            self.message.clear()
        self._show_save()

    def _on_changed(self, answer: PeopleError | None) -> None:
        self.setEnabled(True)
        if answer is None:
            self._session.desk.tell(tr("Your new PIN or password counts from now on."))
            self._session.refresh()
            self.accept()
            return
        self.old.clear()  # which takes away what was said before
        self.message.setText(trouble_word(answer))
        self.old.setFocus()
        self._show_wait()

    def _on_failed(self, why: str) -> None:
        self.setEnabled(True)
        say(self.message.setText, why)

    @override
    def changeEvent(self, a0: QEvent | None) -> None:
        """Qt's own name: what was wrong is said anew with the next try."""
        super().changeEvent(a0)
        if a0 is not None and a0.type() == QEvent.Type.LanguageChange:
            self.message.clear()
            self._show_wait()


def _changed(word: Word, old: str, new: str, tries: Tries, store: Store) -> PeopleError | None:
    try:
        change_own_secret(store, word, old, new, tries=tries)
    except PeopleError as error:
        return error
    return None
