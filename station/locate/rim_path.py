"""A rim followed around: of all closed paths about a disc, the one along the clearest edge.

Where the part and the bench are alike, single angles show noise, dust or the edge of a shadow as
clearly as the rim; what belongs together all around is the rim. Found by dynamic programming over
the picture straightened about the outline (as for active contours: Amini, Weymouth and Jain,
Using dynamic programming for solving variational problems in vision, 1990).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from station.locate.polar import ANGLES, Doubles, Floats, View
from station.locate.rim_fit import EDGE_MIN

Steps = npt.NDArray[np.intp]

LOCAL = 25
"""Angles over which a rim's contrast is taken to be alike."""
INNER = 0.97
"""Of the radius: strands further in are no measure of the rim's contrast."""
CLEAR = 0.75
"""Of the strongest edge nearby: from there on an edge is as clear as can be."""
TURN = 4
"""Steps that a path may move outwards or inwards from one angle to the next."""
TURN_COST = 0.03
"""Of a clear edge's worth, for each of those steps."""
AWAY = 0.05
"""Of the radius: an edge so far from the outline that was fitted costs AWAY_COST."""
AWAY_COST = 0.05
"""Of a clear edge's worth, at most: a deformed rim is worth more than no rim."""


def followed(view: View) -> Steps:
    """(ANGLES,) the rim's step at each angle of a straightened picture."""
    strength = view.strength
    rim = strength[:, view.shares > INNER].max(axis=1)
    usual = np.maximum(np.median(neighbours(rim, LOCAL), axis=1), EDGE_MIN)
    clear = np.minimum(strength / (CLEAR * usual[:, None]), 1.0).astype(np.float32)
    off = np.minimum(((view.shares - 1.0) / AWAY) ** 2, 1.0).astype(np.float32)
    return _best_path(clear - np.float32(AWAY_COST) * off)


def edges_near(view: View, steps: Steps, reach: int) -> tuple[Doubles, Floats]:
    """(ANGLES,) radius of the strongest edge within `reach` steps, nan: none; its strength."""
    strength, row = view.strength, np.arange(ANGLES)
    near = np.clip(steps[:, None] + np.arange(-reach, reach + 1), 1, strength.shape[1] - 2)
    peak = near[row, strength[row[:, None], near].argmax(axis=1)]
    left, top, right = (strength[row, peak + k] for k in (-1, 0, 1))
    is_peak = (top >= left) & (top >= right) & (top > EDGE_MIN)
    bend = np.maximum(2.0 * top - left - right, 1e-6)
    exact = peak + np.clip(0.5 * (right - left) / bend, -0.5, 0.5)
    step = view.radii[:, 1] - view.radii[:, 0]
    return np.where(is_peak, view.radii[:, 0] + exact * step, np.nan), np.where(is_peak, top, 0.0)


def _best_path(worth: Floats) -> Steps:
    """(ANGLES,) step at each angle of the closed path of the highest worth.

    It begins and ends at the surest place of all.
    """
    angles, steps = worth.shape
    start = int(np.median(neighbours(worth.max(axis=1), 9), axis=1).argmax())
    worth = np.roll(worth, -start, axis=0)
    cost = np.float32(TURN_COST) * np.abs(np.arange(-TURN, TURN + 1)).astype(np.float32)
    padded = np.full(steps + 2 * TURN, -np.inf, np.float32)
    windows = np.lib.stride_tricks.sliding_window_view(padded, 2 * TURN + 1)
    scores = np.empty_like(worth)
    scores[0] = -np.inf
    first = int(worth[0].argmax())
    scores[0, first] = worth[0, first]
    for angle in range(1, angles):
        padded[TURN:-TURN] = scores[angle - 1]
        np.add((windows - cost).max(axis=1), worth[angle], out=scores[angle])
    path = np.empty(angles, np.intp)
    path[-1] = place = first
    for angle in range(angles - 1, 0, -1):
        low = max(0, place - TURN)
        reach = scores[angle - 1, low : place + TURN + 1]
        shift = cost[low - place + TURN :][: len(reach)]
        place = low + int((reach - shift).argmax())
        path[angle - 1] = place
    return np.roll(path, start)


def neighbours(values: Doubles | Floats, count: int) -> Doubles | Floats:
    """(N, count): each angle's value and those about it, all around."""
    wrapped = np.pad(values, count // 2, mode="wrap")
    return np.lib.stride_tricks.sliding_window_view(wrapped, count)
