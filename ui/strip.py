"""The last parts side by side, oldest at the left; a click looks at one again."""

from __future__ import annotations

from PyQt6.QtCore import QRectF, QSize, Qt, pyqtSignal
from PyQt6.QtGui import QIcon, QPainter, QPixmap, QResizeEvent
from PyQt6.QtWidgets import QHBoxLayout, QToolButton, QWidget
from typing_extensions import override

from station.wording import percent
from ui.history import MOST, History, Seen
from ui.painting import GROUND, paint_sign

SIDE_PX = 54
BUTTON_PX = SIDE_PX + 8
GAP_PX = 4


class Strip(QWidget):
    """MOST small pictures, each with its sign; in a narrow window the newest that fit."""

    chosen = pyqtSignal(int)
    """Index into the history's items."""

    def __init__(self) -> None:
        super().__init__()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(GAP_PX)
        self.setMinimumWidth(BUTTON_PX)
        self.buttons = [self._button(row, index) for index in range(MOST)]
        self._shown: list[Seen | None] = [None] * MOST
        self._count = 0

    def show_items(self, history: History) -> None:
        """Show the history's items and which of them is looked at."""
        items, current = history.items, history.current
        for index, button in enumerate(self.buttons):
            seen = items[index] if index < len(items) else None
            button.setChecked(seen is not None and seen is current)
            if seen is not None and seen is not self._shown[index]:
                record = seen.record
                button.setIcon(QIcon(_thumbnail(seen)))
                sure = f" {percent(record.confidence)}" if record.confidence is not None else ""
                button.setToolTip(f"{record.source}: {record.decision.value}{sure}")
                button.setAccessibleName(button.toolTip())
            self._shown[index] = seen
        self._count = len(items)
        self._fit()

    @override
    def resizeEvent(self, event: QResizeEvent | None) -> None:
        """Qt's own name."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        room = max(1, (self.width() + GAP_PX) // (BUTTON_PX + GAP_PX))
        for index, button in enumerate(self.buttons):
            button.setVisible(self._count - room <= index < self._count)

    def _button(self, row: QHBoxLayout, index: int) -> QToolButton:
        button = QToolButton()
        button.setCheckable(True)
        button.setIconSize(QSize(SIDE_PX, SIDE_PX))
        # The arrow keys belong to the window's actions.
        button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        button.setFixedSize(BUTTON_PX, BUTTON_PX)
        button.clicked.connect(lambda: self.chosen.emit(index))
        button.setVisible(False)
        row.addWidget(button)
        if index == MOST - 1:
            row.addStretch(1)
        return button


def _thumbnail(seen: Seen) -> QPixmap:
    """The overlay without its bar, cut square, with the sign in its corner."""
    pixmap = QPixmap(SIDE_PX, SIDE_PX)
    pixmap.fill(GROUND)
    painter = QPainter(pixmap)
    if seen.overlay is not None:
        side = min(seen.overlay.width(), seen.overlay.height())
        left = (seen.overlay.width() - side) // 2
        lowest = seen.overlay.copy(left, seen.overlay.height() - side, side, side)
        smooth = Qt.TransformationMode.SmoothTransformation
        scaled = lowest.scaled(SIDE_PX, SIDE_PX, transformMode=smooth)
        painter.drawImage(0, 0, scaled)
    sign = QRectF(SIDE_PX - 22, 2, 20, 20)
    if seen.overlay is None:
        sign = QRectF(SIDE_PX * 0.2, SIDE_PX * 0.2, SIDE_PX * 0.6, SIDE_PX * 0.6)
    paint_sign(painter, seen.record.decision, sign)
    painter.end()
    return pixmap
