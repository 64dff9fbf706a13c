"""A part planned in millimetres, then photographed: one seed, one part, the same bytes always."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from trainer.synthetic.bench import Image, Look, add_dust, cast_shadow, draw_look, draw_surface
from trainer.synthetic.camera import SIDE_PX, Camera, draw_camera, expose, make_grid
from trainer.synthetic.damage import Canvas, apply, leave_gaps
from trainer.synthetic.defects import MAX_MM, MIN_MM, Defect, Flaw, draw_flaws
from trainer.synthetic.lattice import Lattice, draw_lattice
from trainer.synthetic.noise import Field
from trainer.synthetic.surface import Relief, build_relief

# Each matter draws from its own stream, so a part without its defect is the same part.
STREAMS = ("lattice", "flaws", "look", "camera", "relief", "damage", "bench", "grain")


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """All that is decided about a part before a pixel is drawn; made in about a millisecond."""

    seed: int
    lattice: Lattice
    flaws: tuple[Flaw, ...]
    look: Look
    camera: Camera

    @property
    def part_id(self) -> str:
        """The part's name: its seed, so that two photographs of one part are known as such."""
        return f"part-{self.seed:010d}"

    @property
    def defects(self) -> tuple[Defect, ...]:
        """The truth, the largest defect first."""
        return tuple(flaw.truth for flaw in self.flaws)


@dataclass(frozen=True, slots=True, eq=False)
class Photograph:
    """A photographed part and its truth.

    image_rgb: (512, 512, 3) uint8; mask: (512, 512) uint8, 255 on defects; defects: largest
    first, empty for a sound part; centre_px: (x, y) of the disc; px_per_mm: about 36.
    """

    image_rgb: NDArray[np.uint8]
    mask: NDArray[np.uint8]
    defects: tuple[Defect, ...]
    centre_px: tuple[float, float]
    px_per_mm: float
    part_id: str

    def __post_init__(self) -> None:
        expected = (SIDE_PX, SIDE_PX)
        if self.image_rgb.shape != (*expected, 3) or self.mask.shape != expected:
            raise ValueError(
                f"image {self.image_rgb.shape} and mask {self.mask.shape}; "
                f"expected {(*expected, 3)} and {expected}"
            )


def _stream(seed: int, name: str) -> np.random.Generator:
    """The seed's own generator for one matter."""
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(STREAMS.index(name),)))


def plan(
    seed: int,
    defective: bool | None = None,
    sizes_mm: tuple[float, float] = (MIN_MM, MAX_MM),
) -> Plan:
    """Decide a part; defective None tosses the seed's own coin; sizes_mm bounds its defects.

    plan(seed, False) is the part of plan(seed, True) without its defects, alike in all else.
    """
    if seed < 0:
        raise ValueError(f"seed {seed}; expected 0 or more")
    lattice = draw_lattice(_stream(seed, "lattice"))
    rng = _stream(seed, "flaws")
    coin = bool(rng.random() < 0.5)
    wanted = coin if defective is None else defective
    return Plan(
        seed=seed,
        lattice=lattice,
        flaws=draw_flaws(rng, lattice, sizes_mm) if wanted else (),
        look=draw_look(_stream(seed, "look")),
        camera=draw_camera(_stream(seed, "camera")),
    )


def compose(surface: Image, relief: Relief, outline: Field, look: Look, px_per_mm: float) -> Image:
    """Material over bench, in linear light: pores dark, translucent strands let some through."""
    bench = cast_shadow(surface, outline, look, px_per_mm)
    tint = np.array(look.tint, dtype=np.float32)
    pore = np.float32(0.3) * bench + np.float32(0.05 + 0.12 * look.haze) * tint * 0.5
    bench = bench + outline[..., None] * (pore - bench)
    solid = relief.cover * np.float32(1.0 - 0.5 * look.haze)
    lit = relief.tone[..., None] * tint + relief.shine[..., None]
    return np.asarray(bench + solid[..., None] * (lit - bench), dtype=np.float32)


def photograph(planned: Plan) -> Photograph:
    """Draw a planned part, about a tenth of a second on one core."""
    seed, camera, look = planned.seed, planned.camera, planned.look
    grid = make_grid(camera, planned.flaws, planned.lattice.radius_mm)
    lattice = leave_gaps(planned.lattice, planned.flaws)
    relief, outline = build_relief(_stream(seed, "relief"), lattice, grid, look)
    canvas = Canvas(relief, outline, lattice, grid, camera, look)
    mask = apply(_stream(seed, "damage"), planned.flaws, canvas)
    rng = _stream(seed, "bench")
    surface = draw_surface(rng, look)
    scene = compose(surface, canvas.relief, canvas.outline, look, camera.px_per_mm)
    scene = add_dust(rng, scene)
    return Photograph(
        image_rgb=expose(_stream(seed, "grain"), camera, scene),
        mask=mask,
        defects=planned.defects,
        centre_px=camera.centre_px,
        px_per_mm=camera.px_per_mm,
        part_id=planned.part_id,
    )


def render(seed: int, defective: bool | None = None) -> Photograph:
    """The photograph of one part; the same seed gives the same bytes on the same machine."""
    return photograph(plan(seed, defective))
