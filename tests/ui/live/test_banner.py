"""The banner is read from afar: its colour, its sign, and every word inside its frame."""

from __future__ import annotations

import numpy as np
import pytest
from benches import pixels
from builders import a_record
from pytestqt.qtbot import QtBot

from station.domain import Decision
from station.drawing.signs import SIGNS
from ui.live.banner import Banner


def painted(qtbot: QtBot, banner: Banner, width: int = 400, height: int = 420) -> np.ndarray:
    qtbot.addWidget(banner)
    banner.resize(width, height)
    return pixels(banner.grab().toImage())


@pytest.mark.parametrize("decision", list(Decision))
def test_a_decision_fills_the_banner_with_its_colour(qtbot: QtBot, decision: Decision) -> None:
    banner = Banner()
    banner.show_record(a_record(decision=decision))
    image = painted(qtbot, banner)
    colour = (image == SIGNS[decision].colour_rgb).all(axis=2)
    ink = (image == SIGNS[decision].ink_rgb).all(axis=2)
    assert colour.mean() > 0.6
    assert ink[:150].mean() > 0.02, "the sign"
    assert ink[150:].mean() > 0.02, "the words"


@pytest.mark.parametrize(("width", "height"), [(220, 200), (400, 420), (900, 300)])
def test_long_words_stay_inside(qtbot: QtBot, width: int, height: int) -> None:
    banner = Banner()
    reason = "The disc was not found because of one thing and another. " * 3
    banner.show_record(a_record(reason=reason, predicted_class="rolled-in scale"), "Looking back")
    image = painted(qtbot, banner, width, height)
    ground = np.array(SIGNS[Decision.REJECT].colour_rgb)
    for edge in (image[-8:], image[40:, :8], image[40:, -8:]):
        assert (edge == ground).all()


def test_a_message_before_the_first_part_claims_no_decision(qtbot: QtBot) -> None:
    banner = Banner()
    banner.show_message("Waiting", "For the first part.")
    image = painted(qtbot, banner)
    assert banner.decision is None
    for sign in SIGNS.values():
        assert not (image == sign.colour_rgb).all(axis=2).any()
