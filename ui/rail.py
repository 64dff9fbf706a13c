"""The row of pages at the window's left edge: an icon, a name and a key for each."""

from __future__ import annotations

from collections.abc import Sequence

from PyQt6.QtCore import QEvent, QSize, Qt, pyqtSignal
from PyQt6.QtWidgets import QButtonGroup, QFrame, QToolButton, QVBoxLayout
from typing_extensions import override

from ui.icons import icon
from ui.language import tr
from ui.theme import theme_of
from ui.view import ViewRow

ICON_PX = 26
WIDTH_PX = 86


class Rail(QFrame):
    """One button for each page; those that the person may not enter are greyed."""

    chosen = pyqtSignal(str)
    """A page's name."""

    def __init__(self, rows: Sequence[ViewRow]) -> None:
        super().__init__()
        self._rows = rows
        self._scale = 1.0
        self._marked: dict[str, int] = {}
        column = QVBoxLayout(self)
        column.setContentsMargins(4, 4, 4, 4)
        column.setSpacing(2)
        self._group = QButtonGroup(self)
        self.buttons: dict[str, QToolButton] = {}
        for row in rows:
            button = QToolButton()
            button.setObjectName("plain")
            button.setCheckable(True)
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextUnderIcon)
            button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            button.clicked.connect(lambda _checked=False, name=row.name: self.chosen.emit(name))
            self._group.addButton(button)
            self.buttons[row.name] = button
            column.addWidget(button)
        column.addStretch(1)
        self._dress()

    def choose(self, name: str) -> None:
        """Show which page is in sight."""
        self.buttons[name].setChecked(True)

    def allow(self, name: str, allowed: bool) -> None:
        """Whether the person may enter a page."""
        self.buttons[name].setEnabled(allowed)

    def count(self, name: str, waiting: int) -> None:
        """So many things wait on a page."""
        self._marked[name] = waiting
        self._dress()

    def set_scale(self, scale: float) -> None:
        """How much larger than at 1280 x 720."""
        self._scale = scale
        self._dress()

    @override
    def changeEvent(self, a0: QEvent | None) -> None:
        """Qt's own name."""
        super().changeEvent(a0)
        kinds = (QEvent.Type.LanguageChange, QEvent.Type.PaletteChange)
        if a0 is not None and a0.type() in kinds and hasattr(self, "buttons"):
            self._dress()

    def _dress(self) -> None:
        theme, side = theme_of(self), round(ICON_PX * self._scale)
        self.setFixedWidth(round(WIDTH_PX * self._scale))
        for row in self._rows:
            button, waiting = self.buttons[row.name], self._marked.get(row.name, 0)
            colours = theme.colour("text"), theme.colour("accent_ink")
            button.setIcon(icon(row.icon, *colours, side))
            button.setIconSize(QSize(side, side))
            count = f" ({waiting})" if waiting else ""
            button.setText(tr(row.title) + count)
            button.setToolTip(f"{tr(row.title)} ({row.shortcut})")
            button.setFixedWidth(round((WIDTH_PX - 8) * self._scale))
            button.setStyleSheet(
                f"QToolButton {{ font-size: {round(12 * self._scale)}px; padding: 4px 0; }}"
                f"QToolButton:checked {{ background: {theme.accent}; color: {theme.accent_ink}; }}"
            )
