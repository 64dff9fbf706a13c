"""What is not the part: the bench it lies on, its shadow, and a workshop's dust and fibres."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from trainer.synthetic.camera import SIDE_PX
from trainer.synthetic.noise import Field, blur, smooth_noise

Image = NDArray[np.float32]

SURFACES = ("matte", "dark", "paper", "metal")


@dataclass(frozen=True, slots=True)
class Look:
    """Material and light: tint and surface_rgb in linear light 0..1; light is a unit vector.

    haze: how much of the light goes through the strands, 0 opaque to about 0.5 translucent.
    """

    tint: tuple[float, float, float]
    haze: float
    ambient: float
    light: tuple[float, float, float]
    shine: float
    shine_power: float
    shadow: float
    surface: str
    surface_rgb: tuple[float, float, float]


MATERIALS: tuple[tuple[tuple[float, float, float], float], ...] = (
    ((0.84, 0.84, 0.82), 0.05),  # white PCL
    ((0.78, 0.77, 0.74), 0.18),  # PLA, natural
    ((0.80, 0.74, 0.60), 0.08),  # cream, as after ageing
    ((0.66, 0.72, 0.80), 0.10),  # bluish
    ((0.50, 0.51, 0.52), 0.04),  # grey
    ((0.70, 0.71, 0.70), 0.38),  # translucent
)
SURFACE_LEVELS = {"matte": (0.10, 0.3), "dark": (0.01, 0.05), "paper": (0.4, 0.6),
                  "metal": (0.12, 0.32)}  # fmt: skip


def draw_look(rng: np.random.Generator) -> Look:
    """One of six materials on one of four surfaces, lit from one side and from all around."""
    tint, haze = MATERIALS[int(rng.choice(6, p=[0.25, 0.2, 0.17, 0.13, 0.1, 0.15]))]
    shift = rng.normal(0.0, 0.018, 3) + rng.normal(0.0, 0.03)
    surface = str(rng.choice(SURFACES, p=[0.35, 0.3, 0.15, 0.2]))
    level = float(rng.uniform(*SURFACE_LEVELS[surface]))
    cast = 1.0 + rng.normal(0.0, 0.05, 3)
    azimuth, height = rng.uniform(0, 2 * math.pi), math.radians(float(rng.uniform(38, 68)))
    flat = math.cos(height)
    r, g, b = (float(np.clip(c * (1 + s), 0.2, 0.95)) for c, s in zip(tint, shift, strict=True))
    back = [float(np.clip(level * c, 0.005, 0.8)) for c in cast]
    return Look(
        tint=(r, g, b),
        haze=float(np.clip(haze * rng.uniform(0.7, 1.3), 0.0, 0.5)),
        ambient=float(rng.uniform(0.3, 0.5)),
        light=(flat * math.cos(azimuth), flat * math.sin(azimuth), math.sin(height)),
        shine=float(rng.uniform(0.05, 0.5)),
        shine_power=float(rng.uniform(18, 70)),
        shadow=float(rng.uniform(0.35, 0.75)),
        surface=surface,
        surface_rgb=(back[0], back[1], back[2]),
    )


def draw_surface(rng: np.random.Generator, look: Look) -> Image:
    """The empty bench, (SIDE_PX, SIDE_PX, 3) linear light."""
    shape = (SIDE_PX, SIDE_PX)
    tone = 1.0 + 0.05 * smooth_noise(rng, shape, (5, 5))
    fine = smooth_noise(rng, shape, (256, 256))
    if look.surface == "metal":
        # Brushed: noise drawn out along one direction, shining in broad bands.
        wide = rng.standard_normal((768, 768), dtype=np.float32)
        wide = cv2.blur(wide, (61, 1)) * np.float32(5.0)
        turn = cv2.getRotationMatrix2D((384, 384), float(rng.uniform(0, 180)), 1.0)
        turn[:, 2] -= 128
        tone = tone + 0.09 * cv2.warpAffine(wide, turn, shape, borderMode=cv2.BORDER_REFLECT)
        tone = tone + 0.12 * smooth_noise(rng, shape, (3, 4))
    elif look.surface == "paper":
        tone = tone + 0.018 * fine + 0.014 * smooth_noise(rng, shape, (90, 90))
    else:
        tone = tone + (0.05 if look.surface == "matte" else 0.12) * fine
    rgb = np.array(look.surface_rgb, dtype=np.float32)
    return np.asarray(np.clip(tone, 0.1, 3.0)[..., None] * rgb, dtype=np.float32)


def cast_shadow(surface: Image, outline: Field, look: Look, px_per_mm: float) -> Image:
    """The 2 mm thick part's soft shadow on the bench, and the darkness close around it."""
    far = 0.55 * px_per_mm * look.light[0], 0.55 * px_per_mm * look.light[1]
    moved = cv2.warpAffine(
        outline, np.array([[1, 0, -far[0]], [0, 1, -far[1]]], dtype=np.float32), outline.shape
    )
    soft = blur(moved, 0.35 * px_per_mm)
    near = blur(outline, 0.12 * px_per_mm)
    dark = (1.0 - look.shadow * 0.75 * soft) * (1.0 - 0.3 * near)
    return (surface * dark[..., None]).astype(np.float32)


def _curl(rng: np.random.Generator, steps: int, step_px: float) -> NDArray[np.int32]:
    """A smooth fibre's path in 1/16 px, polylines' fixed point, (N, 1, 2)."""
    bend = np.cumsum(rng.normal(0.0, 0.05, steps)) + rng.normal(0.0, 0.04)
    angle = rng.uniform(0, 2 * math.pi) + np.cumsum(bend) * 0.6
    path = np.cumsum(np.stack([np.cos(angle), np.sin(angle)], axis=1) * step_px, axis=0)
    path += rng.uniform(0, SIDE_PX, 2)
    return (path[:, None, :] * 16).astype(np.int32)


def add_dust(rng: np.random.Generator, scene: Image) -> Image:
    """Specks and fibres on part and bench alike, in normal parts too: what is not a defect."""
    light = np.zeros((SIDE_PX, SIDE_PX), dtype=np.uint8)
    dark = np.zeros_like(light)
    for _ in range(int(rng.poisson(9))):
        target = light if rng.random() < 0.6 else dark
        at = tuple(int(v) for v in rng.uniform(0, SIDE_PX * 16, 2))
        size = int(rng.uniform(8, 30))
        cv2.circle(target, at, size, int(rng.uniform(70, 220)), -1, cv2.LINE_AA, 4)
    for _ in range(int(rng.poisson(0.6))):
        target = light if rng.random() < 0.75 else dark
        path = _curl(rng, int(rng.uniform(12, 45)), float(rng.uniform(2.5, 4.5)))
        cv2.polylines(target, [path], False, int(rng.uniform(70, 200)), 1, cv2.LINE_AA, 4)
    bright = light.astype(np.float32)[..., None] * np.float32(1 / 255)
    dim = dark.astype(np.float32)[..., None] * np.float32(1 / 255)
    scene = scene * (1.0 - 0.8 * dim)
    return np.asarray(scene + (0.7 - scene) * 0.8 * bright, dtype=np.float32)
