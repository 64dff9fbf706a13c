"""The proof that a fitted rim is one: it outdoes all that lies beyond it."""

from __future__ import annotations

import math

import numpy as np

from engines.prediction import ImageArray
from station.locate.polar import ANGLES, Rim, unrolled
from station.locate.rim_fit import EDGE_MIN

NEAR = 0.02
"""Of the radius: an edge so close to the rim is on it."""
BEYOND = (0.04, 0.20)
"""Of the radius, from the rim outwards: the background that a rim must stand out from."""
BLUR_PX = 2.5
"""A rim's own edge reaches so far into the background."""
BEYOND_SEEN = 0.3
"""Share of that background that must be in the picture for an angle to be asked."""
ASKED_MIN = 0.15
"""Share of angles that can be asked, at least: a disc that fills the picture proves nothing."""
OUTSTANDING = 2.0
"""Times the strongest edge beyond it: what makes an edge on the rim a proof."""
SHARP = 0.35
"""Of the usual strongest edge about the rim: a rim's own edge that is not called faint."""


def proof_of(work: ImageArray, rim: Rim) -> tuple[float, float, float, float]:
    """Support, proven, unseen and sharpness of a rim, as in Disc.

    An angle is asked only where enough of the background beyond is in the picture.
    """
    view = unrolled(work, rim, BEYOND[1])
    step = float(view.shares[1] - view.shares[0])
    on_rim = np.abs(view.shares - 1.0) <= max(NEAR, step)
    start = min(max(BEYOND[0], BLUR_PX / rim.radius), 0.5 * BEYOND[1])
    beyond = view.shares >= 1.0 + start
    here = view.strength[:, on_rim].max(axis=1)
    proven = here > np.maximum(EDGE_MIN, OUTSTANDING * view.strength[:, beyond].max(axis=1))
    asked = view.inside[:, beyond].mean(axis=1) >= BEYOND_SEEN
    seen = view.inside[:, view.inside.shape[1] // 2]
    share = float(proven[asked].mean()) if asked.sum() >= ASKED_MIN * ANGLES else 0.0
    # The end of a soft shadow has quiet background beyond it, too; but it is faint beside strands.
    usual = float(np.median(view.strength.max(axis=1)))
    sharp = min(1.0, float(np.median(here)) / max(EDGE_MIN, SHARP * usual))
    return share, float((proven & asked).mean()) * math.sqrt(sharp), 1.0 - float(seen.mean()), sharp
