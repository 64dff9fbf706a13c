"""The rim of a disc in a picture: a robust fit in polar form, and the proof that it is one.

Each angle votes with its outermost sharp edge; a soft shadow has none. The rim is modelled as
r(t) = R + a cos t + b sin t + c cos 2t + d sin 2t, a shifted and slightly oval circle to first
order, fitted by iteratively reweighted least squares (Geman-McClure weights), so that pores at an
open border, chips, blobs and dust count as the outliers they are.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import cv2
import numpy as np
import numpy.typing as npt

from engines.prediction import ImageArray
from station.domain import Ellipse
from station.locate.polar import ANGLES, HARMONICS, Doubles, Rim, View, unrolled
from station.locate.rim_guess import SIZES, guess_circles, resized

WORK_PX = 512
"""Longer side of the picture on which the rim is fitted."""
COARSE = (0.30, 0.15, 0.08)
"""Windows of the first rounds: search range about the radius, as a share of it."""
FINE = (0.05, 0.04)
"""Windows of the last rounds, about the outermost ring."""
EDGE_MIN = 0.7
"""Grey levels per step: weaker edges are noise."""
RING_WINDOW = 0.25
"""Where rings are looked for, about the radius of the first rounds."""
RING_SHARE = 0.2
"""Of the strongest ring's mean edge: what counts as a ring. A soft shadow stays below."""
NEAR = 0.02
"""Of the radius: an edge so close to the rim is on it."""
BEYOND = (0.04, 0.20)
"""Of the radius, from the rim outwards: the background that a rim must stand out from."""
BEYOND_SEEN = 0.3
"""Share of that background that must be in the picture for an angle to be asked."""
ASKED_MIN = 0.15
"""Share of angles that can be asked, at least: a disc that fills the picture proves nothing."""
OUTSTANDING = 2.0
"""Times the strongest edge beyond it: what makes an edge on the rim a proof."""
SHARP = 0.35
"""Of the usual strongest edge about the rim: a rim's own edge that is not called faint."""
SUPPORT_MIN = 0.5
"""Share of the seen angles that must prove the rim, or there is no disc."""
FAINT_MIN = 0.2
"""Share at which a small disc in a large picture is worth a closer look."""
SMALL = 0.6
"""Diameter over the picture's shorter side: below, a large picture is looked at closer."""
ZOOM = 0.65
"""Half side of that closer look, over the disc's diameter."""
SUPPORT_SURE = 0.95
"""At this share no further guess is tried."""
OVAL_MAX = 0.12
"""Half the difference of the axes over their mean: more is not a disc seen from above."""
SCALE_MIN = 0.006
"""Of the radius: the weights' scale at the end of a fit."""
ROUNDS = 8
"""Of reweighting within one window."""


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

    @property
    def rank(self) -> float:
        """Of two fits to one picture the better has the higher: well proven, and round.

        The circle that half a rim and half a shadow make up is an oval one.
        """
        long, short = self.outline.axes_px
        return self.proven - 2.0 * (long - short) / (long + short)


def find_disc(image_rgb: ImageArray) -> Disc | None:
    """The disc whose rim has the most support; None where nothing in the picture is a disc.

    image_rgb: uint8 (H, W, 3). Expects one disc with a radius of 15 to 75 % of the shorter side.
    """
    scale = min(1.0, WORK_PX / max(image_rgb.shape[:2]))
    work = resized(image_rgb, scale)
    best: Disc | None = None
    for x, y, radius in guess_circles(work):
        best = _better(best, _fit(work, Rim(x, y, radius)))
        if best is not None and best.support >= SUPPORT_SURE:
            break
    if best is None or best.support < FAINT_MIN:
        return None
    found = replace(best, outline=_scaled(best.outline, 1.0 / scale))
    if scale < 1.0 and max(best.outline.axes_px) < SMALL * min(work.shape[:2]):
        found = _closer(image_rgb, found)
    return found if found.support >= SUPPORT_MIN else None


def _closer(image_rgb: ImageArray, found: Disc) -> Disc:
    """A disc that is small in a large picture, fitted again at the sharpness that is there."""
    centre, reach = found.outline.centre_px, ZOOM * max(found.outline.axes_px)
    left, top = (max(0, math.floor(c - reach)) for c in centre)
    right, bottom = (math.ceil(c + reach) + 1 for c in centre)
    window = image_rgb[top:bottom, left:right]
    scale = min(1.0, WORK_PX / max(window.shape[:2]))
    x, y = ((c - o + 0.5) * scale - 0.5 for c, o in zip(centre, (left, top), strict=True))
    radius = 0.25 * sum(found.outline.axes_px) * scale
    disc = _fit(resized(window, scale), Rim(x, y, radius))
    if disc is None or disc.support < found.support:
        return found
    outline = _scaled(disc.outline, 1.0 / scale)
    moved = outline.centre_px[0] + left, outline.centre_px[1] + top
    return replace(disc, outline=replace(outline, centre_px=moved), unseen=found.unseen)


def _better(one: Disc | None, other: Disc | None) -> Disc | None:
    if one is None or other is None:
        return one or other
    return other if other.rank > one.rank else one


def _fit(work: ImageArray, guess: Rim) -> Disc | None:
    """Narrow a guess down to the rim; None where it runs away from anything like a disc."""
    best: Disc | None = None
    for setting in SETTINGS:
        best = _better(best, _fit_with(work, guess, setting))
        if best is not None and best.support >= SUPPORT_SURE:
            break
    return best


def _fit_with(work: ImageArray, guess: Rim, setting: _Setting) -> Disc | None:
    rim: Rim | None = guess
    for window in COARSE:
        rim = _tightened(work, rim, window, setting.coarse_share, setting.ridge)
    rim = _outermost_ring(work, rim)
    for window in FINE:
        rim = _tightened(work, rim, window, setting.fine_share, setting.ridge)
    if rim is None or not _is_sized(work, rim):
        return None
    support, proven, unseen = _proof(work, rim)
    if rim.oval > OVAL_MAX * rim.radius:
        return None
    outline = Ellipse(
        centre_px=(rim.x, rim.y),
        axes_px=(2.0 * (rim.radius + rim.oval), 2.0 * (rim.radius - rim.oval)),
        angle_deg=math.degrees(0.5 * math.atan2(rim.sin2, rim.cos2)) % 180.0,
    )
    return Disc(outline, support, proven, unseen)


def _is_sized(work: ImageArray, rim: Rim) -> bool:
    height, width = work.shape[:2]
    if not (0.0 <= rim.x < width and 0.0 <= rim.y < height):
        return False
    low, high = (share * min(height, width) for share in SIZES)
    return low <= rim.radius <= high and rim.oval <= 2.0 * OVAL_MAX * rim.radius


def _tightened(
    work: ImageArray, rim: Rim | None, window: float, share: float, ridge: float
) -> Rim | None:
    """One round: the outermost edge of each angle votes for a new rim."""
    if rim is None or not _is_sized(work, rim):
        return None
    view = unrolled(work, rim, window)
    edges = _outermost_edges(view, share)
    voting = np.isfinite(edges)
    if voting.sum() < ANGLES // 4:
        return None
    return _fit_harmonics(rim, edges[voting], voting, window, ridge)


def _outermost_edges(view: View, share: float) -> Doubles:
    """(ANGLES,) radius of the outermost sharp edge of each angle, between steps; nan: none."""
    strength, steps = view.strength, view.strength.shape[1]
    usual = float(np.median(strength.max(axis=1)))
    peak = np.zeros(strength.shape, dtype=bool)
    middle = strength[:, 1:-1]
    peak[:, 1:-1] = (middle >= strength[:, :-2]) & (middle > strength[:, 2:])
    peak &= strength >= max(EDGE_MIN, share * usual)
    last = steps - 1 - peak[:, ::-1].argmax(axis=1)
    row = np.arange(ANGLES)
    left, top, right = (strength[row, np.clip(last + k, 0, steps - 1)] for k in (-1, 0, 1))
    bend = np.maximum(2.0 * top - left - right, 1e-6)
    exact = last + np.clip(0.5 * (right - left) / bend, -0.5, 0.5)
    step = view.radii[:, 1] - view.radii[:, 0]
    return np.where(peak.any(axis=1), view.radii[:, 0] + exact * step, np.nan)


def _outermost_ring(work: ImageArray, rim: Rim | None) -> Rim | None:
    """Of concentric rings (loops of a rim, its inner edge), the outermost one.

    The first rounds find the centre from any of them. Averaged over all angles a ring stands out
    even where its contrast is faint.
    """
    if rim is None:
        return None
    view = unrolled(work, rim, RING_WINDOW)
    count = view.inside.sum(axis=0)
    cap = float(np.quantile(view.strength.max(axis=1), 0.75))
    profile = np.minimum(view.strength, cap).sum(axis=0) / np.maximum(count, 1)
    profile[count < ANGLES // 4] = 0.0
    peak = (profile[1:-1] >= profile[:-2]) & (profile[1:-1] > profile[2:])
    peak &= profile[1:-1] >= RING_SHARE * profile.max()
    places = np.flatnonzero(peak) + 1
    if not len(places):
        return None
    share = float(view.shares[places[-1]])
    return Rim(rim.x, rim.y, rim.radius * share, rim.cos2 * share, rim.sin2 * share)


def _proof(work: ImageArray, rim: Rim) -> tuple[float, float, float]:
    """Share of the asked angles, and of all, where the rim outdoes all beyond; share unseen.

    An angle is asked only where enough of the background beyond is in the picture.
    """
    view = unrolled(work, rim, BEYOND[1])
    step = float(view.shares[1] - view.shares[0])
    on_rim = np.abs(view.shares - 1.0) <= max(NEAR, step)
    beyond = view.shares >= 1.0 + BEYOND[0]
    here = view.strength[:, on_rim].max(axis=1)
    proven = here > np.maximum(EDGE_MIN, OUTSTANDING * view.strength[:, beyond].max(axis=1))
    asked = view.inside[:, beyond].mean(axis=1) >= BEYOND_SEEN
    seen = view.inside[:, view.inside.shape[1] // 2]
    share = float(proven[asked].mean()) if asked.sum() >= ASKED_MIN * ANGLES else 0.0
    # The end of a soft shadow has quiet background beyond it, too; but it is faint beside strands.
    usual = float(np.median(view.strength.max(axis=1)))
    sharp = min(1.0, float(np.median(here)) / max(EDGE_MIN, SHARP * usual))
    return share, float((proven & asked).mean()) * math.sqrt(sharp), 1.0 - float(seen.mean())


def _fit_harmonics(
    rim: Rim, edges: Doubles, voting: npt.NDArray[np.bool_], window: float, ridge: float
) -> Rim:
    """The rim that most of the voting angles' edges agree on."""
    columns = HARMONICS[voting]
    solution = np.array([rim.radius, 0.0, 0.0, rim.cos2, rim.sin2])
    round_off = np.diag([0.0, 0.0, 0.0, 1.0, 1.0]) * ridge * len(columns)
    scale = window * rim.radius
    for _ in range(ROUNDS):
        off = edges - columns @ solution
        weighted = columns / (1.0 + (off[:, None] / scale) ** 2) ** 2
        # OpenCV's: numpy's own takes ten times as long to begin with five unknowns.
        _, solved = cv2.solve(columns.T @ weighted + round_off, (weighted.T @ edges)[:, None])
        solution = np.asarray(solved, dtype=np.float64)[:, 0]
        scale = max(0.6 * scale, SCALE_MIN * rim.radius)
    radius, shift_x, shift_y, cos2, sin2 = (float(v) for v in solution)
    return Rim(rim.x + shift_x, rim.y + shift_y, radius, cos2, sin2)


def _scaled(outline: Ellipse, scale: float) -> Ellipse:
    """An outline in the pixels of a picture `scale` times as large; pixel centres are whole."""
    x, y = outline.centre_px
    return Ellipse(
        centre_px=((x + 0.5) * scale - 0.5, (y + 0.5) * scale - 0.5),
        axes_px=(outline.axes_px[0] * scale, outline.axes_px[1] * scale),
        angle_deg=outline.angle_deg,
    )
