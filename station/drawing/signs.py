"""How a decision looks: one colour, one shape and one symbol each, for pictures, window and report.

Shape and symbol say the same as the colour, so that nobody needs to tell red from green.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from station.domain import Decision

Point = tuple[float, float]
Colour = tuple[int, int, int]
"""Red, green, blue, 0-255."""


@dataclass(frozen=True, slots=True)
class Sign:
    """A drawable sign; all points in the unit square, x to the right, y down."""

    colour_rgb: Colour
    """Of the plate, and of the word on a dark ground."""
    ink_rgb: Colour
    """Of the symbol, and of text on the plate's colour."""
    plate: tuple[Point, ...]
    """Filled polygon."""
    strokes: tuple[tuple[Point, ...], ...]
    """The symbol: lines with round ends, `STROKE` wide."""

    @property
    def colour_hex(self) -> str:
        """The colour as in CSS."""
        return "#{:02x}{:02x}{:02x}".format(*self.colour_rgb)

    @property
    def ink_hex(self) -> str:
        """The ink as in CSS."""
        return "#{:02x}{:02x}{:02x}".format(*self.ink_rgb)


STROKE = 0.11
"""Width of a symbol's lines, as a share of the sign's side."""
WHITE: Colour = (255, 255, 255)
NEAR_BLACK: Colour = (20, 18, 14)


def _regular(corners: int, turn_deg: float, radius: float = 0.5) -> tuple[Point, ...]:
    angles = [math.radians(turn_deg + 360.0 * i / corners) for i in range(corners)]
    return tuple((0.5 + radius * math.cos(a), 0.5 + radius * math.sin(a)) for a in angles)


def _question() -> tuple[tuple[Point, ...], ...]:
    hook = tuple(
        (0.5 + 0.125 * math.cos(math.radians(a)), 0.375 + 0.125 * math.sin(math.radians(a)))
        for a in range(180, 421, 20)
    )
    return ((*hook, (0.5, 0.56), (0.5, 0.60)), ((0.5, 0.765), (0.5, 0.765)))


SIGNS: dict[Decision, Sign] = {
    Decision.PASS: Sign(
        (18, 126, 66), WHITE, _regular(48, 0.0), (((0.29, 0.52), (0.44, 0.67), (0.72, 0.36)),)
    ),
    Decision.REVIEW: Sign((240, 160, 16), NEAR_BLACK, _regular(4, 0.0, 0.52), _question()),
    Decision.REJECT: Sign(
        (222, 50, 50),
        WHITE,
        _regular(8, 22.5, 0.52),
        (((0.33, 0.33), (0.67, 0.67)), ((0.67, 0.33), (0.33, 0.67))),
    ),
    Decision.ERROR: Sign(
        (102, 110, 118),
        WHITE,
        ((0.04, 0.04), (0.96, 0.04), (0.96, 0.96), (0.04, 0.96)),
        (((0.5, 0.24), (0.5, 0.57)), ((0.5, 0.765), (0.5, 0.765))),
    ),
}
