"""The printed lattice: layers of strands inside a rim, as numbers in millimetres."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from trainer.synthetic.noise import Field, look_up, ring_noise, strand_noise

REACH_MM = 7.5  # tables cover strands from -REACH to +REACH: the disc's 6 mm and some
STEP_MM = 0.05  # along a strand
COLUMNS = int(2 * REACH_MM / STEP_MM) + 1
RING_COLUMNS = 1440  # a quarter of a degree, 0.03 mm on the rim


@dataclass(frozen=True, slots=True, eq=False)
class Layer:
    """Parallel strands; row i of each table is strand i, its columns run along the strand.

    offset_mm (S, COLUMNS): how far the strand strays sideways;
    half_mm (S, COLUMNS): half its width, negative where there is none;
    gloss (S, COLUMNS): how strongly it shines, about 1.
    """

    angle_rad: float
    pitch_mm: float
    width_mm: float
    phase_mm: float
    offset_mm: Field
    half_mm: Field
    gloss: Field

    def across_along(self, x_mm: Field, y_mm: Field) -> tuple[Field, Field]:
        """The point in the layer's own axes: across its strands and along them."""
        sine, cosine = math.sin(self.angle_rad), math.cos(self.angle_rad)
        across = np.asarray(y_mm * cosine - x_mm * sine - self.phase_mm, dtype=np.float32)
        return across, np.asarray(x_mm * cosine + y_mm * sine, dtype=np.float32)

    def point(self, across_mm: float, along_mm: float) -> tuple[float, float]:
        """The way back from the layer's own axes to the disc's (x, y)."""
        sine, cosine = math.sin(self.angle_rad), math.cos(self.angle_rad)
        across_mm += self.phase_mm
        return along_mm * cosine - across_mm * sine, along_mm * sine + across_mm * cosine

    def row_of(self, across_mm: Field) -> Field:
        """The nearest strand's row in the tables."""
        middle = np.float32(self.half_mm.shape[0] // 2)
        return np.asarray(np.rint(across_mm / self.pitch_mm) + middle, dtype=np.float32)

    def measure(self, x_mm: Field, y_mm: Field) -> tuple[Field, Field, Field]:
        """Signed distance to the nearest strand's axis, its half width there, and its gloss."""
        across, along = self.across_along(x_mm, y_mm)
        row = self.row_of(across)
        column = (along + np.float32(REACH_MM)) * np.float32(1.0 / STEP_MM)
        axis = (row - np.float32(self.half_mm.shape[0] // 2)) * np.float32(self.pitch_mm)
        distance = across - axis - look_up(self.offset_mm, column, row)
        return distance, look_up(self.half_mm, column, row), look_up(self.gloss, column, row)


@dataclass(frozen=True, slots=True, eq=False)
class Rim:
    """The printed outline: `loops` concentric strands ending at the disc's radius.

    wobble_mm (1, RING_COLUMNS): the edge's small natural stray, the seam included.
    """

    loops: int
    width_mm: float
    wobble_mm: Field
    gloss: Field

    @property
    def depth_mm(self) -> float:
        """From the outer edge to the inner one."""
        return self.loops * self.width_mm


@dataclass(frozen=True, slots=True, eq=False)
class Lattice:
    """A disc's material: layers from the top down, and the rim."""

    radius_mm: float
    layers: tuple[Layer, ...]
    rim: Rim

    @property
    def inner_mm(self) -> float:
        """Radius up to which the strands are seen before the rim covers them."""
        return self.radius_mm - self.rim.depth_mm


def draw_layer(
    rng: np.random.Generator, angle_rad: float, pitch_mm: float, width_mm: float, phase_mm: float
) -> Layer:
    """A layer with the natural scatter of a good print: wobble of 1-4 %, waviness of 10-30 um."""
    strands = 2 * math.ceil(REACH_MM / pitch_mm) + 3
    wavy = strand_noise(rng, strands, COLUMNS, 9) * rng.uniform(0.006, 0.02)
    stray = rng.standard_normal((strands, 1)) * rng.uniform(0.003, 0.012)
    slow = strand_noise(rng, strands, COLUMNS, 12) * rng.uniform(0.01, 0.035)
    quick = strand_noise(rng, strands, COLUMNS, 90) * rng.uniform(0.004, 0.015)
    each = rng.standard_normal((strands, 1)) * rng.uniform(0.005, 0.02)
    half = 0.5 * width_mm * (1.0 + slow + quick + each)
    gloss = 1.0 + 0.35 * strand_noise(rng, strands, COLUMNS, 40)
    return Layer(
        angle_rad=angle_rad,
        pitch_mm=pitch_mm,
        width_mm=width_mm,
        phase_mm=phase_mm,
        offset_mm=(wavy + stray).astype(np.float32),
        half_mm=half.astype(np.float32),
        gloss=np.clip(gloss, 0.0, 2.0).astype(np.float32),
    )


def draw_rim(rng: np.random.Generator) -> Rim:
    """One loop or two, thin or thick. Without any, a strand's end would pass for a chip."""
    loops = int(rng.choice([1, 2], p=[0.65, 0.35]))
    width = float(rng.uniform(0.32, 0.58))
    wobble = ring_noise(rng, RING_COLUMNS, 24) * rng.uniform(0.003, 0.01)
    # The seam, where each loop starts and ends: a small bead or dent that no inspector minds.
    at, spread = rng.integers(RING_COLUMNS), rng.uniform(3.0, 7.0)
    column = np.arange(RING_COLUMNS)
    apart = np.minimum((column - at) % RING_COLUMNS, (at - column) % RING_COLUMNS)
    seam = rng.uniform(-0.02, 0.03) * np.exp(-0.5 * (apart / spread) ** 2)
    gloss = 1.0 + 0.3 * ring_noise(rng, RING_COLUMNS, 60)
    return Rim(
        loops=loops,
        width_mm=width,
        wobble_mm=(wobble + seam).astype(np.float32),
        gloss=np.clip(gloss, 0.0, 2.0).astype(np.float32),
    )


def draw_lattice(rng: np.random.Generator) -> Lattice:
    """A sound disc of 12 mm: two or three visible layers, lay-down angle 90, 60 or 45 degrees."""
    start = float(rng.uniform(0.0, math.pi))
    turn = math.radians(float(rng.choice([90.0, 60.0, 45.0], p=[0.7, 0.2, 0.1])))
    pitch = float(rng.uniform(0.78, 1.2))
    width = pitch * float(rng.uniform(0.42, 0.58))
    depth = int(rng.choice([2, 3], p=[0.4, 0.6]))
    stagger = 0.5 * pitch if rng.random() < 0.5 else 0.0
    layers: list[Layer] = []
    for level in range(depth):
        # With 0/90 the third layer lies under the first, or half a pitch beside it.
        phase = float(rng.uniform(-0.5, 0.5)) * pitch if level < 2 else layers[0].phase_mm + stagger
        angle = start + turn * (level % 2 if turn > 1.5 else level)
        layers.append(draw_layer(rng, angle, pitch, width * float(rng.uniform(0.97, 1.03)), phase))
    radius = 6.0 * (1.0 + float(np.clip(rng.normal(0.0, 0.0012), -0.003, 0.003)))
    return Lattice(radius_mm=radius, layers=tuple(layers), rim=draw_rim(rng))


def on_material(
    lattice: Lattice, x_mm: NDArray[np.float64], y_mm: NDArray[np.float64]
) -> tuple[Field, Field]:
    """For points (N,): 1 where the top layer or the rim is hit, 1 where any of it is hit."""
    x, y = x_mm[None].astype(np.float32), y_mm[None].astype(np.float32)
    radius = np.hypot(x, y)
    rim = (radius > lattice.inner_mm) & (radius < lattice.radius_mm)
    hits = []
    for layer in lattice.layers[:2]:
        distance, half, _ = layer.measure(x, y)
        hits.append((np.abs(distance) < half) & (radius < lattice.radius_mm))
    top = hits[0] | rim
    return top[0].astype(np.float32), (top | hits[1])[0].astype(np.float32)
