"""Whether a part lies there already when nothing is known of the empty bench."""

from __future__ import annotations

import cv2
import numpy as np

from engines.prediction import ImageArray
from station.locate.rim import find_disc
from station.trigger.bench import Seen
from station.trigger.scene import Scene, share_of

LOOK_PX = 512
"""Longer side at which a disc is looked for."""


def part_in(image_rgb: ImageArray, scene: Scene) -> Seen | None:
    """The disc in a picture, uint8 (H, W, 3), as a mask over its scene; None: no disc."""
    scale = min(1.0, LOOK_PX / max(image_rgb.shape[:2]))
    small = cv2.resize(image_rgb, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    disc = find_disc(np.asarray(small, dtype=np.uint8))
    if disc is None:
        return None
    rows, columns = scene.contrast.shape
    share = columns / small.shape[1]
    (x, y), (long, short) = disc.outline.centre_px, disc.outline.axes_px
    mask = np.zeros((rows, columns), np.uint8)
    centre = round(x * share), round(y * share)
    cv2.circle(mask, centre, max(1, round(0.25 * (long + short) * share)), 1, -1)
    return Seen(mask, share_of(mask), reaches_in=False)
