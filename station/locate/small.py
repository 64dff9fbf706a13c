"""A disc that is small in its picture: looked for where something stands out of the bench."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace

import cv2
import numpy as np

from engines.prediction import ImageArray
from station.locate.disc import Disc
from station.locate.pyramid import WORK_PX, resized
from station.locate.rim import find_disc

LEAST_PX = 40.0
"""Diameter in the picture; anything smaller is dust or a screw."""
MOST = 0.4
"""Diameter over the picture's shorter side: above, find_disc sees it by itself."""
BENCH_PX = 64
"""Longer side of the picture whose running median is the bench, light and all."""
BENCH_WINDOW = 31
"""Pixels of it: a disc must fill less than half of that window."""
STANDING_OUT = 5.0
"""Times the usual difference from the bench."""
ROOM = 2.6
"""Side of the closer look over the blob's diameter."""
SUPPORT = 0.85
"""Share of its rim that must prove a small disc."""
TRIES = 6


def find_small_disc(image_rgb: ImageArray) -> Disc | None:
    """The clearest disc of LEAST_PX to MOST of the picture; None: no such.

    image_rgb: uint8 (H, W, 3).
    """
    best: Disc | None = None
    if MOST * min(image_rgb.shape[:2]) < LEAST_PX:
        return None
    for x, y, diameter in _candidates(image_rgb):
        side = ROOM * diameter
        left, top = (max(0, math.floor(c - 0.5 * side)) for c in (x, y))
        window = image_rgb[top : math.ceil(y + 0.5 * side), left : math.ceil(x + 0.5 * side)]
        disc = find_disc(np.ascontiguousarray(window))
        if disc is None or disc.support < SUPPORT or max(disc.outline.axes_px) < LEAST_PX:
            continue
        if best is None or disc.rank > best.rank:
            centre = disc.outline.centre_px[0] + left, disc.outline.centre_px[1] + top
            best = replace(disc, outline=replace(disc.outline, centre_px=centre))
    return best


def _candidates(image_rgb: ImageArray) -> Iterator[tuple[float, float, float]]:
    """Centre x, y and diameter in pixels of what stands out of its bench, largest first."""
    scale = min(1.0, WORK_PX / max(image_rgb.shape[:2]))
    work = cv2.GaussianBlur(resized(image_rgb, scale), (0, 0), 1.2)
    lab = cv2.cvtColor(work, cv2.COLOR_RGB2LAB)
    few = cv2.medianBlur(resized(lab, min(1.0, BENCH_PX / max(lab.shape))), BENCH_WINDOW)
    bench = cv2.resize(few, (lab.shape[1], lab.shape[0]), interpolation=cv2.INTER_LINEAR)
    apart = lab.astype(np.float32) - bench
    level = np.sqrt(np.einsum("ijk,ijk->ij", apart, apart))
    mask = (level > STANDING_OUT * float(np.median(level))).astype(np.uint8)
    least, most = LEAST_PX * scale, MOST * min(work.shape[:2])
    round_ = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (max(3, round(0.3 * least)) | 1,) * 2)
    mask = cv2.morphologyEx(cv2.morphologyEx(mask, cv2.MORPH_CLOSE, round_), cv2.MORPH_OPEN, round_)
    contours, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    tried = 0
    for contour in sorted(contours, key=cv2.contourArea, reverse=True):
        (x, y), radius = cv2.minEnclosingCircle(contour)
        if 0.7 * least <= 2.0 * radius <= 1.5 * most and tried < TRIES:
            tried += 1
            yield (x + 0.5) / scale - 0.5, (y + 0.5) / scale - 0.5, 2.0 * radius / scale
