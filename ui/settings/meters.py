"""How sharp and how bright the picture is, as bars that can be read while a hand turns the lens."""

from __future__ import annotations

from PyQt6.QtWidgets import QHBoxLayout, QLabel, QWidget

from station.looks import Sight
from ui.language import tr
from ui.level import Level, show_focus, show_light
from ui.wording import number, percent


class Meters(QWidget):
    """Focus and exposure, side by side."""

    def __init__(self) -> None:
        super().__init__()
        self.focus, self.light = Level(keeps_best=True), Level(keeps_best=True)
        self.focus_text, self.light_text = QLabel(), QLabel()
        self._sight: Sight | None = None
        self._least: float | None = None
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        for text, meter in ((self.focus_text, self.focus), (self.light_text, self.light)):
            row.addWidget(text)
            row.addWidget(meter, 1)
        self.retranslate()

    def show_sight(self, sight: Sight | None, least_focus: float | None) -> None:
        """None: there is no picture."""
        self._sight, self._least = sight, least_focus
        show_focus(self.focus, sight, least_focus)
        show_light(self.light, sight)
        self.retranslate()

    def retranslate(self) -> None:
        """The language changed, or the values did."""
        sight = self._sight
        self.focus_text.setText(
            tr("Focus {value}", value=number(None if sight is None else sight.focus, 2))
        )
        self.light_text.setText(
            tr(
                "Brightness {value}, fully white {share}",
                value=percent(None if sight is None else sight.brightness, 0),
                share=percent(None if sight is None else sight.clipped, 1),
            )
        )
        for label in (self.focus_text, self.light_text):
            label.setMinimumWidth(max(label.minimumWidth(), label.sizeHint().width()))
