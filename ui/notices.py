"""What the window has to say besides verdicts: passing lines, and alarms that stay until read."""

from __future__ import annotations

from PyQt6.QtCore import QEvent, QObject, QPoint, QRect, Qt, QTimer
from PyQt6.QtWidgets import QHBoxLayout, QLabel, QMainWindow, QMenuBar, QToolButton, QWidget
from typing_extensions import override

from engines.sentence import sentence
from station.sayings import Event, Severity
from ui.language import mark, say, tr
from ui.theme import theme_of

PASSES_MS = 6000
"""An INFO goes away by itself."""
MOST = 50
"""So many alarms wait at most: the oldest then give way, for the log has them all."""
GAP_PX = 8
"""Between the menus and what is said, and below the menus."""
MOVES = (
    QEvent.Type.Resize, QEvent.Type.Move, QEvent.Type.Show, QEvent.Type.Hide,
    QEvent.Type.LayoutRequest, QEvent.Type.LanguageChange,
)  # fmt: skip
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
    """Shows the oldest alarm that was not dismissed, or the passing line; hidden without one.

    It lies right of the menus, where nothing else is: the page below never moves. What is longer
    than one line lies over the page's head until it was read.
    """

    def __init__(self, window: QMainWindow, bar: QMenuBar, head: QWidget) -> None:
        """head: what keeps the place of the bar where the bar is hidden, as in a kiosk."""
        super().__init__(window)
        self._bar, self._head = bar, head
        self._waiting: list[str] = []
        self._passing = ""
        self._last: Event | None = None
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setObjectName("notice")
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 1, 1, 1)
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
        for widget in (window, bar, head):
            widget.installEventFilter(self)
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
        # Not its own palette: an alarm's ground is bright in any theme.
        theme, alarm = theme_of(self._bar), bool(self._waiting)
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
            f" border: 1px solid {ink}; min-height: 0; padding: 2px 12px; }}"
        )
        self.setAccessibleName(self._label.text())
        self.button.setVisible(alarm)
        self.setVisible(alarm or bool(self._passing))
        self._place()

    def _place(self) -> None:
        """Right of the last menu, as high as the bar and the gap below; higher for more lines."""
        window = self.parentWidget()
        if window is None or self.isHidden():
            return
        in_bar = not self._bar.isHidden()
        row = self._bar if in_bar else self._head
        menus = [self._bar.actionGeometry(action).right() for action in self._bar.actions()]
        beside = max(menus, default=0) + GAP_PX if in_bar else 0
        left = row.mapTo(window, QPoint(beside, 0)).x()
        width = max(1, window.width() - left - GAP_PX)
        height = max(row.height() + GAP_PX, self.heightForWidth(width))
        self.setGeometry(QRect(left, 0, width, height))

    @override
    def eventFilter(self, a0: QObject | None, a1: QEvent | None) -> bool:
        """Qt's own name: goes with the window and its menus."""
        if a1 is not None and a1.type() in MOVES:
            self._place()
        return False

    @override
    def event(self, a0: QEvent | None) -> bool:
        """Qt's own name: another size of letters needs another height."""
        if a0 is not None and a0.type() == QEvent.Type.LayoutRequest:
            self._place()
        return super().event(a0)
