"""What is wrong with the station itself: a line that stays until a person has read it."""

from __future__ import annotations

from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QToolButton, QWidget

from station.sayings import Event
from ui.painting import ALARM, ALARM_INK


class AlarmLine(QWidget):
    """Shows the oldest alarm that was not dismissed; hidden while there is none."""

    def __init__(self) -> None:
        super().__init__()
        self._waiting: list[Event] = []
        ground, ink = ALARM.name(), ALARM_INK.name()
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setObjectName("alarm")
        self.setStyleSheet(
            f"QWidget#alarm {{ background: {ground}; }}"
            f"QWidget#alarm QLabel {{ color: {ink}; font-size: 15px; }}"
            f"QWidget#alarm QToolButton {{ background: {ground}; color: {ink}; font-size: 14px;"
            f" border: 1px solid {ink}; padding: 3px 8px; }}"
        )
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 8, 12, 8)
        self._label = QLabel()
        self._label.setWordWrap(True)
        self._label.setTextFormat(Qt.TextFormat.PlainText)
        self.button = QToolButton()
        self.button.setText("Dismiss (Esc)")
        self.button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.button.clicked.connect(self.dismiss)
        row.addWidget(self._label, 1)
        row.addWidget(self.button, 0)
        self._show()

    @property
    def text(self) -> str:
        """What a person reads; empty while there is no alarm."""
        return self._label.text() if self._waiting else ""

    def add(self, event: Event) -> None:
        """Show an event, after those that came before it."""
        self._waiting.append(event)
        self._show()

    def dismiss(self) -> None:
        """The alarm shown has been read: the next one, or none."""
        del self._waiting[:1]
        self._show()

    def _show(self) -> None:
        if self._waiting:
            count = len(self._waiting)
            more = f" ({count - 1} more)" if count > 1 else ""
            self._label.setText(f"Alarm: {self._waiting[0].text}{more}")
            self.setAccessibleName(self._label.text())
        self.setVisible(bool(self._waiting))
