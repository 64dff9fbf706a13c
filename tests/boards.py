"""Checkerboards as a lens shows them, rendered from the model's own equations."""

from __future__ import annotations

from functools import cache
from math import cos, radians, sin

import cv2
import numpy as np
import numpy.typing as npt

from engines.prediction import ImageArray


def rendered_board(
    *,
    squares: tuple[int, int] = (9, 6),
    square_mm: float = 2.0,
    px_per_mm: float = 40.0,
    size_px: tuple[int, int] = (1280, 960),
    centre_mm: tuple[float, float] = (0.0, 0.0),
    turn_deg: float = 3.0,
    tilt_deg: float = 0.0,
    focal_px: float = 3000.0,
    k1: float = 0.0,
    noise: float = 2.0,
    seed: int = 1,
) -> ImageArray:
    """uint8 (H, W, 3): every pixel's ray, unbent, meets the board's plane; 2 x 2 rays a pixel.

    px_per_mm holds at the board's middle; the camera stands focal_px / px_per_mm above it.
    """
    grey = _without_noise(
        squares, square_mm, px_per_mm, size_px, centre_mm, turn_deg, tilt_deg, focal_px, k1
    )
    grain = np.random.default_rng(seed).standard_normal(grey.shape).astype(np.float32)
    level = np.clip(grey + noise * grain + 0.5, 0, 255).astype(np.uint8)
    return np.repeat(level[..., None], 3, axis=2)


@cache
def _without_noise(
    squares: tuple[int, int],
    square_mm: float,
    px_per_mm: float,
    size_px: tuple[int, int],
    centre_mm: tuple[float, float],
    turn_deg: float,
    tilt_deg: float,
    focal_px: float,
    k1: float,
) -> npt.NDArray[np.float32]:
    """(H, W) grey levels, drawn once for all tests of a process: single precision is a thousandth
    of a pixel."""
    wide, high = size_px
    fine = 2
    x = (np.arange(wide * fine, dtype=np.float32) + 0.5) / fine - 0.5 - (wide - 1) / 2
    y = (np.arange(high * fine, dtype=np.float32) + 0.5) / fine - 0.5 - (high - 1) / 2
    bent_x, bent_y = np.meshgrid(x / focal_px, y / focal_px)
    u, v = bent_x.copy(), bent_y.copy()
    for _ in range(6 if k1 else 0):
        grown = 1.0 + k1 * (u**2 + v**2)
        u, v = bent_x / grown, bent_y / grown
    distance = focal_px / px_per_mm
    tilt, turn = radians(tilt_deg), radians(turn_deg)
    # The plane through (cx, cy, distance), tilted about the picture's x axis.
    cx, cy = centre_mm
    normal_y, normal_z = -sin(tilt), cos(tilt)
    along = (cy * normal_y + distance * normal_z) / (v * normal_y + normal_z)
    px, py, pz = u * along - cx, v * along - cy, along - distance
    flat_y = py * cos(tilt) + pz * sin(tilt)
    board_x = px * cos(turn) + flat_y * sin(turn)
    board_y = flat_y * cos(turn) - px * sin(turn)
    column = np.floor(board_x / square_mm + squares[0] / 2)
    row = np.floor(board_y / square_mm + squares[1] / 2)
    on_board = (column >= 0) & (column < squares[0]) & (row >= 0) & (row < squares[1])
    light = np.where(on_board & ((column + row) % 2 == 0), 40.0, 210.0).astype(np.float32)
    grey = cv2.GaussianBlur(cv2.resize(light, size_px, interpolation=cv2.INTER_AREA), (0, 0), 0.8)
    return np.asarray(grey, np.float32)
