"""Tells a barcode scanner's burst of letters from a person's single keys.

A scanner types like a keyboard, only faster, and ends with Enter. While no field has the keyboard,
letters are held back for a moment: a burst that ends with Enter is a scan, anything else is handed
on as the keys that it was.
"""

from __future__ import annotations

from PyQt6.QtCore import QCoreApplication, QEvent, QObject, Qt, QTimer, pyqtSignal
from PyQt6.QtGui import QAction, QKeyEvent, QKeySequence, QShortcut
from PyQt6.QtWidgets import (
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QLineEdit,
    QPlainTextEdit,
    QTextEdit,
    QWidget,
)
from typing_extensions import override

from ui.people.shield import SHUT

FIELDS = (QLineEdit, QTextEdit, QPlainTextEdit, QAbstractSpinBox, QComboBox)
LEAST = 3
"""Letters of a scan; fewer are keys that somebody pressed at once."""
ENDS = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


class Scanner(QObject):
    """An event filter of the application, for the keys of one window."""

    scanned = pyqtSignal(str)
    """What a scanner read."""

    def __init__(self, window: QWidget, gap_ms: float) -> None:
        super().__init__(window)
        self._window = window
        self._held: list[QKeyEvent] = []
        self._letting_go = False
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._on_pause)
        self.set_gap(gap_ms)
        application = QCoreApplication.instance()
        assert application is not None
        application.installEventFilter(self)

    def set_gap(self, gap_ms: float) -> None:
        """Letters that follow each other faster than this come from a scanner."""
        self._timer.setInterval(max(1, round(gap_ms)))

    @override
    def eventFilter(self, a0: QObject | None, a1: QEvent | None) -> bool:
        """Qt's own name."""
        if self._letting_go or not isinstance(a1, QKeyEvent) or not self._is_ours(a0):
            return False
        ends = a1.key() in ENDS and bool(self._held)
        if not ends and not _is_letter(a1):
            return False
        if a1.type() == QEvent.Type.ShortcutOverride:
            a1.accept()  # no shortcut before it is known whether this is a scan
            return True
        if a1.type() != QEvent.Type.KeyPress:
            return False
        if ends:
            self._timer.stop()
            self._end(a1)
        else:
            self._held.append(_copied(a1))
            self._timer.start()
        return True

    def _is_ours(self, receiver: QObject | None) -> bool:
        if not isinstance(receiver, QWidget) or receiver.window() is not self._window:
            return False
        if isinstance(receiver, FIELDS):
            return False
        shut = self._window.property(SHUT)  # then keys are the lock's, and none acts
        return not shut and not isinstance(QApplication.focusWidget(), FIELDS)

    def _end(self, enter: QKeyEvent) -> None:
        text = "".join(event.text() for event in self._held)
        if len(self._held) >= LEAST:
            self._held.clear()
            self.scanned.emit(text)
            return
        self._held.append(_copied(enter))
        self._let_go()

    def _on_pause(self) -> None:
        """No letter came for a while: unless some wait that a busy window has not looked at."""
        held = len(self._held)
        QTimer.singleShot(0, lambda: self._let_go() if len(self._held) == held else None)

    def _let_go(self) -> None:
        """They were a person's keys: do what they mean."""
        held, self._held = self._held, []
        for event in held:
            if not self._act(QKeySequence(event.keyCombination())) and not self._act(
                QKeySequence(event.text())
            ):
                self._hand_on(event)

    def _act(self, keys: QKeySequence) -> bool:
        """Do what a key is the shortcut of, where that can be seen."""
        if keys.isEmpty():
            return False
        for action in self._window.findChildren(QAction):
            owner = action.parent()
            seen = not isinstance(owner, QWidget) or owner.isVisible()
            if action.isEnabled() and seen and keys in action.shortcuts():
                action.trigger()
                return True
        for shortcut in self._window.findChildren(QShortcut):
            owner = shortcut.parent()
            seen = not isinstance(owner, QWidget) or owner.isVisible()
            if shortcut.isEnabled() and seen and shortcut.key() == keys:
                shortcut.activated.emit()
                return True
        return False

    def _hand_on(self, event: QKeyEvent) -> None:
        receiver = QApplication.focusWidget() or self._window
        self._letting_go = True
        try:
            QCoreApplication.sendEvent(receiver, event)
        finally:
            self._letting_go = False


def _is_letter(event: QKeyEvent) -> bool:
    """Whether a key types a sign; space alone is a key of the window's."""
    other = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier
    text = event.text()
    return len(text) == 1 and text.isprintable() and text != " " and not event.modifiers() & other


def _copied(event: QKeyEvent) -> QKeyEvent:
    """Qt's own is gone once it was handled."""
    copied = event.clone()
    assert copied is not None
    return copied
