"""Under the lock no key, click or dialog acts, whichever way it takes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from bench_people import OPERATOR, SUPERVISOR
from PyQt6.QtCore import Qt, QTimer
from PyQt6.QtGui import QAction, QKeySequence
from PyQt6.QtWidgets import QApplication, QDialog, QMenu, QMessageBox
from pytestqt.qtbot import QtBot

from ui.people.session import Session
from ui.scanner import Scanner

Settle = Callable[[], None]
LEFT = Qt.MouseButton.LeftButton


@pytest.mark.usefixtures("at_work")
def test_nothing_acts_while_it_is_locked(
    window: Any, session: Session, qtbot: QtBot, settle: Settle
) -> None:
    assert window.try_all(qtbot) == ["button", "button", "key", "key"]
    session.lock()
    assert window.try_all(qtbot) == []
    # Not even where the mouse is really pressed: the lock lies over it.
    at = window.button.mapTo(window, window.button.rect().center())
    qtbot.mouseClick(window.windowHandle(), LEFT, pos=at)
    assert window.done == []
    session.sign_in(OPERATOR.name, "2580")
    settle()
    assert window.try_all(qtbot) == ["button", "button", "key", "key"]


@pytest.mark.usefixtures("at_work")
def test_tab_goes_round_within_the_card(
    window: Any, session: Session, qtbot: QtBot, settle: Settle
) -> None:
    session.lock()
    settle()
    window.lock.unfold()
    met = []
    for _ in range(12):
        focused = QApplication.focusWidget()
        assert focused is not None
        assert window.lock.isAncestorOf(focused)
        met.append(focused)
        qtbot.keyClick(focused, Qt.Key.Key_Tab)
    assert window.lock.card.field in met and window.lock.card.other in met


@pytest.mark.usefixtures("at_work")
def test_what_was_open_is_closed_and_told_no(
    window: Any, session: Session, qtbot: QtBot, settle: Settle
) -> None:
    """A dialog or a menu left open would act under the lock, or lie over it."""
    dialog, menu = QDialog(window), QMenu(window)
    answers: list[int] = []
    dialog.finished.connect(answers.append)
    dialog.open()
    menu.addAction("act")
    menu.popup(window.pos())
    session.lock()
    settle()
    assert answers == [QDialog.DialogCode.Rejected.value]
    assert not dialog.isVisible() and not menu.isVisible()
    assert QApplication.activeModalWidget() is None


@pytest.mark.usefixtures("at_work")
def test_a_question_that_waits_inside_a_loop_of_its_own_is_told_no(
    window: Any, session: Session, qtbot: QtBot, settle: Settle
) -> None:
    box = QMessageBox(window)
    box.setStandardButtons(QMessageBox.StandardButton.Yes | QMessageBox.StandardButton.Cancel)
    QTimer.singleShot(0, session.lock)
    assert box.exec() == QMessageBox.StandardButton.Cancel.value
    assert session.shut


@pytest.mark.usefixtures("at_work")
def test_what_the_program_tells_meanwhile_can_be_read_away(
    window: Any, session: Session, qtbot: QtBot, settle: Settle
) -> None:
    session.lock()
    settle()
    dialog = QMessageBox(window)
    dialog.setText("The disk is full.")
    dialog.open()
    button = dialog.addButton(QMessageBox.StandardButton.Ok)
    assert button is not None
    qtbot.mouseClick(button, LEFT)
    assert not dialog.isVisible()
    assert window.try_all(qtbot) == []


@pytest.mark.usefixtures("at_work")
def test_a_key_that_waits_for_a_scan_does_not_act(
    window: Any, session: Session, qtbot: QtBot, settle: Settle
) -> None:
    """The scanner holds letters back and then does what they are the shortcut of."""
    scanner = Scanner(window, 10.0)
    scanned: list[str] = []
    scanner.scanned.connect(scanned.append)
    qtbot.keyClick(window.banner, Qt.Key.Key_P)
    qtbot.waitUntil(lambda: window.done == ["key"])
    session.lock()
    settle()
    qtbot.keyClicks(window.lock, "p")
    assert window.lock.card.field.text() == "p"
    window.lock.card.ask(None)
    assert not window.lock.card.field.isVisible()
    qtbot.keyClicks(window.lock.card.names.buttons[0], "pppp")
    qtbot.keyClick(window.lock.card, Qt.Key.Key_Return)
    qtbot.wait(60)
    assert window.done == ["key"]
    assert scanned == []
    session.sign_in(OPERATOR.name, "2580")
    settle()
    qtbot.keyClick(window.banner, Qt.Key.Key_P)
    qtbot.waitUntil(lambda: window.done == ["key", "key"])


@pytest.mark.usefixtures("at_work")
def test_keys_that_are_shortcuts_of_the_window_are_the_lock_s(
    window: Any, session: Session, qtbot: QtBot, settle: Settle
) -> None:
    for key in ("2", "Esc"):
        action = QAction(key, window)
        action.setShortcut(QKeySequence(key))
        action.triggered.connect(lambda _=False, key=key: window.done.append(key))
        window.addAction(action)
    session.lock()
    settle()
    qtbot.keyClick(window.lock, Qt.Key.Key_2)
    assert window.lock.card.field.text() == "2"
    qtbot.keyClick(window.lock.card.field, Qt.Key.Key_Escape)
    assert not window.lock.unfolded
    assert window.lock.card.field.text() == ""
    assert window.done == []
    qtbot.keyClick(window.lock, Qt.Key.Key_2)
    qtbot.keyClicks(window.lock.card.field, "580")
    qtbot.keyClick(window.lock.card.field, Qt.Key.Key_Return)
    settle()
    assert not session.shut
    assert not window.lock.isAncestorOf(QApplication.focusWidget() or window)
    qtbot.keyClick(window.button, Qt.Key.Key_2)
    assert window.done == ["2"]


@pytest.mark.usefixtures("people")
def test_enter_presses_the_name_that_has_the_keyboard(
    window: Any, session: Session, qtbot: QtBot, settle: Settle
) -> None:
    session.start()
    settle()
    card = window.lock.card
    qtbot.keyClick(card.names.buttons[0], Qt.Key.Key_Tab)
    assert card.names.buttons[1].hasFocus()
    qtbot.keyClick(card.names.buttons[1], Qt.Key.Key_Return)
    assert card.person is not None and card.person.name == SUPERVISOR.name
    assert card.field.hasFocus()
