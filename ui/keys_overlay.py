"""All keys of the window and of the page in sight, over both; any key or touch closes it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import groupby, pairwise

from PyQt6.QtCore import QCoreApplication, QEvent, QObject, Qt
from PyQt6.QtGui import QAction, QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PyQt6.QtWidgets import (
    QApplication,
    QFrame,
    QGridLayout,
    QLabel,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)
from typing_extensions import override

from ui.language import tr

COLUMNS = 2
MODIFIERS = (
    Qt.Key.Key_Shift,
    Qt.Key.Key_Control,
    Qt.Key.Key_Alt,
    Qt.Key.Key_AltGr,
    Qt.Key.Key_Meta,
)
MNEMONIC = re.compile(r"\(&\w\)$")
"""How Korean marks a menu's letter, which its words do not hold."""


def listed_keys(actions: Sequence[QAction]) -> list[tuple[str, str, bool]]:
    """Key, what it does, and whether it does now, one row for each text: keys in a row that do the
    same stand as a range, `1 … 9`, where they follow each other, else side by side, `+, =`."""
    by_key: dict[str, QAction] = {}
    for action in actions:
        if not action.shortcut().isEmpty() and action.text():
            by_key.setdefault(action.shortcut().toString(), action)
    rows = []
    for text, group in groupby(by_key.items(), lambda item: item[1].text()):
        same = list(group)
        keys = [key for key, _ in same]
        enabled = any(action.isEnabled() for _, action in same)
        rows.append((_keys_word(keys), MNEMONIC.sub("", text).replace("&", ""), enabled))
    return rows


def _keys_word(keys: Sequence[str]) -> str:
    steps = {ord(b) - ord(a) for a, b in pairwise(keys) if len(a) == len(b) == 1}
    follow = steps == {1} and all(len(key) == 1 for key in keys)
    if follow and len(keys) > 2:
        return f"{keys[0]} … {keys[-1]}"
    return ", ".join(keys)


class KeysOverlay(QWidget):
    """A sheet over the window; made when it is asked for, gone when it was read."""

    def __init__(self, window: QWidget, groups: Sequence[tuple[str, Sequence[QAction]]]) -> None:
        """groups: title, in the window's language, and actions."""
        super().__init__(window)
        self.setObjectName("keys")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._window = window
        self._gone = False
        self._before = QApplication.focusWidget()
        self.rows: list[tuple[str, str]] = []
        """Key and what it does, as a person reads them."""
        sheet = QFrame()
        sheet.setObjectName("panel")
        grid = QGridLayout(sheet)
        grid.setContentsMargins(28, 20, 28, 20)
        grid.setHorizontalSpacing(24)
        title = QLabel(tr("Keys"))
        title.setObjectName("title")
        grid.addWidget(title, 0, 0, 1, 4)
        line = 1
        for name, actions in groups:
            line = self._group(grid, line, name, actions)
        hint = QLabel(tr("Any key closes this."))
        hint.setObjectName("quiet")
        grid.addWidget(hint, line, 0, 1, 4)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setWidget(sheet)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        column = QVBoxLayout(self)
        column.setContentsMargins(60, 40, 60, 40)
        column.addWidget(scroll)
        application = QCoreApplication.instance()
        assert application is not None
        application.installEventFilter(self)
        self.setGeometry(window.rect())
        self.show()
        self.raise_()
        self.setFocus()

    def _group(self, grid: QGridLayout, line: int, name: str, actions: Sequence[QAction]) -> int:
        head = QLabel(name)
        head.setObjectName("quiet")
        grid.addWidget(head, line, 0, 1, 4)
        listed = listed_keys(actions)
        half = (len(listed) + 1) // COLUMNS
        for at, (key, text, enabled) in enumerate(listed):
            column, row = divmod(at, half)
            self.rows.append((key, text))
            shown = QLabel(key)
            shown.setStyleSheet("font-weight: bold;")
            grid.addWidget(shown, line + 1 + row, 2 * column)
            words = QLabel(text)
            words.setWordWrap(True)
            words.setEnabled(enabled)
            grid.addWidget(words, line + 1 + row, 2 * column + 1)
        grid.setColumnStretch(1, 1)
        grid.setColumnStretch(3, 1)
        return line + 1 + half

    @override
    def eventFilter(self, a0: QObject | None, a1: QEvent | None) -> bool:
        """Follows the window's size; takes every key, so that none acts on the page below."""
        if a1 is None or self._gone:
            return False
        if a1.type() == QEvent.Type.Resize and a0 is self.parent():
            self.setGeometry(self._window.rect())
        if a1.type() == QEvent.Type.Shortcut:
            return True
        if not isinstance(a1, QKeyEvent) or not isinstance(a0, QWidget):
            return False
        if a1.type() == QEvent.Type.ShortcutOverride:
            a1.accept()
        elif a1.type() == QEvent.Type.KeyPress and a1.key() not in MODIFIERS:
            self._away()
        return True

    @override
    def mousePressEvent(self, a0: QMouseEvent | None) -> None:
        """Qt's own name."""
        self._away()

    @override
    def paintEvent(self, a0: QPaintEvent | None) -> None:
        """Qt's own name."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(0, 0, 0, 170))
        painter.end()

    def _away(self) -> None:
        self._gone = True
        application = QCoreApplication.instance()
        if application is not None:
            application.removeEventFilter(self)
        self.hide()
        if self._before is not None:
            self._before.setFocus()
        self.deleteLater()
