"""Section Trigger: what says that a part is there, and a light that shows what it sees."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial

from PyQt6.QtCore import QRectF, Qt
from PyQt6.QtGui import QColor, QPainter, QPen
from PyQt6.QtWidgets import QLabel, QPushButton
from typing_extensions import override

from engines.prediction import ImageArray
from station.errors import ConfigError
from station.looks import Look
from station.settings_fields import fields_of
from station.trigger.settings import TriggerSettings
from station.trigger.sighting import Sighting, Sightings
from ui.language import mark, say, tr
from ui.settings.draft import Draft
from ui.settings.eye import image_of
from ui.settings.section import Section
from ui.theme import theme_of
from ui.wording import number, percent
from ui.zoom import ZoomPicture

MACHINE = (
    "trigger.listen_port", "trigger.listen_host", "trigger.stdin", "trigger.gpio_chip",
    "trigger.gpio_line",
)  # fmt: skip
OF_MODE = {
    "automatic": ("trigger.still_s", "trigger.patience_s", "trigger.best_of", "trigger.views",
                  "trigger.least_share", "trigger.least_focus"),
    "manual": ("trigger.debounce_s", "trigger.best_of", "trigger.views", *MACHINE),
    "interval": ("trigger.interval_s", "trigger.views"),
    "external": ("trigger.best_of", "trigger.views", *MACHINE),
}  # fmt: skip
KEYS = tuple(fields_of("trigger"))
PHASES = {
    "unknown": mark("Learning what the bench looks like: take the part away."),
    "empty": mark("The bench is empty."),
    "arriving": mark("Something is there: waits until it lies still and sharp."),
    "taking": mark("Still and sharp: pictures are taken."),
    "taken": mark("Taken: waits until it is gone."),
}
LAMPS = {"unknown": "quiet", "empty": "quiet", "arriving": "alarm", "taking": "accent",
         "taken": "good"}  # fmt: skip
BLIND = mark("Too dark or too bright: nothing can be seen.")


@dataclass(frozen=True, slots=True, eq=False)
class _Seen:
    image_rgb: ImageArray
    sighting: Sighting


class SeenPicture(ZoomPicture):
    """The picture, with a frame about what differs from the empty bench, and a lamp."""

    def __init__(self) -> None:
        super().__init__()
        self.sighting: Sighting | None = None

    @override
    def paint_above(self, painter: QPainter) -> None:
        if self.sighting is None:
            return
        theme, sighting = theme_of(self), self.sighting
        colour = theme.colour("bad" if sighting.is_blind else LAMPS[sighting.phase])
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if sighting.box_px is not None:
            x, y, width, height = sighting.box_px
            rect = QRectF(self.place_of(x, y), self.place_of(x + width, y + height))
            for pen in (QPen(QColor(0, 0, 0, 160), 5), QPen(colour, 3)):
                painter.setPen(pen)
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawRect(rect)
        painter.setPen(QPen(theme.colour("text"), 2))
        painter.setBrush(colour)
        painter.drawEllipse(QRectF(14, 14, 34, 34))


class TriggerSection(Section):
    """The light tries what is not saved yet; nothing is inspected by it."""

    def __init__(self, draft: Draft) -> None:
        super().__init__(draft)
        self.eye, self.picture = draft.eye, SeenPicture()
        self.test, self.phase, self.counts = QPushButton(), QLabel(), QLabel()
        self._sightings: Sightings | None = None
        self._settings: TriggerSettings | None = None
        self._busy = False
        self._last: Sighting | None = None
        self._build()
        self.eye.looked.connect(self._on_look)
        self.eye.failed.connect(self._on_camera_failed)
        draft.changed.connect(self._follow)

    @override
    def entered(self) -> None:
        self._follow()

    @override
    def left(self) -> None:
        self.eye.release(self)
        self.test.setChecked(False)

    @override
    def retranslate(self) -> None:
        super().retranslate()
        self._say()

    def _build(self) -> None:
        self.add_title(mark("Trigger"), mark(
            "How the station knows that a part is there. The test light shows what the automatic "
            "trigger sees with these numbers; nothing is inspected by it."
        ))  # fmt: skip
        self.test.setCheckable(True)
        say(self.test.setText, "Test light on or off")
        self.phase.setObjectName("number")
        for label in (self.phase, self.counts):
            label.setWordWrap(True)
        self.picture.setMinimumHeight(220)
        self.split(self.picture, self.phase, self.counts, self.test)
        self.add_rows(KEYS)
        self.end()
        self.test.toggled.connect(self._switch)
        self._switch(False)
        self._follow()

    def _follow(self) -> None:
        """Only what means something in this mode is asked for."""
        mode = str(self.draft.value("trigger.mode"))
        for key, row in self.rows.items():
            wrong = bool(self.draft.error(key)) or key in self.draft.keys
            row.setVisible(key == "trigger.mode" or key in OF_MODE.get(mode, KEYS) or wrong)
        values = {key.partition(".")[2]: self.draft.value(key) for key in KEYS}
        try:
            settings = replace(TriggerSettings(), **values)  # type: ignore[arg-type]
        except ConfigError:
            return  # said beside its field
        if settings != self._settings:
            self._settings, self._sightings = settings, Sightings(settings)

    def _switch(self, is_on: bool) -> None:
        config = self.desk.config
        self._last = None
        self.picture.sighting = None
        if not is_on or config is None:
            self.eye.release(self)
            self.picture.show_image(None, tr("The test light is off."))
            self._say()
            return
        if config.camera is None:
            text = tr("Pictures come from a folder: every file is a part, no trigger is needed.")
            self.picture.show_image(None, tr(text))
            self._say()
            return
        self._sightings = None if self._settings is None else Sightings(self._settings)
        self.picture.show_image(None, tr("Opening the camera…"))
        self.eye.start(self, config.camera, config.capture)
        self._say()

    def _on_look(self, look: Look) -> None:
        if self._busy or self._sightings is None or self.eye.owner is not self:
            return
        self._busy = True
        self.desk.ask(partial(_see, self._sightings, look), self._show, self._not_seen)

    def _show(self, seen: _Seen) -> None:
        self._busy = False
        if not self.test.isChecked():
            return
        self._last = self.picture.sighting = seen.sighting
        self.picture.show_image(image_of(seen.image_rgb))
        self._say()

    def _not_seen(self, text: str) -> None:
        self._busy = False
        self._on_failed(text)

    def _on_camera_failed(self, text: str) -> None:
        if self.eye.owner is self:
            self._on_failed(text)

    def _on_failed(self, text: str) -> None:
        self.picture.sighting = self._last = None
        self.picture.show_image(None, text)
        self._say()

    def _say(self) -> None:
        sighting = self._last
        if sighting is None:
            self.phase.setText("")
            self.counts.setText("")
            return
        self.phase.setText(tr(BLIND if sighting.is_blind else PHASES[sighting.phase]))
        if sighting.reaches_in:
            self.phase.setText(tr("A hand, or something else, reaches into the picture."))
        self.counts.setText(
            tr(
                "Differs from the empty bench: {share} · still for {rested} s · focus {focus} · "
                "taken {taken}, of these in doubt {doubt}",
                share=percent(sighting.share, 2), rested=number(sighting.rested_s, 1),
                focus=number(sighting.focus, 2), taken=number(sighting.taken),
                doubt=number(sighting.in_doubt),
            )
        )  # fmt: skip


def _see(sightings: Sightings, look: Look) -> _Seen:
    return _Seen(look.grabbed.image_rgb, sightings.see(look.grabbed))
