"""How much training pictures are varied: the named settings, and what a run changes of them."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields, replace

from trainer.config import Augment, AugmentChanges, FitConfig, TrainerError


@dataclass(frozen=True, slots=True)
class Augmentation:
    """The largest changes; what is drawn for a picture lies evenly within them. 0: none."""

    rotation_deg: float = 0.0
    """Either way; 180: any angle."""
    quarter_turns: bool = False
    """Turns by 90 degrees (180 where a picture is not square): no pixel is interpolated."""
    flip_horizontal: bool = False
    """Left and right change sides in half of the copies."""
    flip_vertical: bool = False
    shift: float = 0.0
    """Share of the side, along both axes."""
    zoom: float = 0.0
    """Change of scale: 0.05 is 95 to 105 %."""
    shear_deg: float = 0.0
    brightness: float = 0.0
    """Grey levels of 255."""
    contrast: float = 0.0
    """Share, about middle grey."""
    noise: float = 0.0
    """Standard deviation of Gaussian noise in grey levels, the same in all channels."""

    def __post_init__(self) -> None:
        limits = {"rotation_deg": 180.0, "shift": 0.5, "zoom": 0.9, "shear_deg": 45.0}
        limits |= {"brightness": 255.0, "contrast": 1.0, "noise": 128.0}
        for name, most in limits.items():
            value = getattr(self, name)
            if not (math.isfinite(value) and 0.0 <= value <= most):
                option = name.removesuffix("_deg")
                raise TrainerError(f"--{option} is {value}; expected 0 (none) to {most:g}.")

    @property
    def is_none(self) -> bool:
        """Whether every copy is the picture itself."""
        return self == Augmentation()


PRESETS: dict[Augment, Augmentation] = {
    # A disc has no upright, and one mirror with any angle is every attitude. Small shifts and
    # zooms are what is left after locating the part.
    "disc": Augmentation(
        rotation_deg=180.0,
        flip_horizontal=True,
        shift=0.03,
        zoom=0.05,
        brightness=20.0,
        contrast=0.15,
    ),
    "flips": Augmentation(quarter_turns=True, flip_horizontal=True, brightness=20.0, contrast=0.15),
    # Of Keras's ImageDataGenerator, which seed 001 used without saying how: the settings of the
    # example in its documentation. Its fill_mode `nearest` is what we always do at the edge.
    "generator": Augmentation(rotation_deg=20.0, flip_horizontal=True, shift=0.2),
    "none": Augmentation(),
}


def augmentation_named(how: Augment | Augmentation) -> Augmentation:
    """The settings behind a name, or those given."""
    return how if isinstance(how, Augmentation) else PRESETS[how]


def augmentation_of(config: FitConfig) -> Augmentation:
    """A run's settings: the named ones with its changes. Raises TrainerError outside the limits,
    and where classes shall be filled up with copies that would all be alike."""
    changes = {f.name: getattr(config.vary, f.name) for f in fields(AugmentChanges)}
    given = {name: value for name, value in changes.items() if value is not None}
    how = replace(PRESETS[config.augment], **given)
    if config.per_class and how.is_none:
        raise TrainerError(
            f"--per-class {config.per_class} fills classes up with varied copies, and --augment "
            f"{config.augment} varies nothing. Choose another --augment, or leave --per-class out."
        )
    return how


def augmentation_text(config: FitConfig) -> str:
    """One line for people: `disc, noise 6; classes filled up to 400`."""
    changes = {f.name: getattr(config.vary, f.name) for f in fields(AugmentChanges)}
    given = [
        f"{name.removesuffix('_deg').replace('_', ' ')} {_plain(value)}"
        for name, value in changes.items()
        if value is not None
    ]
    filled = f"; classes filled up to {config.per_class}" if config.per_class else ""
    return ", ".join((config.augment, *given)) + filled


def _plain(value: float | bool) -> str:
    return ("yes" if value else "no") if isinstance(value, bool) else f"{value:g}"
