"""Section Lot and serial number: what they look like, and a field to try the scanner in."""

from __future__ import annotations

import time
from dataclasses import replace

from PyQt6.QtCore import pyqtSignal
from PyQt6.QtGui import QKeyEvent
from PyQt6.QtWidgets import QLabel, QLineEdit
from typing_extensions import override

from station.errors import ConfigError
from station.scan import LOT, read_scan
from station.settings_fields import fields_of
from station.window_settings import WindowSettings
from ui.language import mark, say, tr
from ui.settings.draft import Draft
from ui.settings.section import Section, put_text
from ui.wording import number

KEYS = (
    "window.lot_pattern", "window.lot_prefix", "window.serial_pattern", "window.serial_prefix",
    "window.serial_required", "window.scanner_gap_ms",
)  # fmt: skip


class ScanField(QLineEdit):
    """Takes what a scanner types, and measures how fast it came."""

    scanned = pyqtSignal(str, object)
    """The letters, and the longest time between two of them in ms; None for a single one."""

    def __init__(self) -> None:
        super().__init__()
        self._at_s: list[float] = []

    @override
    def keyPressEvent(self, a0: QKeyEvent | None) -> None:
        """Qt's own name."""
        if a0 is None:
            return
        if a0.text() and a0.text().isprintable():
            self._at_s.append(time.monotonic())
        elif a0.text() in ("\r", "\n"):
            gaps = [1000.0 * (b - a) for a, b in zip(self._at_s, self._at_s[1:], strict=False)]
            self.scanned.emit(self.text(), max(gaps, default=None))
            self.clear()
            self._at_s = []
            return
        super().keyPressEvent(a0)


class LotSection(Section):
    """The test field understands a scan by what is not saved yet."""

    def __init__(self, draft: Draft) -> None:
        super().__init__(draft)
        self.field, self.said, self.speed = ScanField(), QLabel(), QLabel()
        self._last: tuple[str, float | None] | None = None
        self.add_title(mark("Lot and serial number"), mark(
            "What is scanned or typed in the window before a part is inspected."
        ))  # fmt: skip
        self.add_rows(KEYS)
        self.add_title(mark("Try the scanner"), mark(
            "Touch the field, then scan a code. Nothing is inspected and nothing is kept."
        ))  # fmt: skip
        say(self.field.setPlaceholderText, "Scan a code here")
        self.field.setClearButtonEnabled(True)
        for label in (self.said, self.speed):
            label.setWordWrap(True)
        for widget in (self.field, self.said, self.speed):
            self.column.addWidget(widget)
        self.end()
        self.field.scanned.connect(self._on_scan)
        draft.changed.connect(self._say)

    @override
    def retranslate(self) -> None:
        super().retranslate()
        self._say()

    def settings(self) -> WindowSettings:
        """As the draft has them. Raises ConfigError."""
        keys = fields_of("window")
        values = {key.partition(".")[2]: self.draft.value(key) for key in keys}
        return replace(WindowSettings(), **values)  # type: ignore[arg-type]

    def _on_scan(self, text: str, gap_ms: float | None) -> None:
        self._last = (text, gap_ms)
        self._say()

    def _say(self) -> None:
        if self._last is None:
            return
        text, gap_ms = self._last
        try:
            settings = self.settings()
            scan = read_scan(text, settings)
        except ConfigError as error:
            self._show("bad", tr("Refused: {why}", why=error))
            return
        if scan.kind == LOT:
            self._show("good", tr("Understood as the lot {value}.", value=scan.value))
        else:
            self._show("good", tr("Understood as the serial number {value}.", value=scan.value))
        if gap_ms is None:
            self.speed.setText("")
        elif gap_ms <= settings.scanner_gap_ms:
            self.speed.setText(
                tr("Slowest letter {gap} ms: taken for a scanner.", gap=number(gap_ms, 1))
            )
        else:
            self.speed.setText(
                tr(
                    "Slowest letter {gap} ms: taken for fingers. For a scanner, raise the limit.",
                    gap=number(gap_ms, 1),
                )
            )

    def _show(self, name: str, text: str) -> None:
        put_text(self.said, name, text)
        self.speed.setText("")
