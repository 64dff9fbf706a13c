"""Defects as geometry in millimetres, drawn before any pixel: what is wrong, where, how large."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from trainer.synthetic.lattice import Lattice, on_material
from trainer.synthetic.noise import ring_noise

KINDS = ("crack", "chip", "ovality", "missing-strand", "merged-strands", "blob")
KIND_SHARES = (0.45, 0.11, 0.11, 0.11, 0.11, 0.11)
MIN_MM, MAX_MM = 0.5, 10.0
LEAST_MM = 0.2
"""Smaller ones are below two pixels in width or depth: nothing is left to be found."""
OUTLINE_POINTS = 96

Points = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Defect:
    """One defect's truth: its kind, its largest extent, and its middle from the disc's centre.

    x_mm runs right, y_mm down, as in the image. size_mm is the largest extent in the plane:
    end to end for a crack; the chord between the ends of the touched rim for a chip and for
    ovality (the arc that leaves the circle; where both sides gave way, of the one at x, y);
    the gap's length for a missing strand; the longest diameter for merged strands and a blob.
    """

    kind: str
    size_mm: float
    x_mm: float
    y_mm: float

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"defect kind {self.kind!r}; expected one of {', '.join(KINDS)}")
        if self.size_mm <= 0:
            raise ValueError(f"defect size {self.size_mm} mm; expected more than 0")


@dataclass(frozen=True, slots=True, eq=False)
class Crack:
    """Jagged paths (N, 2) in mm, main one first; contrast is the darkening left after defocus."""

    truth: Defect
    paths_mm: tuple[Points, ...]
    width_mm: float
    contrast: float


@dataclass(frozen=True, slots=True, eq=False)
class Chip:
    """A piece missing from the edge: a polygon (N, 2) in mm that reaches beyond the disc."""

    truth: Defect
    polygon_mm: Points


@dataclass(frozen=True, slots=True, eq=False)
class Warp:
    """An arc pressed in (negative) or bulging out, once or on both sides of the disc."""

    truth: Defect
    centres_rad: tuple[float, ...]
    half_arc_rad: float
    deviation_mm: float


@dataclass(frozen=True, slots=True, eq=False)
class Gap:
    """A stretch of one top strand that was never laid down: row in the table, place, length."""

    truth: Defect
    row: int
    along_mm: float


@dataclass(frozen=True, slots=True, eq=False)
class Lump:
    """Material where none belongs: a star-shaped outline, its radii_mm (1, N) by angle.

    domed: a blob standing on the strands; otherwise a web that fills the pores between them.
    """

    truth: Defect
    radii_mm: NDArray[np.float32]
    height_mm: float
    domed: bool


Flaw = Crack | Chip | Warp | Gap | Lump


def extent_mm(points: Points) -> float:
    """The largest distance between any two of the points (N, 2)."""
    apart = points[:, None, :] - points[None, :, :]
    return float(np.sqrt((apart**2).sum(axis=-1)).max())


def _walk(rng: np.random.Generator, steps: int, heading: float, rough: float) -> Points:
    """A jagged walk of unit steps that keeps its heading on the whole but not at any step."""
    drift = heading + np.cumsum(rng.normal(0.0, 0.12, steps))
    angle = drift + rng.normal(0.0, rough, steps)
    length = rng.uniform(0.5, 1.5, steps)
    moves = np.stack([np.cos(angle), np.sin(angle)], axis=1) * length[:, None]
    return np.concatenate([np.zeros((1, 2)), np.cumsum(moves, axis=0)])


def _crack_paths(rng: np.random.Generator, size_mm: float) -> list[Points]:
    """A main path, sometimes one or two branches, scaled to an extent of exactly size_mm."""
    steps = int(np.clip(size_mm / rng.uniform(0.12, 0.25), 5, 80))
    heading, rough = float(rng.uniform(0, 2 * math.pi)), float(rng.uniform(0.3, 0.65))
    paths = [_walk(rng, steps, heading, rough)]
    if size_mm > 1.2 and rng.random() < 0.35:
        for _ in range(int(rng.integers(1, 3))):
            root = paths[0][int(rng.uniform(0.25, 0.75) * steps)]
            side = float(rng.choice([-1.0, 1.0]) * rng.uniform(0.5, 1.1))
            branch = _walk(rng, max(3, int(steps * rng.uniform(0.15, 0.4))), heading + side, rough)
            paths.append(root + branch)
    every = np.concatenate(paths)
    scale = size_mm / extent_mm(every)
    middle = 0.5 * (every.min(axis=0) + every.max(axis=0))
    return [(path - middle) * scale for path in paths]


def draw_crack(rng: np.random.Generator, lattice: Lattice, size_mm: float) -> Crack:
    """A crack that breaks material: of many random ones, the first that begins and ends in it."""
    best: tuple[float, list[Points]] | None = None
    for _ in range(60):
        paths = _crack_paths(rng, size_mm)
        reach = lattice.radius_mm * math.sqrt(rng.random())
        angle = rng.uniform(0, 2 * math.pi)
        centre = np.array([reach * math.cos(angle), reach * math.sin(angle)])
        paths = [path + centre for path in paths]
        every = np.concatenate(paths)
        if np.hypot(every[:, 0], every[:, 1]).max() > lattice.radius_mm - 0.02:
            continue
        top, some = on_material(lattice, every[:, 0], every[:, 1])
        ends = on_material(lattice, *paths[0][[0, 1, -2, -1]].T)[1].mean()
        score = float(min(top.mean(), 0.5) + min(some.mean(), 0.7) + ends)
        if best is None or score > best[0]:
            best = (score, paths)
        if score > 1.99:
            break
    # Nothing fitted: a long crack through the middle always does.
    paths = best[1] if best is not None else _crack_paths(rng, size_mm)
    every = np.concatenate(paths)
    middle = 0.5 * (every.min(axis=0) + every.max(axis=0))
    clear = size_mm >= 1.0
    # Thin hairlines below 1 mm may be next to invisible; from 1 mm on an eye must find them.
    widest = min(0.25, 0.09 + 0.05 * size_mm)
    width = float(np.exp(rng.uniform(math.log(0.065 if clear else 0.05), math.log(widest))))
    faintest = 0.26 - 0.08 * math.log10(size_mm) if clear else 0.1
    # Only a hairline can be faint: one sees down into a wide crack, and it is dark there.
    faintest = max(faintest, min(2.6 * width, 0.6))
    contrast = float(np.exp(rng.uniform(math.log(faintest), math.log(0.75))))
    truth = Defect("crack", size_mm, float(middle[0]), float(middle[1]))
    return Crack(truth, tuple(paths), width, contrast)


def draw_chip(rng: np.random.Generator, lattice: Lattice, size_mm: float) -> Chip:
    """A bite with a jagged floor, its chord size_mm, 0.2 to 2.5 mm deep."""
    half = math.asin(min(0.5 * size_mm / lattice.radius_mm, 1.0))
    depth = float(np.clip(size_mm * rng.uniform(0.3, 0.6), 0.22, 2.5))
    centre = float(rng.uniform(0, 2 * math.pi))
    count = int(np.clip(size_mm / 0.3, 6, 24))
    place = np.linspace(0.0, 1.0, count)
    floor = np.sin(math.pi * place) ** rng.uniform(0.4, 0.9)
    floor = floor * (1.0 + rng.normal(0.0, 0.08, count))
    angle = centre + half * (2.0 * place - 1.0)
    radius = lattice.radius_mm - depth * floor / max(float(floor.max()), 1e-6)
    inner = np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)
    outer_angle = angle[::-1]
    outer = np.stack([np.cos(outer_angle), np.sin(outer_angle)], axis=1)
    polygon = np.concatenate([inner, outer * (lattice.radius_mm + 0.4)])
    at = lattice.radius_mm - 0.5 * depth
    return Chip(Defect("chip", size_mm, at * math.cos(centre), at * math.sin(centre)), polygon)


def draw_warp(rng: np.random.Generator, lattice: Lattice, size_mm: float) -> Warp:
    """An arc off the circle by 0.12-0.6 mm: four times the tilt and wobble of sound parts."""
    half = math.asin(min(0.5 * size_mm / lattice.radius_mm, 1.0))
    deviation = (0.11 + 0.035 * size_mm) * float(rng.uniform(0.9, 1.35))
    centre = float(rng.uniform(0, 2 * math.pi))
    # A long one is what squeezing leaves: the opposite side has given way too.
    both = size_mm > 6.0 and rng.random() < 0.5
    centres = (centre, centre + math.pi) if both else (centre,)
    x, y = lattice.radius_mm * math.cos(centre), lattice.radius_mm * math.sin(centre)
    sign = -1.0 if rng.random() < 0.6 else 1.0
    return Warp(Defect("ovality", size_mm, x, y), centres, half, sign * deviation)


def draw_gap(rng: np.random.Generator, lattice: Lattice, size_mm: float) -> Gap:
    """A gap of size_mm in a top strand that is long enough to hold it inside the rim."""
    top = lattice.layers[0]
    middle = top.half_mm.shape[0] // 2
    inner = lattice.inner_mm - 0.1
    widest = math.sqrt(max(inner**2 - (0.5 * min(size_mm, 2 * inner - 0.4)) ** 2, 0.0))
    rows = np.arange(top.half_mm.shape[0])
    across = (rows - middle) * top.pitch_mm
    fitting = rows[np.abs(across + top.phase_mm) <= max(widest, 0.5 * top.pitch_mm + 0.01)]
    row = int(rng.choice(fitting))
    reach = math.sqrt(inner**2 - float(across[row] + top.phase_mm) ** 2)
    size_mm = min(size_mm, 2.0 * reach)
    slack = max(reach - 0.5 * size_mm, 0.0)
    along = float(rng.uniform(-slack, slack))
    x, y = top.point(float(across[row]), along)
    return Gap(Defect("missing-strand", size_mm, x, y), row, along)


def _radii(
    rng: np.random.Generator, size_mm: float, ratio: float, turn_rad: float, square: float = 2.4
) -> Points:
    """A rounded, slightly lobed outline, its longest diameter exactly size_mm: (N,) radii."""
    angle = np.linspace(0.0, 2.0 * math.pi, OUTLINE_POINTS, endpoint=False)
    local = angle - turn_rad
    sides = np.abs(np.cos(local)) ** square + np.abs(np.sin(local) / ratio) ** square
    round_ = sides ** (-1.0 / square)  # a superellipse: 2 an ellipse, 4 nearly a rectangle
    lobes = ring_noise(rng, OUTLINE_POINTS, 5)[0] * 0.06
    radii = round_ * np.clip(1.0 + lobes, 0.75, 1.25)
    outline = radii[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    return np.asarray(radii * (size_mm / extent_mm(outline)))


def draw_web(rng: np.random.Generator, lattice: Lattice, size_mm: float) -> Lump:
    """Pores filled between neighbouring top strands: a bridge across one, or a run along them."""
    top = lattice.layers[0]
    # What does not reach from strand to strand merges nothing.
    size_mm = max(size_mm, 1.3 * (top.pitch_mm - top.width_mm))
    gaps = min(int(rng.integers(1, 4)), max(1, int(size_mm / (1.5 * top.pitch_mm))))
    bridge = size_mm < 1.2 * top.pitch_mm
    ratio = float(rng.uniform(0.45, 0.8)) if bridge else gaps * top.pitch_mm / size_mm
    reach = max(lattice.inner_mm - 0.5 * size_mm, 0.05)
    radius, angle = reach * math.sqrt(rng.random()), rng.uniform(0, 2 * math.pi)
    across = radius * math.sin(angle) - top.phase_mm
    middle = 0.5 if gaps % 2 else 0.0
    across = (float(np.rint(across / top.pitch_mm - middle)) + middle) * top.pitch_mm
    x, y = top.point(across, radius * math.cos(angle))
    turn = top.angle_rad + (0.5 * math.pi if bridge else 0.0)
    radii = _radii(rng, size_mm, min(ratio, 1.0), turn, 4.0)
    truth = Defect("merged-strands", size_mm, x, y)
    return Lump(truth, radii[None].astype(np.float32), 0.08, domed=False)


def draw_blob(rng: np.random.Generator, lattice: Lattice, size_mm: float) -> Lump:
    """A drop or smear of excess material, size_mm long, at most 3.5 mm wide."""
    ratio = min(float(rng.uniform(0.4, 1.0)), 3.5 / size_mm)
    reach = max(lattice.radius_mm - 0.5 * size_mm, 0.05)
    radius, angle = reach * math.sqrt(rng.random()), rng.uniform(0, 2 * math.pi)
    radii = _radii(rng, size_mm, ratio, float(rng.uniform(0, math.pi)))
    truth = Defect("blob", size_mm, radius * math.cos(angle), radius * math.sin(angle))
    height = float(np.clip(0.5 * size_mm * ratio, 0.15, 0.5)) * float(rng.uniform(0.6, 1.0))
    return Lump(truth, radii[None].astype(np.float32), height, domed=True)


DRAW: dict[str, Callable[[np.random.Generator, Lattice, float], Flaw]] = {
    "crack": draw_crack,
    "chip": draw_chip,
    "ovality": draw_warp,
    "missing-strand": draw_gap,
    "merged-strands": draw_web,
    "blob": draw_blob,
}


def draw_flaws(
    rng: np.random.Generator,
    lattice: Lattice,
    sizes_mm: tuple[float, float] = (MIN_MM, MAX_MM),
) -> tuple[Flaw, ...]:
    """One flaw in most defective parts, two in one of ten; sizes log-uniform within sizes_mm."""
    count = 2 if rng.random() < 0.1 else 1
    flaws: list[Flaw] = []
    least, largest = sizes_mm
    for _ in range(count):
        kind = str(rng.choice(KINDS, p=KIND_SHARES))
        size = math.exp(rng.uniform(math.log(least), math.log(largest)))
        flaws.append(DRAW[kind](rng, lattice, size))
        largest = size  # the first one stays the largest, so its size keeps the distribution
    # A web may have been made larger, to reach across its pore.
    return tuple(sorted(flaws, key=lambda flaw: -flaw.truth.size_mm))
