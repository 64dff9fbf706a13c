"""Keeps keys, clicks and touches away from everything but one widget."""

from __future__ import annotations

from PyQt6.QtCore import QCoreApplication, QEvent, QObject
from PyQt6.QtGui import QWindow
from PyQt6.QtWidgets import QApplication, QDialog, QWidget
from typing_extensions import override

KEPT_AWAY = frozenset(
    (
        QEvent.Type.KeyPress, QEvent.Type.KeyRelease, QEvent.Type.Shortcut,
        QEvent.Type.ShortcutOverride, QEvent.Type.InputMethod,
        QEvent.Type.MouseButtonPress, QEvent.Type.MouseButtonRelease,
        QEvent.Type.MouseButtonDblClick, QEvent.Type.MouseMove, QEvent.Type.Wheel,
        QEvent.Type.TouchBegin, QEvent.Type.TouchUpdate, QEvent.Type.TouchEnd,
        QEvent.Type.TabletPress, QEvent.Type.TabletMove, QEvent.Type.TabletRelease,
        QEvent.Type.ContextMenu, QEvent.Type.NativeGesture, QEvent.Type.Gesture,
        QEvent.Type.DragEnter, QEvent.Type.DragMove, QEvent.Type.Drop,
    )
)  # fmt: skip


SHUT = "shut"
"""Property of a window: what a person does is out of its reach, for whoever acts on keys by other
ways than Qt's events."""


class Shield(QObject):
    """While raised, only `free` and what is in it gets what a person does, and a dialog that the
    program opens meanwhile to tell something. The rest is painted and timed as ever; the window can
    still be closed by whoever runs the machine."""

    def __init__(self, free: QWidget) -> None:
        super().__init__(free)
        self._free = free
        self.raised = False

    def put_up(self) -> bool:
        """From now on. Dialogs and menus that are open are closed, for they would act, too; whether
        there were any."""
        if self.raised:
            return False
        self.raised = True
        self._mark_window()
        was_open = _close_what_is_open()
        application = QCoreApplication.instance()
        assert application is not None
        application.installEventFilter(self)
        return was_open

    def take_down(self) -> None:
        """Everything is in reach again."""
        application = QCoreApplication.instance()
        if self.raised and application is not None:
            application.removeEventFilter(self)
        self.raised = False
        self._mark_window()

    def _mark_window(self) -> None:
        window = self._free.window()
        if window is not None:
            window.setProperty(SHUT, self.raised)

    @override
    def eventFilter(self, a0: QObject | None, a1: QEvent | None) -> bool:
        """Qt's own name."""
        if a1 is None or a1.type() not in KEPT_AWAY:
            return False
        window = self._free.window()
        if window is None or not window.isVisible():
            return False
        # A QWindow hands it on to one of its widgets, where it is looked at again.
        return not (isinstance(a0, QWindow) or self._is_free(a0))

    def _is_free(self, receiver: QObject | None) -> bool:
        while receiver is not None:
            if receiver is self._free or (isinstance(receiver, QDialog) and receiver.isModal()):
                return True
            receiver = receiver.parent()
        return False


def _close_what_is_open() -> bool:
    """From the innermost out; whether there was a dialog."""
    while (popup := QApplication.activePopupWidget()) is not None:
        if not popup.close():
            break
    was_open = QApplication.activeModalWidget() is not None
    for _ in range(len(QApplication.topLevelWidgets())):
        modal = QApplication.activeModalWidget()
        if modal is None:
            break
        # As by its cross: a question answers with the button that Esc presses.
        if not modal.close() and isinstance(modal, QDialog):
            modal.reject()
    return was_open
