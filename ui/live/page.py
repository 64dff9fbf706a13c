"""Live: what the camera sees, what was decided, and what became of the lot."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import ClassVar

from PyQt6.QtCore import Qt, QTimer
from PyQt6.QtGui import QResizeEvent
from PyQt6.QtWidgets import QHBoxLayout, QLabel, QSlider, QVBoxLayout, QWidget
from typing_extensions import override

from station.domain import Decision
from station.looks import Look, shows_the_same, small_grey
from station.store.account import Account
from station.store.store import Store
from ui.actions import ActionRow
from ui.desk import Desk
from ui.language import mark, say, tr
from ui.line import State
from ui.live.banner import Banner
from ui.live.counters import Counters
from ui.live.gauges import Gauges
from ui.live.lot_bar import LotBar
from ui.live.lot_count import LotCount
from ui.live.picture import MarkedPicture
from ui.live.recent import Recent
from ui.live.strip import Strip
from ui.live.waiting import Doing, locked_words, source_words, waiting_words
from ui.seen import Marks, Seen, to_image
from ui.theme import scale_for
from ui.tone import Tone
from ui.view import View

LINGER_S = 2.0
"""A verdict stays so long after its part was taken away, then the banner waits for the next."""
FADE_MS = 200
ASK_AGAIN_MS = 2000


class LiveView(View):
    """The operator's page."""

    ACTIONS: ClassVar = (
        ActionRow("previous", mark("&Previous part"), "Left", lambda page: page.step(-1)),
        ActionRow("next", mark("&Next part"), "Right", lambda page: page.step(1)),
        ActionRow("live", mark("&Live: follow the newest part"), "L", lambda page: page.go_live()),
        ActionRow("heat", mark("Show or hide &heat and marks"), "H", lambda p: p.toggle_heat()),
        ActionRow("inspect", mark("&Inspect what lies there"), "Space", lambda p: p.press()),
        ActionRow("lot", mark("Change the l&ot"), "O", lambda page: page.lot_bar.lot.setFocus()),
        ActionRow("serial", mark("Type a &serial"), "S", lambda p: p.lot_bar.serial.setFocus()),
    )  # fmt: skip

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self.recent, self.count, self.tone = Recent(), LotCount(), Tone()
        self.picture, self.banner = MarkedPicture(), Banner()
        self.counters, self.strip = Counters(), Strip()
        self.gauges, self.lot_bar = Gauges(), LotBar(desk)
        self.heat_shown = True
        self._camera_shown: Look | None = None
        """The camera's picture in view; None: a decided part's, or none."""
        self._part_there_s = 0.0
        self._doing: Doing = ("", 0, 0)
        self._build()
        desk.decided.connect(self._on_decided)
        desk.changed.connect(self._on_changed)
        desk.line.progressed.connect(self._on_progressed)
        desk.looked.connect(self._on_look)
        self._fading = QTimer(self)
        self._fading.timeout.connect(self._fade_verdict)
        self._again = QTimer(self)
        self._again.setInterval(ASK_AGAIN_MS)
        self._again.timeout.connect(self._ask_count)
        self._on_changed()

    @property
    def current(self) -> Seen | None:
        """The part looked at."""
        return self.recent.current

    # What a person does ------------------------------------------------------------------------

    def step(self, by: int) -> None:
        """Look at an earlier (-1) or later (+1) part."""
        self.recent.step(by)
        self._refresh()

    def look_at(self, index: int) -> None:
        """Look at one of the last parts, oldest 0."""
        self.recent.hold(index)
        self._refresh()

    def go_live(self) -> None:
        """Follow the newest part again."""
        self.recent.go_live()
        self._refresh()

    def toggle_heat(self) -> None:
        """Show the picture with or without what is drawn over it."""
        self.heat_shown = not self.heat_shown
        self._show_heat()

    def press(self) -> None:
        """Somebody says that a part lies there."""
        config = self.desk.config
        if config is None or config.camera is None or not config.trigger.is_asked:
            self.desk.tell(tr("Parts are told by themselves here: no key is needed."))
            return
        serial = self.desk.line.labels.now.serial
        if config.window.serial_required and not serial:
            self.desk.tell(tr("Scan or type the part's serial number first."))
            self.lot_bar.serial.setFocus()
            return
        self.desk.line.presses.press()

    # What comes in -----------------------------------------------------------------------------

    @override
    def entered(self) -> None:
        self._fading.start(FADE_MS)
        self.picture.setFocus()
        self._refresh()

    @override
    def left(self) -> None:
        self._fading.stop()

    @override
    def retranslate(self) -> None:
        self._refresh()

    def _on_decided(self, seen: Seen) -> None:
        self.recent.add(seen)
        self.count.add(seen.record)
        self._part_there_s = time.monotonic()
        self.tone.play(seen.record.decision)
        self._refresh()

    def _on_progressed(self, what: str, done: int, total: int) -> None:
        self._doing = (what, done, total)
        self._refresh()

    def _on_changed(self) -> None:
        config, labels = self.desk.config, self.desk.line.labels.now
        if config is not None:
            self.tone.use(config.window.tone, config.window.volume)
            self.opacity.setValue(round(100 * config.window.heat_opacity))
            self.gauges.setVisible(config.camera is not None)
        if labels.operator != self.desk.operator:
            self.desk.line.labels.set(replace(labels, operator=self.desk.operator))
        if labels.lot != self.count.lot or self.desk.line.state is State.STARTING:
            self.count.begin(labels.lot)
            self._ask_count()
        self._refresh()

    def _on_look(self, look: Look) -> None:
        self._camera_shown = look
        config = self.desk.config
        if config is None or not self.isVisible():
            return
        self.gauges.show_sight(look.sight, look.fps, config.trigger.least_focus)
        if self.recent.live:
            self._show_camera(look)

    def _show_camera(self, look: Look) -> None:
        """The camera's picture, with what is known of the part in it as long as it lies there."""
        newest = self.recent.newest
        image = to_image(look.grabbed.image_rgb)
        there = (
            newest is not None
            and newest.scene is not None
            and newest.image is not None
            and newest.image.size() == image.size()
            and shows_the_same(newest.scene, small_grey(look.grabbed.image_rgb))
        )
        if there and newest is not None:
            self._part_there_s = time.monotonic()
            self.picture.show_part(image, newest.heat, newest.marks, newest.record.decision)
        else:
            self.picture.show_part(image, None, self._bare_marks(), None)

    def _fade_verdict(self) -> None:
        """A verdict does not stand over another part than its own."""
        if self._camera_shown is None or self.recent.newest is None or not self.recent.live:
            return
        gone = time.monotonic() - self._part_there_s > LINGER_S
        if gone and self.desk.line.state is State.RUNNING and self.banner.decision is not None:
            self._show_waiting()
        elif not gone and self.banner.decision is None:
            self._refresh()

    def _bare_marks(self) -> Marks:
        newest = self.recent.newest
        return Marks(px_per_mm=None if newest is None else newest.marks.px_per_mm)

    # What is shown -----------------------------------------------------------------------------

    def _refresh(self) -> None:
        self.counters.show_counts(self.count)
        self.strip.show_items(self.recent)
        self.lot_bar.show_labels()
        current, live = self.recent.current, self.recent.live
        state = self.desk.line.state
        if live and state is State.FAILED and self.desk.line.is_locked:
            self.banner.show_message(tr("LOCKED"), locked_words(), Decision.ERROR)
        elif live and state is State.FAILED:
            self.banner.show_message(tr("STOPPED"), tr(self.desk.line.failure), Decision.ERROR)
        elif current is not None:
            name = current.record.source
            note = "" if live else tr("Looking back: {name} (L: live)", name=name)
            self.banner.show_record(current.record, note)
        else:
            self._show_waiting()
        if current is None:
            if self._camera_shown is None:
                self.picture.show_words(source_words(self.desk.config))
        elif current.image is None:
            self.picture.show_words(
                tr("There is no picture of {name}.", name=current.record.source)
            )
        elif not live or self._camera_shown is None:
            self.picture.show_part(
                current.image, current.heat, current.marks, current.record.decision
            )
        self._show_heat()

    def _show_waiting(self) -> None:
        self.banner.show_message(*waiting_words(self.desk, self._doing))

    def _show_heat(self) -> None:
        self.picture.marks_shown = self.heat_shown
        self.picture.set_opacity(self.opacity.value() / 100 if self.heat_shown else 0.0)

    def _ask_count(self) -> None:
        """What the database has of the lot: from before this window, and from other stations."""
        lot = self.count.lot
        if lot is None:
            self._again.stop()
            return
        asked_at = self.count.mark()

        def question(store: Store) -> tuple[Account, int]:
            return store.account(lot), asked_at

        self.desk.ask_store(question, self._on_account, self._on_no_account)

    def _on_account(self, answer: tuple[Account, int]) -> None:
        if self.count.take(*answer):
            self._again.stop()
            self.counters.show_counts(self.count)
        else:
            self._again.start()

    def _on_no_account(self, _why: str) -> None:
        """Before the first part there may be no database: the counters begin at zero."""

    # Layout ------------------------------------------------------------------------------------

    @override
    def resizeEvent(self, a0: QResizeEvent | None) -> None:
        """Qt's own name."""
        super().resizeEvent(a0)
        window = self.window()
        if window is not None:
            self.strip.set_scale(scale_for(window.width(), window.height()))

    def _build(self) -> None:
        self.opacity = QSlider(Qt.Orientation.Horizontal)
        self.opacity.setRange(0, 100)
        self.opacity.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.opacity.setMaximumWidth(220)
        self.opacity.valueChanged.connect(self._show_heat)
        heat = QLabel()
        say(heat.setText, "Heat (H)")
        say(self.opacity.setAccessibleName, "How plainly the heat is shown")
        below = QHBoxLayout()
        below.addWidget(self.gauges, 1)
        below.addWidget(heat)
        below.addWidget(self.opacity)
        left = _column(self.lot_bar, (self.picture, 1), below, self.strip)
        right = _column((self.banner, 1), self.counters)
        across = QHBoxLayout(self)
        across.setContentsMargins(0, 0, 0, 0)
        across.setSpacing(12)
        across.addLayout(left, 58)
        across.addLayout(right, 42)
        self.strip.chosen.connect(self.look_at)
        self.lot_bar.told.connect(self._on_labels)
        self.lot_bar.refused.connect(self.desk.tell)

    def _on_labels(self) -> None:
        self.picture.setFocus()
        self._on_changed()


def _column(*rows: QWidget | QHBoxLayout | tuple[QWidget, int]) -> QVBoxLayout:
    column = QVBoxLayout()
    column.setSpacing(8)
    for row in rows:
        if isinstance(row, tuple):
            column.addWidget(*row)
        elif isinstance(row, QHBoxLayout):
            column.addLayout(row)
        else:
            column.addWidget(row)
    return column
