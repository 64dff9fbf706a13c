"""A disc found in a picture: its outline, and how well the picture proves it."""

from __future__ import annotations

import math
from dataclasses import dataclass

from station.domain import Ellipse
from station.locate.polar import Rim


@dataclass(frozen=True, slots=True)
class Disc:
    """A disc found in a picture."""

    outline: Ellipse
    support: float
    """Share of the rim, 0 to 1, that proves itself, where there is background to compare with."""
    proven: float
    """Share of the whole rim, 0 to 1, that proves itself, less where it is a faint one."""
    unseen: float
    """Share of the rim, 0 to 1, outside the picture."""
    sharp: float
    """Its edge beside the strongest about it, 0 to 1: low for the end of a shadow."""

    @property
    def rank(self) -> float:
        """Of two fits to one picture the better has the higher: well proven, and round.

        The circle that half a rim and half a shadow make up is an oval one.
        """
        long, short = self.outline.axes_px
        return self.proven - 2.0 * (long - short) / (long + short)


def better(one: Disc | None, other: Disc | None) -> Disc | None:
    """The one of higher rank; the first of equals."""
    if one is None or other is None:
        return one or other
    return other if other.rank > one.rank else one


def outline_of(rim: Rim) -> Ellipse:
    """A rim as an ellipse."""
    return Ellipse(
        centre_px=(rim.x, rim.y),
        axes_px=(2.0 * (rim.radius + rim.oval), 2.0 * (rim.radius - rim.oval)),
        angle_deg=math.degrees(0.5 * math.atan2(rim.sin2, rim.cos2)) % 180.0,
    )


def rim_of(outline: Ellipse) -> Rim:
    """The way back."""
    long, short = outline.axes_px
    oval, turn = 0.25 * (long - short), 2.0 * math.radians(outline.angle_deg)
    return Rim(
        *outline.centre_px, 0.25 * (long + short), oval * math.cos(turn), oval * math.sin(turn)
    )


def scaled(outline: Ellipse, scale: float) -> Ellipse:
    """An outline in the pixels of a picture `scale` times as large; pixel centres are whole."""
    x, y = outline.centre_px
    return Ellipse(
        centre_px=((x + 0.5) * scale - 0.5, (y + 0.5) * scale - 0.5),
        axes_px=(outline.axes_px[0] * scale, outline.axes_px[1] * scale),
        angle_deg=outline.angle_deg,
    )
