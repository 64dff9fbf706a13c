"""What the window has to say besides verdicts: passing lines, and alarms that stay until read."""

from __future__ import annotations

from PyQt6.QtCore import QEvent, Qt, QTimer
from PyQt6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QToolButton, QWidget
from typing_extensions import override

from engines.sentence import sentence
from station.sayings import Event, Severity
from ui.language import mark, say, tr
from ui.theme import theme_of

PASSES_MS = 6000
"""An INFO goes away by itself."""
MOST = 50
"""So many alarms wait at most: the oldest then give way, for the log has them all."""
KINDS = {
    "engine": mark("Engine"),
    "camera": mark("Camera"),
    "trigger": mark("Trigger"),
    "overrun": mark("Too fast"),
    "duplicate": mark("Seen before"),
    "disk": mark("Disk"),
    "policy": mark("Thresholds"),
    "outbox": mark("Results to others"),
    "gate": mark("Gate"),
    "people": mark("Users"),
    "model": mark("Model"),
    "shift": mark("Shift start"),
    "gauge": mark("Gauge study"),
    "settings": mark("Settings"),
    "window": mark("Window"),
    "stuck": mark("Slow"),
    "lot": mark("Lot"),
}
"""Kind of an event -> what it is about."""


class NoticeLine(QWidget):
    """Shows the oldest alarm that was not dismissed, or the passing line; hidden without one."""

    def __init__(self) -> None:
        super().__init__()
        self._waiting: list[str] = []
        self._passing = ""
        self._last: Event | None = None
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setObjectName("notice")
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 6, 12, 6)
        self._label = QLabel()
        self._label.setWordWrap(True)
        self._label.setTextFormat(Qt.TextFormat.PlainText)
        self.button = QToolButton()
        self.button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.button.clicked.connect(self.dismiss)
        say(self.button.setText, "Dismiss (Esc)")
        row.addWidget(self._label, 1)
        row.addWidget(self.button, 0)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._pass)
        self._show()

    @property
    def text(self) -> str:
        """What a person reads; empty while there is nothing to say."""
        return self._label.text() if self.waiting or self._passing else ""

    @override
    def changeEvent(self, a0: QEvent | None) -> None:
        """Qt's own name. What stands there is said in the new language."""
        super().changeEvent(a0)
        if a0 is not None and a0.type() == QEvent.Type.LanguageChange:
            self._show()

    @property
    def waiting(self) -> int:
        """So many alarms were not dismissed."""
        return len(self._waiting)

    def add(self, event: Event) -> None:
        """Something befell the station: an INFO is for the log alone."""
        if event.severity is not Severity.INFO:
            kind = sentence(KINDS.get(event.kind, event.kind))
            self.tell(sentence("{kind}: {text}", kind=kind, text=event.text), event.severity)

    def tell(self, text: str, severity: Severity = Severity.INFO) -> None:
        """Say a line: an INFO passes, anything worse waits until it was dismissed.

        text: in the window's language, or a sentence of the station.
        """
        if severity is Severity.INFO:
            self._passing = text
            self._timer.start(PASSES_MS)
        elif text not in self._waiting:
            self._waiting.append(text)
            del self._waiting[: -MOST or None]
        self._show()

    def dismiss(self) -> bool:
        """The alarm shown has been read: the next one, or none. False: there was nothing."""
        had = bool(self._waiting or self._passing)
        if self._waiting:
            del self._waiting[0]
        else:
            self._passing = ""
        self._show()
        return had

    def _pass(self) -> None:
        self._passing = ""
        self._show()

    def _show(self) -> None:
        theme, alarm = theme_of(self), bool(self._waiting)
        if alarm:
            more = len(self._waiting) - 1
            text = tr(self._waiting[0])
            if more:
                text = tr("{said} ({count} more)", said=text, count=more)
            self._label.setText(text)
        else:
            self._label.setText(tr(self._passing))
        ground = theme.alarm if alarm else theme.raised
        ink = theme.alarm_ink if alarm else theme.text
        self.setStyleSheet(
            f"QWidget#notice {{ background: {ground}; }}"
            f"QWidget#notice QLabel {{ color: {ink}; }}"
            f"QWidget#notice QToolButton {{ background: transparent; color: {ink};"
            f" border: 1px solid {ink}; }}"
        )
        self.setAccessibleName(self._label.text())
        self.button.setVisible(alarm)
        self.setVisible(alarm or bool(self._passing))
