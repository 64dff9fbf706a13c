"""Light on the printed material: round strands, layer over layer, darker the deeper they lie."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np

from trainer.synthetic.bench import Look
from trainer.synthetic.camera import Grid
from trainer.synthetic.lattice import RING_COLUMNS, Lattice, Layer
from trainer.synthetic.noise import Field, blur, look_up, smooth_noise

LEVELS = (1.0, 0.68, 0.42)  # what light reaches the first, second and third layer


@dataclass(slots=True, eq=False)
class Relief:
    """The picture of the material so far, each (H, W): what it reflects, shines and covers.

    top: how much of what is seen belongs to the uppermost layer or the rim.
    """

    tone: Field
    shine: Field
    cover: Field
    top: Field

    def lay(self, cover: Field, tone: Field, shine: Field, top: float) -> None:
        """Put one more layer over what is there."""
        rest = 1.0 - cover
        self.tone = self.tone * rest + tone * cover
        self.shine = self.shine * rest + shine * cover
        self.cover = self.cover * rest + cover
        self.top = self.top * rest + np.float32(top) * cover

    def shade(self, cover: Field, look: Look, px_per_mm: float) -> None:
        """Darken what lies under a layer: close beside its strands, and on the side off light."""
        shift = -0.16 * px_per_mm * look.light[0], -0.16 * px_per_mm * look.light[1]
        move = np.array([[1, 0, shift[0]], [0, 1, shift[1]]], dtype=np.float32)
        soft = blur(cover, 0.075 * px_per_mm)
        fallen = cv2.warpAffine(soft, move, cover.shape[::-1], borderMode=cv2.BORDER_REPLICATE)
        keep = (1.0 - 0.5 * (1 - look.haze) * soft) * (1.0 - look.shadow * 0.6 * fallen)
        self.tone = self.tone * keep
        self.shine = self.shine * keep**2


def round_light(look: Look, slope: Field, toward: Field) -> tuple[Field, Field]:
    """Diffuse and mirrored light on a round strand.

    slope: -1..1 across the strand, the sine of the surface's lean; toward: the light's share
    in the direction of the slope. Blinn's half-vector for the mirrored part, seen from above.
    """
    up = np.sqrt(np.maximum(1.0 - (0.94 * slope) ** 2, 0.0))
    diffuse = np.maximum(look.light[2] * up + toward * slope, 0.0)
    # Wrapped: plastic scatters inside, so the far flank is never black.
    tone = look.ambient * (0.45 + 0.55 * up) + (1.0 - look.ambient) * (
        0.2 + 0.8 * diffuse * (1 - 0.4 * look.haze) + 0.25 * look.haze
    )
    norm = math.sqrt(2.0 + 2.0 * look.light[2])
    half = np.clip((1.0 + look.light[2]) / norm * up + toward / norm * slope, 0.0, 1.0)
    return tone.astype(np.float32), (look.shine * half**look.shine_power).astype(np.float32)


def strand_cover(distance: Field, half: Field, px_per_mm: float) -> Field:
    """Share of the pixel inside the strand: edges one pixel soft, nothing where half is < 0."""
    inside = np.clip(0.5 + (half - np.abs(distance)) * np.float32(px_per_mm), 0.0, 1.0)
    return np.asarray(inside * (half > 0), dtype=np.float32)


def light_layer(layer: Layer, grid: Grid, look: Look, level: int) -> tuple[Field, Field, Field]:
    """A layer's cover, tone and shine over the whole picture."""
    distance, half, gloss = layer.measure(grid.x_mm, grid.y_mm)
    cover = strand_cover(distance, half, grid.px_per_mm)
    slope: Field = np.clip(distance / np.maximum(half, 0.02), -1.0, 1.0)
    across = -look.light[0] * math.sin(layer.angle_rad) + look.light[1] * math.cos(layer.angle_rad)
    tone, shine = round_light(look, slope, np.float32(across))
    tone = tone * np.float32(LEVELS[level]) * (0.94 + 0.06 * gloss)
    return cover, tone, shine * gloss * np.float32(LEVELS[level] ** 2)


def light_rim(lattice: Lattice, grid: Grid, look: Look) -> tuple[Field, Field, Field]:
    """The rim's cover, tone and shine: rings of the same round strand."""
    rim = lattice.rim
    column = grid.angle_rad * np.float32(RING_COLUMNS / (2 * math.pi))
    row = np.zeros_like(column)
    inward = np.float32(lattice.radius_mm) - grid.radius_mm + look_up(rim.wobble_mm, column, row)
    cover = np.clip(0.5 + inward * grid.px_per_mm, 0, 1) * np.clip(
        0.5 + (rim.depth_mm - inward) * grid.px_per_mm, 0, 1
    )
    within = np.mod(inward, np.float32(rim.width_mm)) / np.float32(rim.width_mm)
    slope = np.clip(1.0 - 2.0 * within, -1.0, 1.0)  # the outer flank leans outwards
    outward = np.asarray(
        np.cos(grid.angle_rad) * look.light[0] + np.sin(grid.angle_rad) * look.light[1],
        dtype=np.float32,
    )
    tone, shine = round_light(look, slope, outward)
    return cover.astype(np.float32), tone, shine * look_up(rim.gloss, column, row)


def disc_cover(lattice: Lattice, grid: Grid) -> Field:
    """1 inside the area that strands may fill: the disc, less half of the rim's loop."""
    edge = lattice.radius_mm - 0.5 * lattice.rim.width_mm
    inside = np.clip(0.5 + (edge - grid.radius_mm) * grid.px_per_mm, 0, 1)
    return np.asarray(inside, dtype=np.float32)


def stringing(rng: np.random.Generator, lattice: Lattice, relief: Relief, grid: Grid) -> None:
    """Hair-fine threads a nozzle draws behind it from strand to strand: common, and harmless."""
    top = lattice.layers[0]
    threads = np.zeros(relief.tone.shape, dtype=np.uint8)
    middle = np.array(threads.shape[::-1]) * 0.5
    for _ in range(int(rng.poisson(5))):
        across, along = rng.uniform(-4.5, 4.5, 2)
        span, lean = top.pitch_mm * float(rng.choice([1.0, 2.0])), float(rng.normal(0.0, 0.5))
        ends = [top.point(across, along), top.point(across + span, along + lean)]
        points = (np.array(ends) * grid.px_per_mm + middle) * 16
        start, end = points.astype(int).tolist()
        cv2.line(threads, start, end, int(rng.uniform(40, 120)), 1, cv2.LINE_AA, 4)
    strength = threads.astype(np.float32) * np.float32(1 / 255)
    strength *= (1.0 - relief.top) * (grid.radius_mm < lattice.inner_mm)
    relief.lay(strength, np.full_like(strength, 0.75), strength * 0.1, top=0.0)


def build_relief(
    rng: np.random.Generator, lattice: Lattice, grid: Grid, look: Look
) -> tuple[Relief, Field]:
    """All the material lit, lowest layer first, and the disc's filled outline (H, W)."""
    zero = np.zeros_like(grid.x_mm)
    relief = Relief(zero, zero, zero, zero)
    area = disc_cover(lattice, grid)
    for level in range(len(lattice.layers) - 1, -1, -1):
        cover, tone, shine = light_layer(lattice.layers[level], grid, look, level)
        cover = cover * area
        relief.shade(cover, look, grid.px_per_mm)
        relief.lay(cover, tone, shine, top=float(level == 0))
    stringing(rng, lattice, relief, grid)
    cover, tone, shine = light_rim(lattice, grid, look)
    relief.shade(cover, look, grid.px_per_mm)
    relief.lay(cover, tone, shine, top=1.0)
    outline = np.maximum(area, cover)
    # Plastic is never even: cloudy over millimetres, grainy over a pixel or two.
    cloud = 1.0 + 0.03 * smooth_noise(rng, zero.shape, (7, 7))
    cloud += 0.018 * smooth_noise(rng, zero.shape, (200, 200))
    relief.tone = relief.tone * cloud
    return relief, outline
