"""Where the heat is: from a coarse map over the crop to a place on the part, in pixels and mm."""

from __future__ import annotations

import math

import cv2
import numpy as np

from engines.prediction import FloatArray
from station.domain import DefectMark, Part

FINE = 8
"""Each heatmap cell is split so often a side: the half-maximum contour then runs inside cells."""


def mark_defect(heatmap: FloatArray, part: Part) -> DefectMark | None:
    """The connected region around the hottest point that keeps at least half of its heat.

    heatmap: (h, w) in [0, 1] over the crop. The centre is weighted by heat; the size is the
    region's largest extent. None where the map is cold.
    """
    height, width = heatmap.shape
    fine = np.asarray(
        cv2.resize(heatmap, (width * FINE, height * FINE), interpolation=cv2.INTER_LINEAR)
    )
    peak = float(fine.max())
    if peak <= 0.0:
        return None
    points, weights = _hottest_region(fine, peak)
    x, y, box_width, box_height = part.box_px
    scale = np.array([box_width / (width * FINE), box_height / (height * FINE)])
    # Pixel centres lie at whole numbers: the box begins half a pixel before its first centre.
    places = (points + 0.5) * scale + (x - 0.5, y - 0.5)
    centre = np.average(places, axis=0, weights=weights)
    size_px, radius_px = _extent(places, centre, float(scale.max()))
    box_middle = x + 0.5 * (box_width - 1), y + 0.5 * (box_height - 1)
    middle = part.outline.centre_px if part.outline else box_middle
    to_mm = None if part.px_per_mm is None else 1.0 / part.px_per_mm
    return DefectMark(
        centre_px=(float(centre[0]), float(centre[1])),
        radius_px=radius_px,
        x_mm=None if to_mm is None else float(centre[0] - middle[0]) * to_mm,
        y_mm=None if to_mm is None else float(centre[1] - middle[1]) * to_mm,
        size_mm=None if to_mm is None else size_px * to_mm,
    )


def _hottest_region(fine: FloatArray, peak: float) -> tuple[FloatArray, FloatArray]:
    """Points (n, 2) as x, y and their heat (n,), of the region that holds the peak."""
    _, labels = cv2.connectedComponents((fine >= 0.5 * peak).astype(np.uint8), connectivity=8)
    at = np.unravel_index(int(fine.argmax()), fine.shape)
    rows, columns = np.nonzero(labels == labels[at])
    points = np.stack([columns, rows], axis=1).astype(np.float32)
    return points, fine[rows, columns]


def _extent(places: FloatArray, centre: FloatArray, cell_px: float) -> tuple[float, float]:
    """Largest distance between two points of a region, and its radius about the centre.

    Both reach from the points to the edges of their cells.
    """
    hull = cv2.convexHull(places.astype(np.float32))[:, 0, :]
    apart = np.linalg.norm(hull[:, None, :] - hull[None, :, :], axis=2)
    radius = np.linalg.norm(hull - centre, axis=1).max()
    return float(apart.max()) + cell_px, float(radius) + 0.5 * cell_px


def heat_on_part(heatmap: FloatArray, part: Part) -> float | None:
    """Share of a heatmap's heat, (h, w) in [0, 1] over the crop, that lies on the part: 0 to 1.

    Half a cell beyond the outline still counts as on it, for heat is known no finer. None without
    an outline, or where the map is cold.
    """
    total = float(heatmap.sum())
    if part.outline is None or total <= 0.0:
        return None
    height, width = heatmap.shape
    x, y, box_width, box_height = part.box_px
    cell = box_width / width, box_height / height
    angle = math.radians(part.outline.angle_deg)
    cos, sin = math.cos(angle), math.sin(angle)
    across = x - 0.5 + (np.arange(width * FINE) + 0.5) * cell[0] / FINE - part.outline.centre_px[0]
    down = y - 0.5 + (np.arange(height * FINE) + 0.5) * cell[1] / FINE - part.outline.centre_px[1]
    along = cos * across[None, :] + sin * down[:, None]
    athwart = cos * down[:, None] - sin * across[None, :]
    first, second = (0.5 * (length + max(cell)) for length in part.outline.axes_px)
    inside = (along / first) ** 2 + (athwart / second) ** 2 <= 1.0
    covered = inside.reshape(height, FINE, width, FINE).mean(axis=(1, 3))
    return float((heatmap * covered).sum()) / total
