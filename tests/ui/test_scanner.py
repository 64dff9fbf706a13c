"""A scanner's burst is a scan; a person's keys are keys, though they share a keyboard."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PyQt6.QtCore import QCoreApplication, Qt
from PyQt6.QtGui import QAction, QKeySequence
from PyQt6.QtTest import QTest
from PyQt6.QtWidgets import QLineEdit, QPushButton, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from ui.scanner import Scanner

GAP_MS = 60.0


class Desk:
    """A window with a letter for a shortcut, a button and a field, and what was told of it."""

    def __init__(self, qtbot: QtBot) -> None:
        self.window = QWidget()
        qtbot.addWidget(self.window)
        column = QVBoxLayout(self.window)
        self.button, self.field = QPushButton("no words"), QLineEdit()
        column.addWidget(self.button)
        column.addWidget(self.field)
        self.pressed: list[str] = []
        self.scans: list[str] = []
        for key in ("H", "S", "?"):
            action = QAction(key, self.window)
            action.setShortcut(QKeySequence(key))
            action.triggered.connect(lambda _=False, key=key: self.pressed.append(key))
            self.window.addAction(action)
        self.scanner = Scanner(self.window, GAP_MS)
        self.scanner.scanned.connect(self.scans.append)
        self.window.show()
        self.button.setFocus()

    def burst(self, text: str) -> None:
        for letter in text:
            QTest.keyClick(self.window.focusWidget() or self.window, letter)


@pytest.fixture
def desk(qtbot: QtBot) -> Iterator[Desk]:
    made = Desk(qtbot)
    yield made
    application = QCoreApplication.instance()
    assert application is not None
    application.removeEventFilter(made.scanner)
    made.window.close()


def test_a_burst_that_ends_with_enter_is_a_scan_and_presses_nothing(
    desk: Desk, qtbot: QtBot
) -> None:
    desk.burst("SH-0042")
    QTest.keyClick(desk.button, Qt.Key.Key_Return)
    assert desk.scans == ["SH-0042"]
    qtbot.wait(round(2 * GAP_MS))
    assert desk.pressed == []


def test_a_single_letter_is_the_key_that_it_is(desk: Desk, qtbot: QtBot) -> None:
    desk.burst("h")
    qtbot.waitUntil(lambda: desk.pressed == ["H"])
    desk.burst("?")
    qtbot.waitUntil(lambda: desk.pressed == ["H", "?"])
    assert desk.scans == []


def test_letters_without_enter_are_keys_one_after_the_other(desk: Desk, qtbot: QtBot) -> None:
    desk.burst("hs")
    qtbot.waitUntil(lambda: desk.pressed == ["H", "S"])
    assert desk.scans == []


def test_what_a_person_types_into_a_field_stays_there(desk: Desk, qtbot: QtBot) -> None:
    desk.field.setFocus()
    qtbot.waitUntil(desk.field.hasFocus)
    desk.burst("hush")
    QTest.keyClick(desk.field, Qt.Key.Key_Return)
    assert desk.field.text() == "hush" and desk.pressed == [] and desk.scans == []


def test_enter_alone_still_presses_a_button(desk: Desk, qtbot: QtBot) -> None:
    clicks: list[bool] = []
    desk.button.clicked.connect(clicks.append)
    desk.button.setDefault(True)
    desk.button.setAutoDefault(True)
    QTest.keyClick(desk.button, Qt.Key.Key_Space)
    assert len(clicks) == 1 and desk.scans == []
