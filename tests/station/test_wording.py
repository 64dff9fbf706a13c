"""Numbers are written with their unit, and never surer than they are."""

from __future__ import annotations

import pytest

from station.wording import heat, one_line, percent, position, shortened, size


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (None, "-"),
        (0.0, "0.0 %"),
        (0.0001, "< 0.1 %"),
        (0.983, "98.3 %"),
        (0.9994, "99.9 %"),
        (0.99996, "> 99.9 %"),
        (1.0, "100.0 %"),
    ],
)
def test_a_share_is_never_rounded_to_certainty(share: float | None, text: str) -> None:
    assert percent(share) == text


def test_places_carry_their_sign_and_unit() -> None:
    assert position(2.14, -0.83) == "x +2.1, y −0.8 mm"
    assert position(-0.04, 0.0) == "x 0.0, y 0.0 mm"
    assert position(None, 1.0) == "-"
    assert size(1.84) == "\u2248 1.8 mm"
    assert (heat(1.84), heat(None)) == ("heat \u2248 1.8 mm", "-")
    assert size(None) == "-"


def test_a_shortened_name_keeps_its_end() -> None:
    name = "camera-7_2026-03-04T05-06-07_lot-42_part-000123.png"
    short = shortened(name, 24)
    assert len(short) == 24 and short.endswith("000123.png") and short.startswith("camera")
    assert shortened("disc.png", 24) == "disc.png"


def test_line_breaks_and_control_characters_are_taken_out() -> None:
    assert one_line("a\n\tb\x07\x1b[31m  c") == "a b[31m c"
