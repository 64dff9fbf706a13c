"""Zooming keeps what is under the cursor; panning stops at the picture's edge."""

from __future__ import annotations

import pytest

from ui.framing import MOST, Framing
from ui.scale_bar import bar_length_mm, length_text


def test_a_picture_fits_whole_and_in_the_middle() -> None:
    framing = Framing((400.0, 200.0), (1000.0, 1000.0))
    assert framing.scale == pytest.approx(0.2)
    assert framing.corner == pytest.approx((100.0, 0.0))
    assert framing.on_view((500.0, 500.0)) == pytest.approx((200.0, 100.0))


@pytest.mark.parametrize("about", [(200.0, 100.0), (130.0, 40.0), (290.0, 190.0)])
def test_what_is_under_the_cursor_stays_there(about: tuple[float, float]) -> None:
    framing = Framing((400.0, 200.0), (1000.0, 1000.0)).zoomed(8.0, (200.0, 100.0))
    before = framing.on_picture(about)
    assert framing.zoomed(2.5, about).on_picture(about) == pytest.approx(before)


def test_zooming_out_ends_at_the_whole_picture_which_then_follows_the_widget() -> None:
    framing = Framing((400.0, 200.0), (1000.0, 1000.0)).zoomed(3.0, (0.0, 0.0))
    for _ in range(10):
        framing = framing.zoomed(0.8, (0.0, 0.0))
    assert framing.chosen is None
    assert framing.within((800.0, 800.0)).scale == pytest.approx(0.8)


def test_a_small_picture_can_be_seen_pixel_on_pixel() -> None:
    middle = (400.0, 400.0)
    framing = Framing((800.0, 800.0), (100.0, 100.0)).zoomed(2.0, middle).zoomed(0.25, middle)
    assert framing.chosen is None  # it stops at the whole picture on the way
    assert framing.zoomed(0.25, middle).scale == pytest.approx(2.0)
    assert framing.zoomed(0.01, middle).scale == 1.0


def test_zooming_in_has_an_end() -> None:
    framing = Framing((400.0, 200.0), (1000.0, 1000.0))
    assert framing.zoomed(1e9, (0.0, 0.0)).scale == MOST
    tiny = Framing((400.0, 400.0), (2.0, 2.0))
    assert tiny.zoomed(3.0, (0.0, 0.0)).scale == tiny.fit > MOST


def test_panning_stops_where_the_picture_ends() -> None:
    framing = Framing((400.0, 200.0), (1000.0, 1000.0)).zoomed(5.0, (200.0, 100.0))
    far = framing.moved(10_000.0, -10_000.0)
    assert far.on_picture((0.0, 0.0))[0] == pytest.approx(0.0)
    assert far.on_picture((400.0, 200.0))[1] == pytest.approx(1000.0)
    # Higher than wide: while it is narrower than the widget it stays in the middle.
    narrow = Framing((400.0, 200.0), (100.0, 1000.0)).zoomed(5.0, (0.0, 0.0)).moved(50.0, 0.0)
    assert narrow.on_view((50.0, 0.0))[0] == pytest.approx(200.0)


@pytest.mark.parametrize(
    ("most_mm", "length_mm", "text"),
    [(7.3, 5.0, "5 mm"), (2.0, 2.0, "2 mm"), (1.99, 1.0, "1 mm"), (0.37, 0.2, "0.2 mm"),
     (120.0, 100.0, "100 mm"), (0.012, 0.01, "0.01 mm")],
)  # fmt: skip
def test_the_bar_is_a_round_length(most_mm: float, length_mm: float, text: str) -> None:
    assert bar_length_mm(most_mm) == pytest.approx(length_mm)
    assert length_text(bar_length_mm(most_mm)) == text
