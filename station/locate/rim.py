"""The disc in a picture: guesses, a robust fit of the rim to each, and the proof that it is one."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from engines.prediction import ImageArray
from station.locate.disc import Disc, better, outline_of, rim_of, scaled
from station.locate.outer_ring import outer_rims
from station.locate.polar import Rim
from station.locate.pyramid import Pyramid, resized, work_scale
from station.locate.rim_fit import OVAL_MAX, is_sized, outermost_ring, tightened
from station.locate.rim_guess import guess_circles
from station.locate.rim_proof import proof_of

OUTER = 0.08
"""Window of the first round about a ring beyond the one that was found."""
SHARP_MIN = 0.9
"""Of a rim about another one: below, it is the end of a shadow."""
LARGER = 1.05
"""Times the diameter that was found: less is the same rim."""
COARSE = (0.30, 0.15, 0.08)
"""Windows of the first rounds: search range about the radius, as a share of it."""
FINE = (0.05, 0.04)
"""Windows of the last rounds, about the outermost ring."""
SUPPORT_MIN = 0.5
"""Share of the seen angles that must prove the rim, or there is no disc."""
FAINT_MIN = 0.2
"""Share at which a small disc in a large picture is worth a closer look."""
SMALL = 0.6
"""Diameter over the picture's shorter side: below, a large picture is looked at closer."""
ZOOM = 0.65
"""Half side of that closer look, over the disc's diameter."""
CLOSER_PX = 640
"""Longer side of that look at most that is taken as it is: shrinking it costs more than fitting."""
SUPPORT_SURE = 0.95
"""At this share no further guess is tried."""


@dataclass(frozen=True, slots=True)
class _Setting:
    """How a fit is made."""

    coarse_share: float
    """Of the usual strongest edge within a coarse window: what counts as an edge."""
    fine_share: float
    """The same within a fine window."""
    ridge: float = 0.002
    """Keeps an open arc from being read as an oval."""


SETTINGS = (
    _Setting(0.45, 0.5),
    _Setting(0.15, 0.2),  # where a rim is faint on one side
    _Setting(0.45, 0.5, ridge=10.0),  # a plain circle: a large piece is missing or bent
)
"""The first is for most; the others are tried where it proves too little."""


def find_disc(image_rgb: ImageArray) -> Disc | None:
    """The disc whose rim has the most support; None where nothing in the picture is a disc.

    image_rgb: uint8 (H, W, 3). Expects one disc with a radius of 15 to 75 % of the shorter side.
    """
    return disc_in(Pyramid(image_rgb))


def disc_in(picture: Pyramid) -> Disc | None:
    """The same for a picture that is looked at again; the outline is in pixels of the whole."""
    scale, work = picture.scale, picture.work
    best: Disc | None = None
    for x, y, radius in guess_circles(picture):
        best = better(best, _fit(work, Rim(x, y, radius)))
        if best is not None and best.support >= SUPPORT_SURE:
            break
    if best is None or best.support < FAINT_MIN:
        return None
    if best.support >= SUPPORT_MIN:
        best = _outermost(work, best)
    found = replace(best, outline=scaled(best.outline, 1.0 / scale))
    if scale < 1.0 and max(best.outline.axes_px) < SMALL * min(work.shape[:2]):
        found = _closer(picture.image_rgb, found)
    return found if found.support >= SUPPORT_MIN else None


def fit_about(work: ImageArray, x: float, y: float, radius: float) -> Disc | None:
    """The best fit that starts from a circle, its own hub or groove left behind; None: none.

    work: uint8 (H, W, 3), as `Pyramid.work`.
    """
    disc = _fit(work, Rim(x, y, radius))
    return disc if disc is None or disc.support < SUPPORT_MIN else _outermost(work, disc)


def _closer(image_rgb: ImageArray, found: Disc) -> Disc:
    """A disc that is small in a large picture, fitted again at the sharpness that is there."""
    centre, reach = found.outline.centre_px, ZOOM * max(found.outline.axes_px)
    left, top = (max(0, math.floor(c - reach)) for c in centre)
    right, bottom = (math.ceil(c + reach) + 1 for c in centre)
    window = image_rgb[top:bottom, left:right]
    size = max(window.shape[:2])
    scale = 1.0 if size <= CLOSER_PX else work_scale(size)
    x, y = ((c - o + 0.5) * scale - 0.5 for c, o in zip(centre, (left, top), strict=True))
    radius = 0.25 * sum(found.outline.axes_px) * scale
    disc = _fit(resized(window, scale), Rim(x, y, radius))
    if disc is None or disc.support < found.support:
        return found
    outline = scaled(disc.outline, 1.0 / scale)
    moved = outline.centre_px[0] + left, outline.centre_px[1] + top
    return replace(disc, outline=replace(outline, centre_px=moved), unseen=found.unseen)


def _fit(work: ImageArray, guess: Rim) -> Disc | None:
    """Narrow a guess down to the rim; None where it runs away from anything like a disc."""
    best: Disc | None = None
    for setting in SETTINGS:
        best = better(best, _fit_with(work, guess, setting))
        if best is not None and best.support >= SUPPORT_SURE:
            break
    return best


def _fit_with(work: ImageArray, guess: Rim, setting: _Setting) -> Disc | None:
    rim: Rim | None = guess
    for window in COARSE:
        rim = tightened(work, rim, window, setting.coarse_share, setting.ridge)
    return _finished(work, outermost_ring(work, rim), setting)


def _finished(work: ImageArray, rim: Rim | None, setting: _Setting) -> Disc | None:
    """The last rounds, and the proof."""
    for window in FINE:
        rim = tightened(work, rim, window, setting.fine_share, setting.ridge)
    if rim is None or not is_sized(work, rim) or rim.oval > OVAL_MAX * rim.radius:
        return None
    return Disc(outline_of(rim), *proof_of(work, rim))


def _outermost(work: ImageArray, found: Disc) -> Disc:
    """The largest proven disc about the same centre: a hub or a groove is part of its own."""
    for wider in outer_rims(work, rim_of(found.outline)):
        for setting in SETTINGS[:2]:
            rim = tightened(work, wider, OUTER, setting.coarse_share, setting.ridge)
            disc = _finished(work, rim, setting)
            if disc is None or disc.support < SUPPORT_MIN or disc.sharp < SHARP_MIN:
                continue
            if sum(disc.outline.axes_px) > LARGER * sum(found.outline.axes_px):
                return _outermost(work, disc)
    return found
