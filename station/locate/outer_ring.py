"""Whether a disc that was found lies within a larger one: a hub, a groove, a bright band.

A ring within the part has as clean an edge as the part's own rim, and quiet material beyond it;
so the picture beyond is searched for a further one about the same centre.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from engines.prediction import ImageArray
from station.locate.polar import ANGLES, Doubles, Rim, View, unrolled
from station.locate.pyramid import resized
from station.locate.rim_fit import EDGE_MIN

MIDDLE, REACH = 1.75, 0.32
"""The window of the search: 1.19 to 2.31 of the radius that was found; nearer is proven quiet."""
OWN_SHARE = 0.5
"""Of the strongest edge at its angle: an edge that may be a rim's."""
OVER_NOISE = 4.0
"""Times the usual change of colour at its angle: above it, an edge is no noise."""
TOGETHER = 0.08
"""Rings' edges lie within so much of each other, as a share of their radius."""
AGREEING = 0.3
"""Share of the angles whose outermost edges must lie together."""


def outer_rims(work: ImageArray, rim: Rim) -> Iterator[Rim]:
    """Larger rims worth a try about one that was found, in pixels of uint8 (H, W, 3)."""
    half = Rim(*(0.5 * c - 0.25 for c in (rim.x, rim.y)), *(0.5 * r for r in rim.shape))
    view = unrolled(resized(work, 0.5), _grown(half, MIDDLE), REACH)
    edges = _outermost(view) / (view.radii[:, view.radii.shape[1] // 2] / MIDDLE)
    seen = int(view.inside.any(axis=1).sum())
    ratios = np.sort(edges[np.isfinite(edges)])
    while len(ratios) >= max(AGREEING * seen, ANGLES // 8):
        upto = np.searchsorted(ratios, ratios * (1.0 + TOGETHER), side="right")
        counts = upto - np.arange(len(ratios))
        first = int(counts.argmax())
        if counts[first] < max(AGREEING * seen, ANGLES // 8):
            return
        yield _grown(rim, float(np.median(ratios[first : upto[first]])))
        ratios = np.concatenate([ratios[:first], ratios[upto[first] :]])


def _grown(rim: Rim, by: float) -> Rim:
    return Rim(rim.x, rim.y, rim.radius * by, rim.cos2 * by, rim.sin2 * by)


def _outermost(view: View) -> Doubles:
    """(ANGLES,) radius of the outermost edge that stands out at its own angle; nan: none."""
    strength = view.strength
    quiet = np.median(strength, axis=1)
    least = np.maximum(OWN_SHARE * strength.max(axis=1), np.maximum(OVER_NOISE * quiet, EDGE_MIN))
    peak = np.zeros(strength.shape, dtype=bool)
    middle = strength[:, 1:-1]
    peak[:, 1:-1] = (middle >= strength[:, :-2]) & (middle > strength[:, 2:])
    peak &= strength >= least[:, None]
    last = strength.shape[1] - 1 - peak[:, ::-1].argmax(axis=1)
    return np.where(peak.any(axis=1), view.radii[np.arange(ANGLES), last], np.nan)
