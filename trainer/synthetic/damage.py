"""What a flaw does to the picture of the material, and which pixels it touches."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from trainer.synthetic.bench import Look
from trainer.synthetic.camera import SIDE_PX, Camera, Grid, warp_window
from trainer.synthetic.defects import OUTLINE_POINTS, Chip, Crack, Flaw, Gap, Lump, Points, Warp
from trainer.synthetic.lattice import COLUMNS, REACH_MM, STEP_MM, Lattice
from trainer.synthetic.noise import Field, blur, look_up, smooth_noise
from trainer.synthetic.surface import Relief, round_light, strand_cover

FINE = 4  # cracks are drawn this much larger and averaged down: they are 2 to 9 px wide
Mask = NDArray[np.bool_]


@dataclass(slots=True, eq=False)
class Canvas:
    """What damage works on: the material's relief and the disc's filled outline (H, W)."""

    relief: Relief
    outline: Field
    lattice: Lattice
    grid: Grid
    camera: Camera
    look: Look


def leave_gaps(lattice: Lattice, flaws: tuple[Flaw, ...]) -> Lattice:
    """The lattice with its missing stretches taken out of the top layer's width."""
    gaps = [flaw for flaw in flaws if isinstance(flaw, Gap)]
    if not gaps:
        return lattice
    top = lattice.layers[0]
    half = top.half_mm.copy()
    along = np.arange(COLUMNS) * STEP_MM - REACH_MM
    for gap in gaps:
        beyond = np.abs(along - gap.along_mm) - 0.5 * gap.truth.size_mm
        # A broken strand ends round, in a small bead, where the melt drew back.
        bead = 1.0 + 0.1 * np.exp(-0.5 * ((beyond - 0.2) / 0.12) ** 2)
        bead *= np.sqrt(1.0 - np.clip(1.0 - (beyond + 0.03) / 0.15, 0.0, 1.0) ** 2)
        half[gap.row] = np.where(beyond < 0, -half[gap.row], half[gap.row] * bead)
    return replace(lattice, layers=(replace(top, half_mm=half), *lattice.layers[1:]))


def to_pixels(points_mm: Points, camera: Camera) -> Points:
    """Disc millimetres (N, 2) to picture pixels, the camera's tilt included."""
    sine, cosine = math.sin(camera.tilt_rad), math.cos(camera.tilt_rad)
    shrink = camera.tilt * (points_mm[:, :1] * cosine + points_mm[:, 1:] * sine)
    seen = points_mm - shrink * np.array([[cosine, sine]])
    return np.asarray(seen * camera.px_per_mm + np.array(camera.centre_px))


def _fixed_point(points_px: Points) -> NDArray[np.int32]:
    """Pixels to the enlarged drawing's 1/16 px integers, pixel centres kept."""
    return np.rint(((points_px + 0.5) * FINE - 0.5) * 16).astype(np.int32)


def draw_paths(crack: Crack, camera: Camera) -> Field:
    """The crack's cover (H, W): full width along the middle, tapering towards its ends."""
    fine = np.zeros((SIDE_PX * FINE, SIDE_PX * FINE), dtype=np.uint8)
    full = crack.width_mm * camera.px_per_mm * FINE
    for number, path in enumerate(crack.paths_mm):
        points = _fixed_point(to_pixels(path, camera))
        place = (np.arange(len(points) - 1) + 0.5) / (len(points) - 1)
        taper = np.clip(np.minimum(place, 1 - place) * 4 + 0.3, 0, 1) if number == 0 else 1 - place
        ragged = 1.0 + 0.25 * np.sin(17.0 * place + 3.0 * np.sin(41.0 * place))
        width = np.maximum(full * taper * ragged * (1.0 if number == 0 else 0.8), FINE * 0.6)
        for start, end, thick in zip(points[:-1], points[1:], width, strict=True):
            cv2.line(fine, start.tolist(), end.tolist(), 255, round(thick), cv2.LINE_AA, 4)
    small = cv2.resize(fine, (SIDE_PX, SIDE_PX), interpolation=cv2.INTER_AREA)
    return np.asarray(small / np.float32(255.0), dtype=np.float32)


def _crack(rng: np.random.Generator, crack: Crack, canvas: Canvas) -> Mask:
    """Strands cut through: a dark gap, its far edge catching the light."""
    relief, camera, look = canvas.relief, canvas.camera, canvas.look
    gap = draw_paths(crack, camera)
    width_px = crack.width_mm * camera.px_per_mm
    # A narrow line loses contrast in the defocus; make it up, so that `contrast` is what is seen.
    lost = width_px / math.hypot(width_px, 2.2 * camera.defocus_px)
    shown = min(crack.contrast / lost, 0.88)
    dark = np.float32(1.0 - (1.0 - shown) ** 2)  # displayed contrast to linear light
    uneven = 1.0 + 0.12 * smooth_noise(rng, gap.shape, (48, 48))
    mask: Mask = (gap > 0.3) & (relief.cover > 0.5)
    move = np.array([[1, 0, 1.6 * -look.light[0]], [0, 1, 1.6 * -look.light[1]]], dtype=np.float32)
    lit = cv2.warpAffine(blur(gap, 0.7), move, gap.shape) - gap
    relief.tone = relief.tone * (1.0 - np.clip(dark * uneven, 0, 0.98) * gap)
    relief.tone = relief.tone + np.clip(lit, 0, 1) * 0.22 * np.float32(shown) * relief.cover
    relief.shine = relief.shine * (1.0 - np.minimum(1.5 * dark, 1.0) * gap)
    return mask


def _chip(rng: np.random.Generator, chip: Chip, canvas: Canvas) -> Mask:
    """A piece gone: the bench is seen, and the broken face whitens along the bite."""
    fine = np.zeros((SIDE_PX * FINE, SIDE_PX * FINE), dtype=np.uint8)
    polygon = _fixed_point(to_pixels(chip.polygon_mm, canvas.camera))[:, None, :]
    cv2.fillPoly(fine, [polygon], 255, cv2.LINE_8, 4)
    bite = cv2.resize(fine, (SIDE_PX, SIDE_PX), interpolation=cv2.INTER_AREA)
    bite = bite.astype(np.float32) * np.float32(1 / 255)
    mask: Mask = (bite > 0.5) & (canvas.outline > 0.5)
    rough = np.clip(1.0 + 0.6 * smooth_noise(rng, bite.shape, (128, 128)), 0, 2)
    face = np.clip(blur(bite, 2.2) - bite, 0, 1) * rough
    relief = canvas.relief
    relief.tone = relief.tone * (1 - 0.35 * blur(bite, 3.5)) + 0.5 * face
    relief.cover = relief.cover * (1 - bite)
    canvas.outline = canvas.outline * (1 - bite)
    return mask


def _warp(warp: Warp, canvas: Canvas) -> Mask:
    """Nothing to paint, the grid is warped already; the mask is the strayed stretch of rim."""
    grid, radius = canvas.grid, canvas.lattice.radius_mm
    band = max(canvas.lattice.rim.depth_mm, 0.4)
    inner = np.maximum(grid.radius_mm, grid.seen_mm) > radius - band
    outer = np.minimum(grid.radius_mm, grid.seen_mm) < radius
    return np.asarray((warp_window(grid.angle_rad, warp) > 0.02) & inner & outer)


def _gap(gap: Gap, canvas: Canvas) -> Mask:
    """The strand is gone already; the mask is where it would have been."""
    top, grid = canvas.lattice.layers[0], canvas.grid
    distance, half, _ = top.measure(grid.x_mm, grid.y_mm)
    row = top.row_of(top.across_along(grid.x_mm, grid.y_mm)[0])
    meant = strand_cover(distance, np.abs(half), grid.px_per_mm)
    within = grid.radius_mm < canvas.lattice.inner_mm
    return np.asarray((meant > 0.5) & (half <= 0) & (row == gap.row) & within)


def _from_outline(lump: Lump, grid: Grid) -> Field:
    """Distance from the lump's middle as a share of its outline's, (H, W): 1 on the outline."""
    x = grid.x_mm - np.float32(lump.truth.x_mm)
    y = grid.y_mm - np.float32(lump.truth.y_mm)
    radius, angle = cv2.cartToPolar(x, y)
    column = angle * np.float32(OUTLINE_POINTS / (2 * math.pi))
    closed = np.concatenate([lump.radii_mm, lump.radii_mm[:, :1]], axis=1)
    return np.asarray(radius / look_up(closed, column, np.zeros_like(column)))


def _lump(rng: np.random.Generator, lump: Lump, canvas: Canvas) -> Mask:
    """A blob as a dome of its own, or a web that levels strands and pores."""
    relief, grid, look = canvas.relief, canvas.grid, canvas.look
    share = _from_outline(lump, grid)
    bumpy = smooth_noise(rng, share.shape, (40, 40))
    inside = np.clip((1.0 - share) * float(lump.radii_mm.mean()) * grid.px_per_mm + 0.5, 0, 1)
    dome = np.maximum(1.0 - share**2, 0.0) ** (0.55 if lump.domed else 0.35)
    height = lump.height_mm * dome * (1.0 + (0.06 if lump.domed else 0.12) * bumpy)
    if not lump.domed:
        inside = inside * (grid.radius_mm < canvas.lattice.inner_mm + 0.1)
        # The strands still stand out a little from what has run between them.
        height = height + np.float32(0.1) * relief.top * relief.cover
    height = blur(height.astype(np.float32), 1.0)
    step = grid.px_per_mm / 8.0
    east = -cv2.Sobel(height, cv2.CV_32F, 1, 0) * step
    south = -cv2.Sobel(height, cv2.CV_32F, 0, 1) * step
    steep = np.sqrt(east**2 + south**2)
    lean = steep / np.sqrt(1.0 + steep**2)
    toward = (east * look.light[0] + south * look.light[1]) / np.maximum(steep, 1e-4)
    tone, shine = round_light(look, lean, toward)
    mask = inside > 0.5
    if lump.domed:
        relief.shade(inside, look, grid.px_per_mm)
        canvas.outline = np.maximum(canvas.outline, inside)
        cover, tone = inside, tone * 0.98
    else:
        was = relief.top * relief.cover
        cover = inside * (1.0 - 0.75 * was)
        tone = tone * (0.84 + 0.04 * bumpy)
    relief.lay(cover.astype(np.float32), tone.astype(np.float32), shine, top=1.0)
    return np.asarray(mask)


def apply(rng: np.random.Generator, flaws: tuple[Flaw, ...], canvas: Canvas) -> NDArray[np.uint8]:
    """Do every flaw's damage to the canvas; the mask (H, W), 255 where any of them is seen."""
    touched = np.zeros((SIDE_PX, SIDE_PX), dtype=bool)
    for flaw in flaws:
        if isinstance(flaw, Crack):
            touched |= _crack(rng, flaw, canvas)
        elif isinstance(flaw, Chip):
            touched |= _chip(rng, flaw, canvas)
        elif isinstance(flaw, Warp):
            touched |= _warp(flaw, canvas)
        elif isinstance(flaw, Gap):
            touched |= _gap(flaw, canvas)
        else:
            touched |= _lump(rng, flaw, canvas)
    return np.asarray(255 * touched, dtype=np.uint8)
