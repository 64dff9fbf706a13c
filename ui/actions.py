"""What a person can do by a key: tables of rows, made into Qt's actions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from PyQt6.QtCore import Qt
from PyQt6.QtGui import QAction, QKeySequence
from PyQt6.QtWidgets import QWidget

from station.person import Role
from ui.language import tr


@dataclass(frozen=True, slots=True)
class ActionRow:
    """One row of a table."""

    key: str
    """Of the action, for programs."""
    text: str
    """From `mark`, in menus and in the overlay of keys."""
    shortcut: str
    """As QKeySequence reads it."""
    run: Callable[[Any], None]
    """Called with whom the table belongs to: the window, or a page."""
    needs: Role | None = None
    """Where the bench has users: nobody below may do it."""


def install(owner: QWidget, rows: Sequence[ActionRow]) -> dict[str, QAction]:
    """Give a widget an action for each row, which works while the widget or what is in it can be
    seen; by key."""
    made = {}
    for row in rows:
        action = QAction(tr(row.text), owner)
        action.setShortcut(QKeySequence(row.shortcut))
        action.setShortcutContext(Qt.ShortcutContext.WindowShortcut)
        action.setData(row)
        action.triggered.connect(lambda _checked=False, run=row.run: run(owner))
        owner.addAction(action)
        made[row.key] = action
    return made
