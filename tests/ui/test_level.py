"""One bar for focus and light wherever they are shown: how far, whether well, at least, at best."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from benches import pixels
from PyQt6.QtGui import QColor
from pytestqt.qtbot import QtBot

from station.looks import Sight
from ui.level import FOCUS_FULL, Level, show_focus, show_light
from ui.live.gauges import Gauges
from ui.settings.meters import Meters
from ui.theme import theme_of

SHARP = Sight(focus=0.45, brightness=0.34, clipped=0.0)


def drawn(qtbot: QtBot, level: Level) -> dict[str, float]:
    """Share of the middle row in each colour of the theme, of a bar 200 px wide."""
    qtbot.addWidget(level)
    level.setFixedSize(200, 20)
    row = pixels(level.grab().toImage())[10]
    theme = theme_of(level)

    def share(colour: QColor) -> float:
        wanted = (colour.red(), colour.green(), colour.blue())
        return float((row == np.array(wanted)).all(axis=1).mean())

    return {name: share(theme.colour(name)) for name in ("accent", "alarm", "text", "quiet")}


def test_it_is_filled_as_far_as_the_level_goes_and_marked_where_it_should_be(qtbot: QtBot) -> None:
    level = Level()
    show_focus(level, SHARP, 0.3)
    shown = drawn(qtbot, level)
    assert shown["accent"] == pytest.approx(0.45 / FOCUS_FULL, abs=0.03)
    assert shown["alarm"] == 0.0 and shown["text"] == pytest.approx(2 / 200, abs=0.006)
    show_focus(level, replace(SHARP, focus=0.2), 0.3)
    shown = drawn(qtbot, level)
    assert shown["alarm"] == pytest.approx(0.2 / FOCUS_FULL, abs=0.03) and shown["accent"] == 0.0


def test_only_a_bar_that_keeps_its_best_marks_it_until_it_forgets(qtbot: QtBot) -> None:
    plain, kept = Level(), Level(keeps_best=True)
    for level in (plain, kept):
        for focus in (0.5, 0.1):
            show_focus(level, replace(SHARP, focus=focus), None)
    assert drawn(qtbot, plain)["quiet"] == 0.0
    assert drawn(qtbot, kept)["quiet"] == pytest.approx(2 / 200, abs=0.006)
    kept.forget()
    kept.update()
    assert drawn(qtbot, kept)["quiet"] == 0.0


def test_light_is_well_until_it_is_burnt_out_and_no_picture_is_no_level() -> None:
    level = Level()
    show_light(level, SHARP)
    assert (level.share, level.is_well) == (0.34, True)
    show_light(level, replace(SHARP, clipped=0.9))
    assert not level.is_well
    show_light(level, None)
    assert (level.share, level.is_well) == (0.0, True)


def test_live_and_settings_show_the_same_bar(qtbot: QtBot) -> None:
    gauges, meters = Gauges(), Meters()
    qtbot.addWidget(gauges)
    qtbot.addWidget(meters)
    gauges.show_sight(SHARP, 20.0, 0.3)
    meters.show_sight(SHARP, 0.3)
    for one, other in ((gauges.focus, meters.focus), (gauges.light, meters.light)):
        assert (one.share, one.is_well, one.least) == (other.share, other.is_well, other.least)
        assert one.sizeHint() == other.sizeHint()
