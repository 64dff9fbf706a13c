"""Smooth random fields: the natural irregularity of printed strands, light and backgrounds."""

from __future__ import annotations

from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray

Field = NDArray[np.float32]


def smooth_noise(rng: np.random.Generator, shape: tuple[int, int], cells: tuple[int, int]) -> Field:
    """Gaussian noise of unit spread on a coarse grid of `cells`, enlarged to `shape`, float32."""
    coarse = rng.standard_normal((max(cells[0], 2), max(cells[1], 2))).astype(np.float32)
    return cast(Field, cv2.resize(coarse, shape[::-1], interpolation=cv2.INTER_CUBIC))


def strand_noise(rng: np.random.Generator, strands: int, columns: int, cells: int) -> Field:
    """One independent smooth curve per strand: (strands, columns) float32 of unit spread."""
    coarse = rng.standard_normal((strands, max(cells, 2))).astype(np.float32)
    return cast(Field, cv2.resize(coarse, (columns, strands), interpolation=cv2.INTER_CUBIC))


def ring_noise(rng: np.random.Generator, columns: int, harmonics: int) -> Field:
    """A periodic smooth curve around a ring: (1, columns) float32 of about unit spread."""
    angle = np.linspace(0.0, 2.0 * np.pi, columns, endpoint=False)
    order = np.arange(1, harmonics + 1)[:, None]
    weight = rng.standard_normal((harmonics, 1))
    phase = rng.uniform(0.0, 2.0 * np.pi, (harmonics, 1))
    curve = (weight * np.cos(order * angle + phase)).sum(axis=0) * np.sqrt(2.0 / harmonics)
    return np.asarray(curve[None], dtype=np.float32)


def look_up(table: Field, column: Field, row: Field) -> Field:
    """The table's values at fractional columns and rows, linear, edges held; any 2-D shape."""
    return cast(
        Field, cv2.remap(table, column, row, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    )


def blur(field: Field, sigma_px: float) -> Field:
    """Gaussian blur, done on a reduced field where the blur is wide enough not to show it."""
    if sigma_px < 0.15:
        return field
    if sigma_px > 3.0:
        step = min(int(sigma_px / 1.5), 8)
        height, width = field.shape[:2]
        small = cv2.resize(field, (width // step, height // step), interpolation=cv2.INTER_AREA)
        small = cv2.GaussianBlur(small, (0, 0), sigma_px / step, borderType=cv2.BORDER_REPLICATE)
        return cast(Field, cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR))
    return cast(Field, cv2.GaussianBlur(field, (0, 0), sigma_px, borderType=cv2.BORDER_REPLICATE))
