"""How round a disc is: its rim measured at full sharpness, angle by angle.

A tilted view of a round disc and a straight view of an oval one are the same picture: one view
cannot tell them apart, and both are in doubt.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from engines.prediction import ImageArray
from station.domain import Ellipse
from station.locate.calibration import Calibration
from station.locate.disc import rim_of
from station.locate.polar import ANGLES, HARMONICS, Doubles, Floats, Rim, View, unrolled
from station.locate.rim_fit import harmonics_of
from station.locate.rim_path import edges_near, followed, neighbours

WINDOW = 0.12
"""Of the radius, each way: where the rim is looked for."""
PEAK = 2
"""Steps within which the edge itself is looked for."""
EDGE = 0.03
"""Of the radius, each way, that must be in the picture for an angle to be measured."""
USUAL = 0.008
"""Of the radius: within so much of the ellipse an edge is where it should be."""
DOUBT = 0.35
"""Of the edge that was followed: so strong an edge at the usual place outdoes it."""
SMOOTH = 3
"""Angles of the running median: dust of less than 3 degrees is no deformation."""
FIRST = 0.03
"""Of the radius: the weights' scale at the start of the fit."""
MEASURED_MIN = 0.6
"""Share of the angles that must show their rim, or nothing is claimed."""


@dataclass(frozen=True, slots=True)
class Roundness:
    """A rim's measures in frame pixels."""

    diameter_px: float
    """Mean over all directions."""
    ovality_px: float
    """Largest diameter less smallest."""
    rim_deviation_px: float
    """Largest distance of the rim from its ellipse, inwards or outwards: dents and bulges."""
    tilt_deg: float
    """The angle of view at which a round disc would look as oval as this one."""


def measured_rim(
    image_rgb: ImageArray, outline: Ellipse, calibration: Calibration | None = None
) -> Roundness | None:
    """A located disc's rim, measured; None where less than MEASURED_MIN of it is seen sharply.

    image_rgb: uint8 (H, W, 3), at full size. calibration: straightens what the lens bends.
    """
    rim = rim_of(outline)
    view = unrolled(image_rgb, rim, WINDOW)
    radii, strength = edges_near(view, followed(view), PEAK)
    rim_seen = view.inside[:, np.abs(view.shares - 1.0) < EDGE].all(axis=1)
    radii[~rim_seen] = np.nan
    if np.isfinite(radii).mean() < MEASURED_MIN:
        return None
    expected = HARMONICS @ _fitted(radii, rim)
    radii = _believed(view, radii, strength, expected)
    if calibration is not None:
        radii = _straightened(radii, rim, calibration)
    if np.isfinite(radii).mean() < MEASURED_MIN:
        return None
    fitted = _fitted(radii, rim)
    expected = HARMONICS @ fitted
    off = _running_median(radii - expected)
    round_ = expected + off
    # About the rim's own centre: the shift is taken out to first order.
    round_ -= HARMONICS[:, 1:3] @ fitted[1:3]
    across = round_[: ANGLES // 2] + round_[ANGLES // 2 :]
    oval = math.hypot(fitted[3], fitted[4])
    short = (fitted[0] - oval) / (fitted[0] + oval)
    return Roundness(
        diameter_px=float(across.mean()),
        ovality_px=float(across.max() - across.min()),
        rim_deviation_px=float(np.abs(off).max()),
        tilt_deg=math.degrees(math.acos(min(1.0, short))),
    )


def _fitted(radii: Doubles, rim: Rim) -> Doubles:
    """(5,) amplitudes of HARMONICS that most of the (ANGLES,) radii agree on."""
    seen = np.isfinite(radii)
    start = np.array([rim.radius, 0.0, 0.0, rim.cos2, rim.sin2])
    return harmonics_of(HARMONICS[seen], radii[seen], start, FIRST * rim.radius, ridge=0.0)


def _straightened(radii: Doubles, rim: Rim, calibration: Calibration) -> Doubles:
    """(ANGLES,) radii as a lens without distortion would have shown them; nan stays nan."""
    seen = np.isfinite(radii)
    place = np.array([rim.x, rim.y])
    points = place + radii[:, None] * HARMONICS[:, 1:3]
    off = calibration.straightened(points[seen]) - calibration.straightened(place[None])
    straight = np.full(len(radii), np.nan)
    straight[seen] = np.hypot(off[:, 0], off[:, 1])
    return straight


def _believed(view: View, radii: Doubles, strength: Floats, expected: Doubles) -> Doubles:
    """The rim's radii, where a part's edge and a shadow's lie side by side the expected one's.

    A deformed rim leaves no edge where it should have been.
    """
    step = view.radii[:, 1] - view.radii[:, 0]
    steps = np.round((expected - view.radii[:, 0]) / step).astype(np.intp)
    usual, there = edges_near(
        view, steps, max(PEAK, round(USUAL / (view.shares[1] - view.shares[0])))
    )
    return np.where(there > DOUBT * strength, usual, radii)


def _running_median(values: Doubles) -> Doubles:
    """Over SMOOTH neighbouring angles; 0 where most of them are nan."""
    near = neighbours(values, SMOOTH)
    known = np.isfinite(near).sum(axis=1) > SMOOTH // 2
    medians = np.zeros(len(values))
    medians[known] = np.nanmedian(near[known], axis=1)
    return medians
