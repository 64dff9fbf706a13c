"""The last parts side by side, oldest at the left; a click looks at one again."""

from __future__ import annotations

from PyQt6.QtCore import QRectF, QSize, Qt, pyqtSignal
from PyQt6.QtGui import QColor, QIcon, QPainter, QPixmap, QResizeEvent
from PyQt6.QtWidgets import QHBoxLayout, QToolButton, QWidget
from typing_extensions import override

from ui.live.recent import MOST, Recent
from ui.painting import paint_sign
from ui.seen import THUMB_PX, Seen
from ui.theme import theme_of
from ui.wording import decision_word, percent

SIDE_PX = 44
"""At scale 1: MOST of them lie side by side in a window of 1280 px."""
FRAME_PX = 8
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
        self.setMinimumWidth(SIDE_PX)
        self._side_px = SIDE_PX
        self.buttons = [self._button(row, index) for index in range(MOST)]
        self._shown: list[Seen | None] = [None] * MOST
        self._icons: dict[str, QIcon] = {}
        """Of the parts in sight, by their uuid: all move on by one place with each new one."""
        self._count = 0
        self.set_scale(1.0)

    def show_items(self, history: Recent) -> None:
        """Show the history's items and which of them is looked at."""
        items, current = history.items, history.current
        for index, button in enumerate(self.buttons):
            seen = items[index] if index < len(items) else None
            button.setChecked(seen is not None and seen is current)
            if seen is not None and seen is not self._shown[index]:
                record = seen.record
                button.setIcon(self._icon(seen))
                sure = f" {percent(record.confidence)}" if record.confidence is not None else ""
                word = decision_word(record.decision)
                button.setToolTip(f"{record.source}: {word}{sure}")
                button.setAccessibleName(button.toolTip())
            self._shown[index] = seen
        there = {seen.record.uuid for seen in items}
        self._icons = {uuid: icon for uuid, icon in self._icons.items() if uuid in there}
        self._count = len(items)
        self._fit()

    def _icon(self, seen: Seen) -> QIcon:
        uuid = seen.record.uuid
        if uuid not in self._icons:
            self._icons[uuid] = QIcon(_thumbnail(seen, theme_of(self).colour("ground")))
        return self._icons[uuid]

    @override
    def resizeEvent(self, event: QResizeEvent | None) -> None:
        """Qt's own name."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        room = max(1, (self.width() + GAP_PX) // (self._side_px + FRAME_PX + GAP_PX))
        for index, button in enumerate(self.buttons):
            button.setVisible(self._count - room <= index < self._count)

    def set_scale(self, scale: float) -> None:
        """How much larger than at 1280 x 720."""
        self._side_px = round(SIDE_PX * scale)
        for button in self.buttons:
            button.setIconSize(QSize(self._side_px, self._side_px))
            button.setFixedSize(self._side_px + FRAME_PX, self._side_px + FRAME_PX)
        self._fit()

    def _button(self, row: QHBoxLayout, index: int) -> QToolButton:
        button = QToolButton()
        button.setCheckable(True)
        # The arrow keys belong to the window's actions.
        button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        button.clicked.connect(lambda: self.chosen.emit(index))
        button.setVisible(False)
        row.addWidget(button)
        button.setStyleSheet("QToolButton { min-height: 0; padding: 1px; }")
        if index == MOST - 1:
            row.addStretch(1)
        return button


def _thumbnail(seen: Seen, ground: QColor) -> QPixmap:
    """The part, with its verdict's sign in the corner."""
    pixmap = QPixmap(THUMB_PX, THUMB_PX)
    pixmap.fill(ground)
    painter = QPainter(pixmap)
    sign = QRectF(THUMB_PX * 0.6, 4, THUMB_PX * 0.38, THUMB_PX * 0.38)
    if seen.thumbnail is None:
        sign = QRectF(THUMB_PX * 0.2, THUMB_PX * 0.2, THUMB_PX * 0.6, THUMB_PX * 0.6)
    else:
        painter.drawImage(0, 0, seen.thumbnail)
    paint_sign(painter, seen.record.decision, sign)
    painter.end()
    return pixmap
