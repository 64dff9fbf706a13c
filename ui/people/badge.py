"""Who is at the bench, for the window's bar: and what they can do about it."""

from __future__ import annotations

from PyQt6.QtCore import QEvent
from PyQt6.QtWidgets import QMenu, QToolButton
from typing_extensions import override

from ui.language import tr
from ui.people.own_secret import OwnSecret
from ui.people.session import Session
from ui.people.wording import role_word


class PersonBadge(QToolButton):
    """Name and role; hidden where nobody needs to sign in."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.setMenu(QMenu(self))
        session.person_changed.connect(self.retranslate)
        session.shut_changed.connect(self.retranslate)
        session.known_changed.connect(self.retranslate)
        self.retranslate()

    def retranslate(self, *_: object) -> None:
        """Say who it is, in the window's language."""
        person = self._session.desk.person
        self.setVisible(person is not None and bool(self._session.known))
        if person is None:
            return
        self.setText(f"{person.name} · {role_word(person.role)}".replace("&", "&&"))
        self.setToolTip(tr("Signed in: {name}, {role}", name=person.name,
                           role=role_word(person.role)))  # fmt: skip
        menu = self.menu()
        if menu is None:
            return
        menu.clear()
        for text, act in (
            (tr("&Lock the window"), self._session.lock),
            (tr("S&witch person"), self._session.switch_person),
            (tr("&Change my PIN or password…"), self.change_secret),
            (tr("Sign &out"), self._session.sign_out),
        ):
            action = menu.addAction(text)
            if action is not None:
                action.triggered.connect(lambda _checked=False, act=act: act())

    def change_secret(self) -> OwnSecret:
        """Ask for the old secret and a new one, beside everything else that goes on."""
        dialog = OwnSecret(self._session, self.window())
        dialog.open()
        return dialog

    @override
    def changeEvent(self, a0: QEvent | None) -> None:
        """Qt's own name."""
        super().changeEvent(a0)
        if a0 is not None and a0.type() == QEvent.Type.LanguageChange:
            self.retranslate()
