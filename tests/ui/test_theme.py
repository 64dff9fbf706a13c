"""Text can be read in both themes: contrast by WCAG 2.2, computed from the colours."""

from __future__ import annotations

import pytest

from station.domain import Decision
from station.drawing.signs import SIGNS
from ui.theme import DARK, LIGHT, Theme, scale_for

TEXT_LEAST = 4.5
LARGE_LEAST = 3.0
"""For large text, signs and borders."""


def luminance(colour: tuple[int, int, int]) -> float:
    """Relative luminance. Source: WCAG 2.2, definition of "relative luminance"."""
    parts = [v / 255 for v in colour]
    linear = [v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: tuple[int, int, int], other: tuple[int, int, int]) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def rgb(theme: Theme, name: str) -> tuple[int, int, int]:
    colour = theme.colour(name)
    return colour.red(), colour.green(), colour.blue()


def test_black_on_white_is_21_to_1() -> None:
    assert contrast((0, 0, 0), (255, 255, 255)) == pytest.approx(21.0)
    assert contrast((119, 119, 119), (255, 255, 255)) == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("theme", [DARK, LIGHT], ids=lambda theme: theme.name)
@pytest.mark.parametrize(
    ("ink", "ground"),
    [
        *((ink, ground) for ink in ("text", "quiet", "bad", "good") for ground in
          ("ground", "raised")),
        ("accent_ink", "accent"), ("alarm_ink", "alarm"),
    ],
)  # fmt: skip
def test_text_stands_out_from_its_ground(theme: Theme, ink: str, ground: str) -> None:
    assert contrast(rgb(theme, ink), rgb(theme, ground)) >= TEXT_LEAST


@pytest.mark.parametrize("theme", [DARK, LIGHT], ids=lambda theme: theme.name)
@pytest.mark.parametrize("ink", ["line", "accent"])
def test_borders_and_what_is_chosen_stand_out(theme: Theme, ink: str) -> None:
    for ground in ("ground", "raised"):
        assert contrast(rgb(theme, ink), rgb(theme, ground)) >= LARGE_LEAST


@pytest.mark.parametrize("decision", list(Decision))
def test_a_verdict_s_words_are_read_on_its_colour(decision: Decision) -> None:
    sign = SIGNS[decision]
    assert contrast(sign.ink_rgb, sign.colour_rgb) >= LARGE_LEAST, "the word and the sign are large"


@pytest.mark.parametrize("decision", list(Decision))
def test_a_verdict_s_reason_is_read_on_its_colour(decision: Decision) -> None:
    sign = SIGNS[decision]
    assert contrast(sign.ink_rgb, sign.colour_rgb) >= TEXT_LEAST


def test_everything_grows_with_the_window() -> None:
    sizes = ((1280, 720), (800, 600), (1920, 1080), (3840, 2160), (1280, 2160))
    assert [scale_for(*size) for size in sizes] == [1.0, 1.0, 1.5, 3.0, 1.0]
