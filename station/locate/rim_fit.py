"""One round of a rim's fit: edges vote along the radius, and most of them agree on a new rim.

Each angle votes with its outermost sharp edge; a soft shadow has none. The rim is modelled as
r(t) = R + a cos t + b sin t + c cos 2t + d sin 2t, a shifted and slightly oval circle to first
order, fitted by iteratively reweighted least squares (Geman-McClure weights), so that pores at an
open border, chips, blobs and dust count as the outliers they are.
"""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from engines.prediction import ImageArray
from station.locate.polar import ANGLES, HARMONICS, Doubles, Rim, View, unrolled
from station.locate.rim_guess import SIZES

EDGE_MIN = 0.7
"""Grey levels per step: weaker edges are noise."""
RING_WINDOW = 0.25
"""Where rings are looked for, about the radius of the first rounds."""
RING_SHARE = 0.2
"""Of the strongest ring's mean edge: what counts as a ring. A soft shadow stays below."""
OVAL_MAX = 0.12
"""Half the difference of the axes over their mean: more is not a disc seen from above."""
SCALE_MIN = 0.006
"""Of the radius: the weights' scale at the end of a fit."""
ROUNDS = 8
"""Of reweighting within one window."""


def is_sized(work: ImageArray, rim: Rim) -> bool:
    """Whether a rim has its centre in the picture, a radius to be expected, and is no oval."""
    height, width = work.shape[:2]
    if not (0.0 <= rim.x < width and 0.0 <= rim.y < height):
        return False
    low, high = (share * min(height, width) for share in SIZES)
    return low <= rim.radius <= high and rim.oval <= 2.0 * OVAL_MAX * rim.radius


def tightened(
    work: ImageArray, rim: Rim | None, window: float, share: float, ridge: float
) -> Rim | None:
    """One round: the outermost edge of each angle votes for a new rim."""
    if rim is None or not is_sized(work, rim):
        return None
    view = unrolled(work, rim, window)
    edges = outermost_edges(view, share)
    voting = np.isfinite(edges)
    if voting.sum() < ANGLES // 4:
        return None
    return _fit_harmonics(rim, edges[voting], voting, window, ridge)


def outermost_edges(view: View, share: float) -> Doubles:
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


def outermost_ring(work: ImageArray, rim: Rim | None) -> Rim | None:
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


def _fit_harmonics(
    rim: Rim, edges: Doubles, voting: npt.NDArray[np.bool_], window: float, ridge: float
) -> Rim:
    """The rim that most of the voting angles' edges agree on."""
    start = np.array([rim.radius, 0.0, 0.0, rim.cos2, rim.sin2])
    fitted = harmonics_of(HARMONICS[voting], edges, start, window * rim.radius, ridge)
    radius, shift_x, shift_y, cos2, sin2 = (float(v) for v in fitted)
    return Rim(rim.x + shift_x, rim.y + shift_y, radius, cos2, sin2)


def harmonics_of(
    columns: Doubles, edges: Doubles, start: Doubles, scale: float, ridge: float
) -> Doubles:
    """(5,) amplitudes of HARMONICS' rows `columns` (n, 5) that most of the edges (n,) agree on.

    scale: pixels off at which an edge loses weight in the first round; less in each further one.
    """
    least = SCALE_MIN * float(start[0])
    round_off = np.diag([0.0, 0.0, 0.0, 1.0, 1.0]) * ridge * len(columns)
    solution = start
    for _ in range(ROUNDS):
        off = edges - columns @ solution
        weighted = columns / (1.0 + (off[:, None] / scale) ** 2) ** 2
        # OpenCV's: numpy's own takes ten times as long to begin with five unknowns.
        _, solved = cv2.solve(columns.T @ weighted + round_off, (weighted.T @ edges)[:, None])
        solution = np.asarray(solved, dtype=np.float64)[:, 0]
        scale = max(0.6 * scale, least)
    return solution
