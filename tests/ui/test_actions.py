"""The table of actions: complete, without two of a kind, and safe before the first part."""

from __future__ import annotations

from collections.abc import Callable

from benches import Bench, wait_until_done
from pytestqt.qtbot import QtBot

from ui.window import ACTIONS, MainWindow


def test_keys_and_shortcuts_are_unique_and_every_row_has_words() -> None:
    for values in ([r.key for r in ACTIONS], [r.shortcut for r in ACTIONS]):
        assert len(set(values)) == len(values) and all(values)
    assert all(len(row.text) > 3 for row in ACTIONS)


def test_every_row_becomes_an_action_that_runs_on_an_empty_window(
    bench: Bench, open_window: Callable[[Bench], MainWindow], qtbot: QtBot
) -> None:
    window = open_window(bench)
    wait_until_done(qtbot, window)
    assert list(window.actions_by_key) == [row.key for row in ACTIONS]
    for row in ACTIONS:
        action = window.actions_by_key[row.key]
        assert action.shortcut().toString() == row.shortcut
        action.trigger()
    qtbot.waitUntil(lambda: not window.isVisible())  # quit is the last row
