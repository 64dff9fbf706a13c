"""Everything a person can do in the window, in one table."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from PyQt6.QtGui import QAction, QKeySequence
from PyQt6.QtWidgets import QMainWindow


class Bench(Protocol):
    """What the window offers to a person's keys."""

    def step(self, by: int) -> None:
        """Look at an earlier (-1) or a later (1) part."""

    def go_live(self) -> None:
        """Follow the newest part again."""

    def toggle_heat(self) -> None:
        """Show or hide heat and marks."""

    def dismiss_alarm(self) -> None:
        """The alarm shown has been read."""

    def close(self) -> bool:
        """Close after the part in hand."""


@dataclass(frozen=True, slots=True)
class ActionRow:
    """One row of the table."""

    key: str
    text: str
    shortcut: str
    run: Callable[[Bench], None]


ACTIONS: tuple[ActionRow, ...] = (
    ActionRow("previous", "&Previous part", "Left", lambda window: window.step(-1)),
    ActionRow("next", "&Next part", "Right", lambda window: window.step(1)),
    ActionRow("live", "&Live: follow the newest part", "L", lambda window: window.go_live()),
    ActionRow("heat", "Show or hide &heat and marks", "H", lambda window: window.toggle_heat()),
    ActionRow("dismiss", "&Dismiss the alarm", "Esc", lambda window: window.dismiss_alarm()),
    ActionRow("quit", "&Quit after the part in hand", "Ctrl+Q", lambda window: _close(window)),
)


def _close(window: Bench) -> None:
    window.close()


def install(
    window: QMainWindow, bench: Bench, rows: tuple[ActionRow, ...] = ACTIONS
) -> dict[str, QAction]:
    """Give the window an action for each row, which acts on the bench; by key."""
    made = {}
    for row in rows:
        action = QAction(row.text, window)
        action.setShortcut(QKeySequence(row.shortcut))
        action.triggered.connect(lambda _checked=False, run=row.run: run(bench))
        window.addAction(action)
        made[row.key] = action
    return made
