"""What lies over the window while nobody may act: the inspection stays in sight."""

from __future__ import annotations

from collections.abc import Callable

from PyQt6 import sip
from PyQt6.QtCore import QEvent, QObject, QPoint, QRect, QSize, Qt, QTimer
from PyQt6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PyQt6.QtWidgets import QApplication, QWidget
from typing_extensions import override

from station.people.known import Known, key_of
from ui.language import mark
from ui.people.lock_bar import LockBar
from ui.people.session import Session
from ui.people.shield import Shield
from ui.people.sign_in import SignIn
from ui.people.wording import role_word
from ui.theme import theme_of

FOLD_AFTER_MS = 60_000
"""Nobody types: the card gives the picture free again."""
MARGIN = 16
HAND_OVER_MS = 200


class LockScreen(QWidget):
    """A bar at the foot of the window says who is signed in; a key or a touch opens the card to
    sign in with, beside whatever must stay readable."""

    def __init__(
        self,
        session: Session,
        window: QWidget,
        keep_clear: Callable[[], QWidget | None] = lambda: None,
    ) -> None:
        """window: what it lies over. keep_clear: the widget that the card must not hide, as the
        banner; None: there is none in sight."""
        super().__init__(window)
        self._session, self._window, self._keep_clear = session, window, keep_clear
        self.card = SignIn(session)
        self.card.setParent(self)
        self.bar = LockBar(self)
        self.shield = Shield(self)
        self._fold = QTimer(self)
        self._fold.setSingleShot(True)
        self._fold.setInterval(FOLD_AFTER_MS)
        self._fold.timeout.connect(self.fold)
        self._hand_over = QTimer(self)
        self._hand_over.setSingleShot(True)
        self._hand_over.setInterval(HAND_OVER_MS)
        self._hand_over.timeout.connect(window.activateWindow)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.hide()
        self._before: QWidget | None = None
        self._asked = False
        """Whether the card was opened since the window was locked."""
        window.installEventFilter(self)
        self.bar.open.clicked.connect(self.unfold)
        self.card.cancelled.connect(self.fold)
        self.card.field.textChanged.connect(self._on_typed)
        self.card.names.field.textChanged.connect(self._on_typed)
        session.shut_changed.connect(self._on_shut)
        session.known_changed.connect(self._on_known)
        session.person_changed.connect(self._refresh)
        self._on_shut(session.shut)

    @property
    def unfolded(self) -> bool:
        """Whether the card is in sight."""
        return not self.card.isHidden()

    def unfold(self) -> None:
        """Show the card: with the PIN of whoever is signed in, or with everybody's name."""
        if self._session.known is None:
            self._session.refresh()
            return
        self._asked = True
        self.card.show()
        self.bar.open.hide()
        self._place()
        self.card.ask(self._expected())
        self._fold.start()

    def fold(self) -> None:
        """Back to the bar."""
        self._fold.stop()
        self.card.field.clear()
        self.card.hide()
        self.bar.open.show()
        self.setFocus()
        self._refresh()

    @override
    def keyPressEvent(self, a0: QKeyEvent | None) -> None:
        """Qt's own name: any key opens the card, a digit goes into it."""
        if a0 is None or not self.isVisible():
            return
        if a0.key() == Qt.Key.Key_Escape:
            self.fold()
        elif not self.unfolded and a0.text().isprintable():
            self.unfold()
            if self.card.person is not None and a0.text().strip():
                self.card.field.insert(a0.text())
        a0.accept()

    @override
    def mousePressEvent(self, a0: QMouseEvent | None) -> None:
        """Qt's own name: a touch anywhere opens the card."""
        if a0 is not None:
            if not self.unfolded:
                self.unfold()
            a0.accept()

    @override
    def paintEvent(self, a0: QPaintEvent | None) -> None:
        """Qt's own name: a frame around all that is out of reach."""
        painter = QPainter(self)
        painter.setPen(QPen(theme_of(self).colour("alarm"), 4))
        painter.drawRect(self.rect().adjusted(2, 2, -2, -2))

    @override
    def eventFilter(self, a0: QObject | None, a1: QEvent | None) -> bool:
        """Qt's own name: stays as large as the window."""
        if a1 is not None and a1.type() == QEvent.Type.Resize and a0 is self.parent():
            self._place()
        return False

    @override
    def focusNextPrevChild(self, next: bool) -> bool:
        """Qt's own name: Tab goes round within the card, never to what lies below."""
        if not self._session.shut:
            return super().focusNextPrevChild(next)
        tabbed = Qt.FocusPolicy.TabFocus.value
        chain = [
            widget
            for widget in self.findChildren(QWidget)
            if widget.isVisible() and widget.isEnabled() and widget.focusPolicy().value & tabbed
        ]
        if chain:
            now = QApplication.focusWidget()
            place = chain.index(now) + (1 if next else -1) if now in chain else 0
            chain[place % len(chain)].setFocus(Qt.FocusReason.TabFocusReason)
        return True

    @override
    def event(self, a0: QEvent | None) -> bool:
        """Qt's own name: another text may need another size; keys are the lock's, not shortcuts."""
        if a0 is not None and a0.type() == QEvent.Type.LayoutRequest:
            self._place()
        if a0 is not None and a0.type() == QEvent.Type.ShortcutOverride and self._session.shut:
            a0.accept()
            return True
        return super().event(a0)

    @override
    def changeEvent(self, a0: QEvent | None) -> None:
        """Qt's own name."""
        super().changeEvent(a0)
        if a0 is not None and a0.type() == QEvent.Type.LanguageChange:
            self.card.retranslate()
            self._refresh()

    def _expected(self) -> Known | None:
        """Who is expected back."""
        person, known = self._session.desk.person, self._session.known or ()
        if self._session.switching:
            return None
        if person is None:
            return known[0] if len(known) == 1 else None
        return next((k for k in known if key_of(k.name) == key_of(person.name)), None)

    def _on_typed(self) -> None:
        """Somebody is at it: the card stays."""
        if self.unfolded:
            self._fold.start()

    def _on_shut(self, shut: bool) -> None:
        if shut:
            self._before, self._asked = QApplication.focusWidget(), False
            if self.shield.put_up():
                # The dialog had the keyboard, which goes back to nobody where no window manager is.
                self._hand_over.start()
            self._place()
            self.show()
            self.raise_()
            self.card.hide()
            self.bar.open.show()
            self.setFocus()
            self._refresh()
            if (
                self._session.known is not None and not self._session.locked
            ) or self._session.switching:
                self.unfold()
            return
        self.shield.take_down()
        self._fold.stop()
        self.card.field.clear()
        self.hide()
        self._window.setContentsMargins(0, 0, 0, 0)
        before, self._before = self._before, None
        if before is not None and not sip.isdeleted(before) and before.isVisible():
            before.setFocus()
        focused = QApplication.focusWidget()
        if focused is not None and self.isAncestorOf(focused):
            focused.clearFocus()

    def _on_known(self) -> None:
        """The database has said who may sign in, or why it does not."""
        self._refresh()
        session = self._session
        if session.shut and session.known and session.desk.person is None and not self._asked:
            self.unfold()

    def _refresh(self) -> None:
        """Say how it stands."""
        session = self._session
        person = session.desk.person
        if not session.shut:
            return
        # Until the answer is there, or why there is none, nothing is said.
        self.bar.setVisible(session.known is not None or bool(session.trouble))
        if session.known is None:
            text = mark("Nobody can sign in: {why}")
            self.bar.say_state(text, mark("Try again"), why=session.trouble)
        elif person is None:
            text = mark("Nobody is signed in. The inspection goes on.")
            self.bar.say_state(text, mark("Sign in"))
        else:
            who = f"{person.name} ({role_word(person.role)})"
            text = mark("Locked. {who} is signed in. The inspection goes on.")
            self.bar.say_state(text, mark("Unlock"), who=who)
        self._place()

    def _place(self) -> None:
        window = self._window
        self.setGeometry(window.rect())
        high = 0 if self.bar.isHidden() else self.bar.height_for(self.width())
        self.bar.setGeometry(0, self.height() - high, self.width(), high)
        if self._session.shut and window.contentsMargins().bottom() != high:
            window.setContentsMargins(0, 0, 0, high)  # nothing that shows lies below the bar
        clear = self._keep_clear()
        taken = None
        if clear is not None and clear.isVisible():
            taken = QRect(clear.mapTo(window, QPoint(0, 0)), clear.size())
        room = self.rect().adjusted(0, 0, 0, -high)
        self.card.setGeometry(place_beside(taken, room, self.card.sizeHint()))


def place_beside(taken: QRect | None, room: QRect, wanted: QSize) -> QRect:
    """Where a card lies that hides nothing of `taken`: in the middle of the largest free side, and
    no larger than it; without `taken` in the middle of the room. All in pixels of the room."""
    sides = [room]
    if taken is not None and taken.intersects(room):
        sides = [
            QRect(room.left(), room.top(), taken.left() - room.left(), room.height()),
            QRect(taken.right() + 1, room.top(), room.right() - taken.right(), room.height()),
            QRect(room.left(), room.top(), room.width(), taken.top() - room.top()),
            QRect(room.left(), taken.bottom() + 1, room.width(), room.bottom() - taken.bottom()),
        ]

    def held(side: QRect) -> int:
        fits = side.adjusted(MARGIN, MARGIN, -MARGIN, -MARGIN).size().boundedTo(wanted)
        return max(0, fits.width()) * max(0, fits.height())

    side = max(sides, key=held)
    size = side.adjusted(MARGIN, MARGIN, -MARGIN, -MARGIN).size().boundedTo(wanted)
    place = QRect(QPoint(0, 0), size)
    place.moveCenter(side.center())
    return place
