"""What a key changed is there again when the window is opened the next time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from benches import Bench, wait_until_done
from PyQt6.QtCore import Qt
from pytestqt.qtbot import QtBot

from station.window_settings import WindowSettings
from ui.theme import DARK, LIGHT, theme_of
from ui.window import MainWindow

CTRL_SHIFT = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
Open = Callable[[Bench], MainWindow]


@pytest.mark.usefixtures("speech")
def test_language_and_theme_by_key_outlive_the_window(
    bench: Bench, open_window: Open, qtbot: QtBot
) -> None:
    first = open_window(bench)
    wait_until_done(qtbot, first)
    qtbot.keyClick(first, Qt.Key.Key_L, CTRL_SHIFT)
    qtbot.keyClick(first, Qt.Key.Key_T, CTRL_SHIFT)
    assert theme_of(first) is LIGHT
    assert first.rail.buttons["live"].text() == "실시간"
    first.close()
    again = open_window(bench)
    assert again.appearance.language == "ko" and theme_of(again) is LIGHT
    assert again.rail.buttons["live"].text() == "실시간"
    wait_until_done(qtbot, again)
    again.appearance.follow(replace(bench.config.window, theme="light"))
    again.close()
    last = open_window(bench.with_(window=WindowSettings()))
    assert last.appearance.language == "ko", "the language was not set again"
    assert theme_of(last) is DARK, "what the settings say anew counts from then on"
    wait_until_done(qtbot, last)
