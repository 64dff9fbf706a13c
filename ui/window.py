"""The window at the bench: the latest part, its verdict, the counts, the last parts."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Generator

from PyQt6.QtGui import QCloseEvent
from PyQt6.QtWidgets import QHBoxLayout, QLabel, QMainWindow, QVBoxLayout, QWidget
from typing_extensions import override

from engines.backend import OnProgress
from station.config import StationConfig
from station.domain import Decision
from station.outcome import Outcome
from station.run import run_station
from station.sayings import Event
from station.wording import shortened
from ui.actions import ActionRow, install
from ui.alarm import AlarmLine
from ui.banner import Banner
from ui.counters import Counters
from ui.history import History, Seen
from ui.language import mark
from ui.painting import GROUND, QUIET, RAISED, TEXT
from ui.picture import Picture
from ui.strip import Strip
from ui.worker import Worker

log = logging.getLogger(__name__)
STYLE = f"""
QMainWindow, QStatusBar, QMenuBar {{ background: {GROUND.name()}; color: {TEXT.name()}; }}
QLabel {{ color: {TEXT.name()}; font-size: 15px; }}
QLabel#number {{ font-size: 20px; font-weight: bold; }}
QStatusBar QLabel {{ color: {QUIET.name()}; font-size: 12px; padding: 0 8px; }}
QMenuBar::item:selected, QMenu::item:selected {{ background: {RAISED.name()}; }}
QMenu {{ background: {RAISED.name()}; color: {TEXT.name()}; }}
QToolButton {{ border: 2px solid transparent; background: {RAISED.name()}; padding: 1px; }}
QToolButton:checked {{ border-color: {TEXT.name()}; }}
QToolTip {{ background: {RAISED.name()}; color: {TEXT.name()}; border: 1px solid {QUIET.name()}; }}
"""

ACTIONS = (
    ActionRow("previous", mark("&Previous part"), "Left", lambda window: window.step(-1)),
    ActionRow("next", mark("&Next part"), "Right", lambda window: window.step(1)),
    ActionRow("live", mark("&Live: follow the newest part"), "L", lambda window: window.go_live()),
    ActionRow("heat", mark("Show or hide &heat and marks"), "H", lambda w: w.toggle_heat()),
    ActionRow("dismiss", mark("&Dismiss the alarm"), "Esc", lambda window: window.dismiss_alarm()),
    ActionRow("quit", mark("&Quit after the part in hand"), "Ctrl+Q", lambda w: w.close()),
)


class MainWindow(QMainWindow):
    """Starts inspecting when made; closing it finishes the part in hand first."""

    def __init__(self, config: StationConfig) -> None:
        super().__init__()
        self.config = config
        self.history = History()
        self.failure: str | None = None
        """Why the inspection stopped, if it broke."""
        self.heat_shown = True
        self.picture, self.banner = Picture(), Banner()
        self.counters, self.strip, self.alarm = Counters(), Strip(), AlarmLine()
        self.actions_by_key = install(self, ACTIONS)
        self._build()
        waiting = "For the first part; opening the engine takes a moment."
        self.banner.show_message("Waiting", waiting)
        self.picture.show_image(None, f"Parts from {config.inbox or config.feed} appear here.")
        self.strip.chosen.connect(self.look_at)
        self.worker = Worker(self._stream)
        self.worker.decided.connect(self._on_decided)
        self.worker.alarmed.connect(self.alarm.add)
        self.worker.progressed.connect(self._on_progressed)
        self.worker.failed.connect(self._on_failed)
        self.worker.finished.connect(self._on_finished)
        self._closing = False
        self.ended = ""
        self.worker.start()

    def step(self, by: int) -> None:
        """Look at an earlier (-1) or later (+1) part."""
        self.history.step(by)
        self._refresh()

    def look_at(self, index: int) -> None:
        """Look at one of the last parts, oldest 0."""
        self.history.hold(index)
        self._refresh()

    def go_live(self) -> None:
        """Follow the newest part again."""
        self.history.go_live()
        self._refresh()

    def toggle_heat(self) -> None:
        """Show the picture with or without what is drawn into it."""
        self.heat_shown = not self.heat_shown
        self._refresh()

    def dismiss_alarm(self) -> None:
        """The alarm shown has been read."""
        self.alarm.dismiss()

    @override
    def closeEvent(self, event: QCloseEvent | None) -> None:
        """Qt's own name: closes once the part in hand is finished."""
        if event is None:
            return
        if self.worker.isRunning():
            self._closing = True
            self.worker.stop()
            self.setWindowTitle("scaffold-station: finishing the part in hand")
            event.ignore()
        else:
            event.accept()

    def _stream(
        self,
        stop_event: threading.Event,
        on_event: Callable[[Event], None],
        on_progress: OnProgress,
    ) -> Generator[Outcome, None, None]:
        return run_station(self.config, stop_event, on_event=on_event, on_progress=on_progress)

    def _build(self) -> None:
        self.setWindowTitle("scaffold-station")
        self.setStyleSheet(STYLE)
        self.resize(1280, 720)
        left, right, across = QVBoxLayout(), QVBoxLayout(), QHBoxLayout()
        left.addWidget(self.picture, 1)
        left.addWidget(self.strip)
        right.addWidget(self.banner, 1)
        right.addWidget(self.counters)
        across.addLayout(left, 2)
        across.addLayout(right, 1)
        down = QVBoxLayout()
        down.addWidget(self.alarm)
        down.addLayout(across, 1)
        middle = QWidget()
        middle.setLayout(down)
        self.setCentralWidget(middle)
        bar = self.menuBar()
        menu = bar.addMenu("&Station") if bar is not None else None
        if menu is not None:
            menu.addActions(list(self.actions_by_key.values()))
        self._engine, self._state = QLabel("opening the engine"), QLabel("")
        status = self.statusBar()
        if status is not None:
            for label in (
                self._engine,
                QLabel(f"bundle {shortened(self.config.bundle.name, 40)}"),
                QLabel(shortened(self.config.feed, 60)),
            ):
                status.addWidget(label)
            status.addPermanentWidget(self._state)

    def _on_decided(self, seen: Seen) -> None:
        self.history.add(seen)
        self._engine.setText(seen.record.engine)
        self._refresh()

    def _on_progressed(self, what: str, done: int, total: int) -> None:
        self._engine.setText(f"{what} {done}/{total}" if done < total else "the engine is ready")

    def _on_failed(self, message: str) -> None:
        self.failure = message
        self.history.go_live()
        self._refresh()

    def _on_finished(self) -> None:
        if self._closing:
            self.close()
            return
        self.ended = "stopped" if self.failure else "done: no more parts will come"
        self._refresh()

    def _refresh(self) -> None:
        """Show what the history says."""
        self.counters.show_counts(self.history)
        self.strip.show_items(self.history)
        current, live = self.history.current, self.history.live
        if current is not None:
            image = current.overlay if self.heat_shown else current.plain
            self.picture.show_image(image, f"There is no picture of {current.record.source}.")
            note = "" if live else f"Looking back: {current.record.source} (L: live)"
            self.banner.show_record(current.record, note)
        if self.failure is not None and live:
            self.banner.show_message("STOPPED", self.failure, Decision.ERROR)
        hidden = "" if self.heat_shown else "heat and marks hidden (H shows them)"
        back = "" if live else "looking back (L follows the newest)"
        self._state.setText(", ".join(text for text in (back, hidden, self.ended) if text))
