"""What is asked of somebody who may sign in: name, role, PIN or password."""

from __future__ import annotations

from dataclasses import dataclass

from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtGui import QResizeEvent
from PyQt6.QtWidgets import (
    QButtonGroup,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
)
from typing_extensions import override

from station.people.known import LONGEST_NAME, Known
from station.person import Role
from ui.language import say, tr
from ui.people.secret_fields import SecretFields
from ui.people.wording import MAY, ROLES
from ui.wording import moment


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody wants done, as it stands in the form."""

    name: str
    role: Role
    secret: str
    """Empty: not to be changed."""


class PersonForm(QFrame):
    """Adds somebody, or changes who was chosen."""

    added, saved, toggled, cancelled = (
        pyqtSignal(object),
        pyqtSignal(object),
        pyqtSignal(),
        pyqtSignal(),
    )
    """Added and saved: with a Wish; toggled: somebody shall no longer, or again, sign in."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("panel")
        self.known: Known | None = None
        """Who is changed; None: somebody is added."""
        self.is_first = False
        self.title, self.since, self.may, self.message = QLabel(), QLabel(), QLabel(), QLabel()
        self.name, self.secrets = QLineEdit(), SecretFields()
        self.roles = {role: QPushButton() for role in Role}
        self.save, self.toggle, self.cancel = QPushButton(), QPushButton(), QPushButton()
        self._group = QButtonGroup(self)
        self._build()

    def show_person(self, known: Known | None, first: bool = False) -> None:
        """Fill it. first: nobody may sign in yet, so an administrator is asked for."""
        self.known, self.is_first = known, first
        self.name.setText("" if known is None else known.name)
        role = Role.ADMINISTRATOR if first else Role.OPERATOR
        self.roles[role if known is None else known.role].setChecked(True)
        self.secrets.clear()
        self.say_trouble("")
        self.retranslate()

    def give_focus(self) -> None:
        """Where typing goes to."""
        (self.name if self.known is None else self.secrets.first).setFocus()

    def say_trouble(self, text: str) -> None:
        """Why it was not done; empty: nothing."""
        self.message.setText(text)
        self.message.setVisible(bool(text))

    def retranslate(self) -> None:
        """Say what changes with whom it shows."""
        known = self.known
        self.name.setVisible(known is None)
        self.since.setVisible(known is not None)
        for role, button in self.roles.items():
            button.setVisible(not self.is_first or role is Role.ADMINISTRATOR)
        self.toggle.setVisible(known is not None)
        if known is None:
            first, more = tr("The first administrator"), tr("Add a person")
            self.title.setText(first if self.is_first else more)
            self.since.setToolTip("")
            self.save.setText(tr("Add"))
        else:
            self.title.setText(known.name)
            self.save.setText(tr("Save"))
            when, by = moment(known.at, seconds=False), known.changed_by
            since = tr("Last changed {when}, by {by}.", when=when, by=by)
            self.since.setToolTip(since)
            self._elide()
            out, again = tr("May no longer sign in"), tr("May sign in again")
            self.toggle.setText(out if known.active else again)
        self._show_state()

    @override
    def resizeEvent(self, a0: QResizeEvent | None) -> None:
        """Qt's own name."""
        super().resizeEvent(a0)
        self._elide()

    def _elide(self) -> None:
        """Whoever changed it may have a long name: all of it is in the tooltip."""
        text, room = self.since.toolTip(), self.since.width()
        metrics = self.since.fontMetrics()
        self.since.setText(metrics.elidedText(text, Qt.TextElideMode.ElideRight, room))

    @property
    def role(self) -> Role:
        """The one chosen."""
        return next(role for role, button in self.roles.items() if button.isChecked())

    def submit(self) -> None:
        """Save what stands there, if it can be."""
        if not self.save.isEnabled():
            return
        if not self.secrets.agrees:
            self.say_trouble(tr("The two are not the same. Type both again."))
            self.secrets.clear()
            self.secrets.first.setFocus()
            return
        self.say_trouble("")
        wish = Wish(self.name.text(), self.role, self.secrets.secret)
        (self.added if self.known is None else self.saved).emit(wish)

    def _build(self) -> None:
        line = self.fontMetrics().height()
        self.title.setObjectName("title")
        self.title.setWordWrap(True)
        for label in (self.since, self.may):
            label.setObjectName("quiet")
        self.may.setWordWrap(True)
        self.since.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.message.setObjectName("bad")
        self.message.setWordWrap(True)
        self.save.setObjectName("primary")
        self.name.setMaxLength(LONGEST_NAME)
        say(self.name.setPlaceholderText, "Name, as records will carry it")
        say(self.name.setAccessibleName, "Name, as records will carry it")
        say(self.cancel.setText, "Cancel")
        across = QHBoxLayout()
        for role, button in self.roles.items():
            say(button.setText, ROLES[role])
            button.setCheckable(True)
            self._group.addButton(button)
            across.addWidget(button)
            button.toggled.connect(self._show_state)
        across.addStretch(1)
        self.setMaximumWidth(40 * line)
        below = QHBoxLayout()
        below.addWidget(self.toggle)
        below.addStretch(1)
        below.addWidget(self.cancel)
        below.addWidget(self.save)
        column = QVBoxLayout(self)
        column.setContentsMargins(line, round(0.7 * line), line, line)
        column.setSpacing(line // 2)
        column.addWidget(self.title)
        column.addWidget(self.since)
        column.addWidget(self.name)
        column.addLayout(across)
        column.addWidget(self.may)
        column.addWidget(self.secrets)
        column.addWidget(self.message)
        column.addStretch(1)
        column.addLayout(below)
        self.name.textChanged.connect(self._show_state)
        self.secrets.changed.connect(self._show_state)
        self.name.returnPressed.connect(self.secrets.first.setFocus)
        self.secrets.entered.connect(self.submit)
        self.save.clicked.connect(self.submit)
        self.toggle.clicked.connect(self.toggled)
        self.cancel.clicked.connect(self.cancelled)

    def _show_state(self) -> None:
        chosen = [role for role, button in self.roles.items() if button.isChecked()]
        self.may.setText(tr(MAY[chosen[0]]) if chosen else "")
        if self.known is None:
            ready = bool(self.name.text().strip()) and self.secrets.is_filled
        else:
            new_role = bool(chosen) and chosen[0] is not self.known.role
            typed = self.secrets.first.text() or self.secrets.again.text()
            ready = self.secrets.is_filled or (new_role and not typed)
        self.save.setEnabled(ready)
