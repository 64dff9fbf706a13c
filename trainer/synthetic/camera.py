"""The bench camera: where the part lies in the picture, how it is focused and how it is exposed."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from trainer.synthetic.defects import Flaw, Warp
from trainer.synthetic.noise import Field, blur, smooth_noise

SIDE_PX = 512
PX_PER_MM = 36.0


@dataclass(frozen=True, slots=True)
class Camera:
    """Pose and optics; tilt shortens one direction by less than 0.4 %, far below any ovality."""

    centre_px: tuple[float, float]
    px_per_mm: float
    tilt: float
    tilt_rad: float
    defocus_px: float
    exposure: float
    vignette: float
    read_noise: float
    shot_noise: float


@dataclass(frozen=True, slots=True, eq=False)
class Grid:
    """Each pixel's place on the material, in mm (SIDE_PX, SIDE_PX), warps taken out.

    seen_mm: the distance from the centre as it is seen, warps left in.
    """

    x_mm: Field
    y_mm: Field
    radius_mm: Field
    angle_rad: Field
    seen_mm: Field
    px_per_mm: float


def draw_camera(rng: np.random.Generator) -> Camera:
    """A part laid down by hand under a fixed camera: within 0.35 mm and 2 % of the nominal."""
    middle = 0.5 * (SIDE_PX - 1)
    return Camera(
        centre_px=(middle + float(rng.uniform(-12, 12)), middle + float(rng.uniform(-12, 12))),
        px_per_mm=PX_PER_MM * float(rng.uniform(0.98, 1.02)),
        tilt=float(rng.uniform(0.0, 0.004)),
        tilt_rad=float(rng.uniform(0.0, math.pi)),
        defocus_px=float(rng.uniform(0.55, 1.15)),
        exposure=float(rng.uniform(0.62, 0.92)),
        vignette=float(rng.uniform(0.0, 0.22)),
        read_noise=float(rng.uniform(0.6, 2.2)),
        shot_noise=float(rng.uniform(0.04, 0.14)),
    )


def _from_centre(camera: Camera) -> tuple[Field, Field]:
    """Millimetres right and down of the disc's centre, tilt taken out."""
    column = np.arange(SIDE_PX, dtype=np.float32)
    x = ((column - camera.centre_px[0]) / camera.px_per_mm)[None, :].astype(np.float32)
    y = ((column - camera.centre_px[1]) / camera.px_per_mm)[:, None].astype(np.float32)
    sine, cosine = math.sin(camera.tilt_rad), math.cos(camera.tilt_rad)
    stretch = (1.0 / (1.0 - camera.tilt) - 1.0) * (x * np.float32(cosine) + y * np.float32(sine))
    return (
        (x + stretch * np.float32(cosine)).astype(np.float32),
        (y + stretch * np.float32(sine)).astype(np.float32),
    )


def warp_window(angle_rad: Field, warp: Warp) -> Field:
    """How much of its deviation a warp has at each angle: 1 in the middle, 0 from its ends on."""
    total = np.zeros_like(angle_rad)
    for centre in warp.centres_rad:
        apart = np.abs(np.mod(angle_rad - centre + math.pi, 2 * math.pi) - math.pi)
        ramp = np.clip((apart / warp.half_arc_rad - 0.3) / 0.7, 0.0, 1.0)
        total += 0.5 * (1.0 + np.cos(math.pi * ramp))
    return total.astype(np.float32)


def make_grid(camera: Camera, flaws: tuple[Flaw, ...], radius_mm: float) -> Grid:
    """The pixels' places on the undeformed material: where a warp moved it, look back."""
    x, y = _from_centre(camera)
    radius, angle = cv2.cartToPolar(x, y)
    seen = radius
    for flaw in flaws:
        if not isinstance(flaw, Warp):
            continue
        # The deviation fades inwards: the lattice follows the rim, the middle stays.
        fade = np.clip(radius / radius_mm, 0.0, 1.15) ** 4
        moved = radius - np.float32(flaw.deviation_mm) * warp_window(angle, flaw) * fade
        ratio = moved / np.maximum(radius, 1e-3)
        x, y, radius = x * ratio, y * ratio, moved
    return Grid(x, y, radius, angle, seen, camera.px_per_mm)


def expose(
    rng: np.random.Generator, camera: Camera, scene_rgb: NDArray[np.float32]
) -> NDArray[np.uint8]:
    """Defocus, vignette, gain and noise: linear light 0..1 (H, W, 3) to uint8 RGB."""
    image = blur(scene_rgb, camera.defocus_px)
    ramp = np.linspace(-1.0, 1.0, SIDE_PX, dtype=np.float32)
    fall = 1.0 - np.float32(camera.vignette * 0.5) * (ramp[None, :] ** 2 + ramp[:, None] ** 2)
    lean = rng.uniform(-0.1, 0.1, 2).astype(np.float32)
    fall = fall * (1.0 + lean[0] * ramp[None, :] + lean[1] * ramp[:, None])
    fall = fall * (1.0 + 0.02 * smooth_noise(rng, fall.shape, (4, 4)))
    image = np.clip(image * (fall * np.float32(camera.exposure))[..., None], 0.0, 1.0)
    image = 255.0 * np.sqrt(image)  # the display curve, near enough to sRGB's and cheap
    spread = np.float32(camera.read_noise) + np.float32(camera.shot_noise) * np.sqrt(image)
    grain = rng.standard_normal(image.shape, dtype=np.float32)
    # Most sensor noise is in luminance; demosaicing has already smeared the colour part.
    grain = np.float32(0.45) * grain + np.float32(0.8) * grain[..., 1:2]
    return np.asarray(np.clip(image + spread * grain + 0.5, 0.0, 255.0), dtype=np.uint8)
