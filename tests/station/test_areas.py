"""What is drawn on a picture is painted over where it was drawn, whatever lies how."""

from __future__ import annotations

import pytest
from builders import lattice_disc

from engines.bundle import InputSpec
from station.areas import STEP_MM, box_in_mm, box_in_px, place_of, share_hidden

SPEC = InputSpec(128, 128, 3, "disc", 0.05, 12.0)


def test_a_disc_and_its_scale_are_found() -> None:
    place = place_of(lattice_disc(centre_px=(250.0, 262.0), px_per_mm=36.0), SPEC, None)
    assert place is not None
    assert place.outline.centre_px == pytest.approx((250.0, 262.0), abs=1.0)
    assert place.px_per_mm == pytest.approx(36.0, rel=0.01)


def test_millimetres_come_back_as_the_pixels_that_were_drawn() -> None:
    place = place_of(lattice_disc(), SPEC, None)
    assert place is not None
    drawn = (200, 300, 90, 40)
    in_mm = box_in_mm(drawn, place)
    back = box_in_px(in_mm, place)
    most = STEP_MM * place.px_per_mm + 1.0
    assert all(abs(one - other) <= most for one, other in zip(back, drawn, strict=True))
    assert all(value == pytest.approx(round(value / STEP_MM) * STEP_MM) for value in in_mm)


def test_an_area_as_small_as_a_pixel_stays_an_area() -> None:
    place = place_of(lattice_disc(), SPEC, None)
    assert place is not None
    assert min(box_in_mm((250, 260, 1, 1), place)[2:]) == STEP_MM


def test_the_hidden_share_adds_up_over_both_kinds_of_areas() -> None:
    place = place_of(lattice_disc(), SPEC, None)
    assert place is not None
    assert share_hidden((), (), place) == 0.0
    half = share_hidden(((-6.0, -6.0, 6.0, 12.0),), (), place)
    assert half == pytest.approx(0.5, abs=0.01)
    right = (round(place.outline.centre_px[0]), 0, 400, 600)
    assert share_hidden(((-6.0, -6.0, 6.0, 12.0),), (right,), place) == pytest.approx(1.0, abs=0.01)


def test_without_a_disc_or_a_diameter_there_are_no_millimetres() -> None:
    import numpy as np

    assert place_of(np.full((200, 200, 3), 90, np.uint8), SPEC, None) is None
    plain = InputSpec(128, 128, 3, "frame", 0.0, None)
    assert place_of(lattice_disc(), plain, None) is None
    assert share_hidden((), ((0, 0, 9, 9),), None) is None
