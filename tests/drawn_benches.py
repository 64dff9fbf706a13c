"""Pictures of discs under hard conditions, drawn at four times their size, with the truth."""

from __future__ import annotations

import math

import cv2
import numpy as np
import numpy.typing as npt

from engines.prediction import ImageArray

FINE = 4


def smooth(rng: np.random.Generator, size: tuple[int, int], cells: int) -> npt.NDArray[np.float32]:
    """(H, W) noise of about unit spread without anything sharp in it."""
    few = rng.standard_normal((cells, cells)).astype(np.float32)
    return np.asarray(cv2.resize(few, size, interpolation=cv2.INTER_CUBIC), np.float32)


def bench(
    rng: np.random.Generator, size: tuple[int, int], level: float = 90.0, texture: str = "matte"
) -> npt.NDArray[np.float32]:
    """An empty bench (H, W), 0 to 255: `matte`, `brushed`, `cloth` (a weave) or `wood`."""
    wide, high = size
    picture = np.full((high, wide), level, np.float32) + 3.0 * smooth(rng, size, 5)
    y, x = np.mgrid[:high, :wide].astype(np.float32)
    if texture == "brushed":
        lines = rng.standard_normal((high, wide)).astype(np.float32)
        picture += 0.6 * level * cv2.blur(lines, (81, 1))
    elif texture == "cloth":
        picture += 0.10 * level * (np.sin(x * 0.9) * np.sin(y * 0.9))
    elif texture == "wood":
        grain = y + 14.0 * smooth(rng, size, 4)
        picture += 0.12 * level * np.sin(grain * 0.21) + 0.05 * level * np.sin(grain * 0.83)
    return picture


def add_disc(
    picture: npt.NDArray[np.float32],
    centre: tuple[float, float],
    diameter: float,
    *,
    level: float = 190.0,
    pore: float = 60.0,
    turn: float = 0.3,
    squash: float = 1.0,
) -> None:
    """Lay a lattice disc with a rim on (H, W), in place; squash: its height over its width."""
    reach = math.ceil(0.5 * diameter) + 3
    left, top = math.floor(centre[0]) - reach, math.floor(centre[1]) - reach
    side = 2 * reach + 1
    at = (np.arange(side * FINE) + 0.5) / FINE - 0.5
    x, y = at[None, :] + left - centre[0], (at[:, None] + top - centre[1]) / squash
    radius = np.hypot(x, y) / (0.5 * diameter)
    pitch = diameter / 11.0
    across = (x * math.cos(turn) + y * math.sin(turn)) % pitch
    along = (y * math.cos(turn) - x * math.sin(turn)) % pitch
    strand = (across < 0.5 * pitch) | (along < 0.5 * pitch) | (radius > 0.92)
    fine = np.where(strand, level, pore).astype(np.float32)
    cover = (radius <= 1.0).astype(np.float32)
    small = (side, side)
    lit = cv2.resize(fine * cover, small, interpolation=cv2.INTER_AREA)
    share = cv2.resize(cover, small, interpolation=cv2.INTER_AREA)
    high, wide = picture.shape
    x0, y0, x1, y1 = max(0, left), max(0, top), min(wide, left + side), min(high, top + side)
    if x0 >= x1 or y0 >= y1:
        return
    part = slice(y0 - top, y1 - top), slice(x0 - left, x1 - left)
    place = slice(y0, y1), slice(x0, x1)
    picture[place] = picture[place] * (1.0 - share[part]) + lit[part]


def gradient(picture: npt.NDArray[np.float32], ratio: float, angle: float) -> None:
    """Light that falls off to 1/ratio across the picture, in place."""
    high, wide = picture.shape
    y, x = np.mgrid[:high, :wide].astype(np.float32)
    way = (x / wide - 0.5) * math.cos(angle) + (y / high - 0.5) * math.sin(angle)
    way = (way - way.min()) / (way.max() - way.min())
    picture *= 1.0 / ratio + (1.0 - 1.0 / ratio) * way


def hand_shadow(rng: np.random.Generator, picture: npt.NDArray[np.float32]) -> None:
    """Four fingers' soft shadow over a part of the picture, in place."""
    high, wide = picture.shape
    dark = np.zeros_like(picture)
    x, y = rng.uniform(0.1, 0.9) * wide, rng.uniform(0.1, 0.9) * high
    for finger in range(4):
        end = (int(x + (finger - 1.5) * 0.09 * wide), int(y))
        start = (int(x + (finger - 1.5) * 0.13 * wide), high + 20 if y > high / 2 else -20)
        cv2.line(dark, start, end, 1.0, max(3, int(0.06 * wide)))
    picture *= 1.0 - 0.55 * cv2.GaussianBlur(dark, (0, 0), 0.012 * wide)


def glare(
    rng: np.random.Generator, picture: npt.NDArray[np.float32], at: tuple[float, float]
) -> None:
    """A lamp's reflection of full white with a soft edge, in place."""
    spot = np.zeros_like(picture)
    size = 0.09 * min(picture.shape) * rng.uniform(0.7, 1.3)
    cv2.ellipse(spot, ((at[0], at[1]), (2.2 * size, size), rng.uniform(0, 180)), 1.0, -1)
    picture += 300.0 * cv2.GaussianBlur(spot, (0, 0), 0.3 * size)


def taken(
    rng: np.random.Generator, picture: npt.NDArray[np.float32], noise: float = 2.0
) -> ImageArray:
    """The camera's picture, uint8 (H, W, 3): a little out of focus, with noise."""
    soft = cv2.GaussianBlur(picture, (0, 0), 0.8)
    colour = soft[..., None] * np.array([1.0, 0.98, 0.95], np.float32)
    noisy = colour + noise * rng.standard_normal(colour.shape).astype(np.float32)
    return np.asarray(np.clip(noisy + 0.5, 0.0, 255.0), np.uint8)
