"""Whether what lies there now is the part of before, perhaps nudged, or another one."""

from __future__ import annotations

import cv2
import numpy as np

from station.trigger.scene import Mask, Scene, difference, share_of

SAME_SHARE = 0.004
"""Of the scene: two pictures that differ by less show the same."""
ALIKE = 0.96
"""Correlation, once laid over each other, from which two pictures show the same part.

On simulated benches a nudged part reached 0.998 or more, another of its kind 0.93 at most."""
NUDGE_PX = 20.0
"""Scene pixels: moved further, it is another part, or the same one laid down anew."""
PAD_PX = 4
ROUNDS = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, 40, 1e-4)
TURNS_DEG = (0.0, -6.0, 6.0, -12.0, 12.0)
"""Angles to start from: the fit finds the rest."""


def is_same_part(before: Scene, after: Scene, part: Mask, noise: float) -> bool:
    """Whether one part, at rest twice, explains both scenes.

    part: where it lay before. In doubt it is another part: one inspected twice does no harm, one
    never inspected does.
    """
    if share_of(difference(before, after, noise)) < SAME_SHARE:
        return True
    return likeness(before, after, part) >= ALIKE


def likeness(before: Scene, after: Scene, part: Mask) -> float:
    """Correlation of a part's picture with the later scene, moved and turned to fit; -1: no fit.

    Enhanced correlation (Evangelidis and Psarakis 2008), for a shift and a turn.
    """
    if not part.any():
        return -1.0
    x, y, width, height = cv2.boundingRect(part)
    rows, columns = before.contrast.shape
    left, top = max(0, x - PAD_PX), max(0, y - PAD_PX)
    right, bottom = min(columns, x + width + PAD_PX), min(rows, y + height + PAD_PX)
    template = before.contrast[top:bottom, left:right]
    centre = 0.5 * (right - left - 1), 0.5 * (bottom - top - 1)
    best = -1.0
    for turn_deg in TURNS_DEG:
        start = cv2.getRotationMatrix2D(centre, turn_deg, 1.0).astype(np.float32)
        start[:, 2] += (left, top)
        try:
            found, warp = cv2.findTransformECC(
                template, after.contrast, start, cv2.MOTION_EUCLIDEAN, ROUNDS, None, 5
            )
        except cv2.error:
            continue  # it ran away: this start leads nowhere
        moved = warp @ np.array([*centre, 1.0]) - np.array([centre[0] + left, centre[1] + top])
        if float(np.hypot(*moved)) <= NUDGE_PX:
            best = max(best, float(found))
        if best >= ALIKE:
            break
    return best
