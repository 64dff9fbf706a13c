"""The window's lowest line: engine, model, certificate, camera, who is there, what time it is."""

from __future__ import annotations

import time

from PyQt6.QtCore import QDateTime, QLocale, QTimer
from PyQt6.QtWidgets import QLabel, QSizePolicy, QStatusBar, QWidget

from station.sayings import Event, Severity
from station.wording import shortened
from ui.desk import Desk
from ui.language import say, tr
from ui.line import State
from ui.seen import Seen
from ui.wording import number

TICK_MS = 1000
SILENT_S = 3.0
"""A camera that gives no picture for so long is not well."""


class StatusLine(QStatusBar):
    """Each label is red, and says so in words, where something is not well."""

    def __init__(self, desk: Desk, person: QWidget) -> None:
        """person: shows who is at the bench."""
        super().__init__()
        self._desk = desk
        self._engine_name = ""
        self._last_look_s: float | None = None
        self._fps = 0.0
        self._camera_bad = ""
        self.setSizeGripEnabled(False)
        self.engine, self.model, self.feed = QLabel(), QLabel(), QLabel()
        self.clock = QLabel()
        for label in (self.engine, self.model, self.feed):
            label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
            self.addWidget(label, 1)
        for widget in (person, self.clock):
            self.addPermanentWidget(widget)
        desk.decided.connect(self._on_decided)
        desk.looked.connect(self._on_look)
        desk.happened.connect(self._on_event)
        desk.changed.connect(self.show_all)
        timer = QTimer(self)
        timer.timeout.connect(self.show_all)
        timer.start(TICK_MS)
        self.show_all()

    def show_all(self) -> None:
        """Say what is so now."""
        desk, state = self._desk, self._desk.line.state
        _show(self.engine, self._engine_words(), state is State.FAILED)
        config = desk.config
        if config is not None:
            name = shortened(config.bundle.name, 32)
            certified = tr("certified here") if self._engine_name else tr("not yet certified")
            failed = state is State.FAILED
            _show(self.model, tr("Model: {name}, {certified}", name=name, certified=certified),
                  failed)  # fmt: skip
            self._show_feed(shortened(config.feed, 36))
        now = QDateTime.currentDateTime()
        self.clock.setText(QLocale().toString(now, "yyyy-MM-dd  HH:mm:ss"))

    def _engine_words(self) -> str:
        name = shortened(self._engine_name.split(" certificate ")[0], 48)
        words = {
            State.IDLE: tr("Engine: stopped"),
            State.STARTING: tr("Engine: starting"),
            State.STOPPING: tr("Engine: finishing the part in hand"),
            State.ENDED: tr("{name}: done, no more parts will come", name=name or tr("Engine")),
            State.FAILED: tr("Production: LOCKED, see F7")
            if self._desk.line.is_locked
            else tr("Engine: STOPPED, see above"),
        }
        running = tr("Engine: {name}", name=name) if name else tr("Engine: ready")
        return words.get(self._desk.line.state, running)

    def _show_feed(self, feed: str) -> None:
        config, running = self._desk.config, self._desk.line.state is State.RUNNING
        if config is None or config.camera is None:
            _show(self.feed, feed, False)
            return
        silent = (
            running
            and self._last_look_s is not None
            and time.monotonic() - self._last_look_s > SILENT_S
        )
        if self._camera_bad or silent:
            _show(self.feed, tr("Camera: NOT WELL, {feed}", feed=feed), True)
        else:
            fps = number(self._fps, 0)
            _show(self.feed, tr("Camera: {feed}, {fps}/s", feed=feed, fps=fps), False)

    def _on_decided(self, seen: Seen) -> None:
        self._engine_name = seen.record.engine

    def _on_look(self, look: object) -> None:
        self._last_look_s = time.monotonic()
        self._fps = getattr(look, "fps", 0.0)

    def _on_event(self, event: Event) -> None:
        if event.kind == "camera":
            self._camera_bad = "" if event.severity is Severity.INFO else event.text
            say(self.feed.setToolTip, event.text)
        self.show_all()


def _show(label: QLabel, text: str, is_bad: bool) -> None:
    label.setText(text)
    name = "bad" if is_bad else ""
    if label.objectName() != name:
        label.setObjectName(name)
        _polish(label)
    if not label.toolTip():
        label.setToolTip(text)


def _polish(widget: QWidget) -> None:
    """The style sheet looks at an object's name only once."""
    style = widget.style()
    if style is not None:
        style.unpolish(widget)
        style.polish(widget)
