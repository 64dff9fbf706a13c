"""How parts are looked for, and how far their rim may be off: station.toml's [locate]."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from station.errors import ConfigError

MODES = ("bundle", "disc", "region", "frame")
IGNORED_MAX = 0.2
"""Share of a part that ignored areas may hide, at most."""

Box = tuple[int, int, int, int]
BoxMm = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class LocateSettings:
    """Where the part is, and what about its shape is a doubt. None switches a check off.

    Raises ConfigError for an impossible value. Lists, as they come from a file, become tuples.
    """

    mode: str = "bundle"
    """`bundle`: as the bundle was trained; `disc`; `region`: `region_px` is the part; `frame`."""
    region_px: Box | None = None
    """x, y, width, height. With discs: nothing outside it is looked at."""
    ignore_px: tuple[Box, ...] = ()
    """Areas of the picture that are painted over, each x, y, width, height."""
    ignore_mm: tuple[BoxMm, ...] = ()
    """The same on a disc, x and y from its centre, y down."""
    calibration: Path | None = None
    """What `station calibrate` wrote; without, a disc's own diameter is the scale."""
    max_unseen: float | None = 0.02
    """Share of a disc's rim that may lie outside the picture."""
    min_diameter_px: float | None = 120.0
    """A disc of fewer pixels is too small for its defects to be seen."""
    max_ovality_mm: float | None = 0.2
    """Largest diameter less smallest."""
    max_rim_deviation_mm: float | None = 0.12
    """Of the rim from its ellipse, inwards or outwards."""
    diameter_tolerance_mm: float | None = 0.4
    """Of the diameter, with a calibration."""

    def __post_init__(self) -> None:
        if self.mode not in MODES:
            raise ConfigError(
                "locate.mode is {mode!r}; expected one of {modes}.",
                mode=self.mode,
                modes=", ".join(MODES),
            )
        _set(self, "region_px", self.region_px and _box("region_px", self.region_px, _whole))
        for name, number in (("ignore_px", _whole), ("ignore_mm", _finite)):
            _set(self, name, _boxes(name, getattr(self, name), number))
        if self.calibration is not None:
            _set(self, "calibration", Path(self.calibration))
        if self.mode == "region" and self.region_px is None:
            raise ConfigError(
                "locate.mode is 'region', and locate.region_px is not given; expected the part's "
                "place as [x, y, width, height] in pixels."
            )
        if self.mode == "frame" and self.region_px is not None:
            raise ConfigError(
                "locate.region_px is {region_px}, and locate.mode is 'frame', which takes "
                "the whole picture. Take mode 'region', or remove region_px.",
                region_px=list(self.region_px),
            )
        if self.mode in ("region", "frame") and self.ignore_mm:
            raise ConfigError(
                "locate.ignore_mm is given with locate.mode {mode!r}, where no centre is "
                "known. Give ignore_px.",
                mode=self.mode,
            )
        for name in _LIMITS:
            _check_limit(name, getattr(self, name))


_LIMITS = (
    "max_unseen",
    "min_diameter_px",
    "max_ovality_mm",
    "max_rim_deviation_mm",
    "diameter_tolerance_mm",
)


def _set(settings: LocateSettings, name: str, value: object) -> None:
    object.__setattr__(settings, name, value)


def _check_limit(name: str, value: object) -> None:
    if value is None:
        return
    fits = isinstance(value, (int, float)) and not isinstance(value, bool) and value >= 0.0
    if not fits or not math.isfinite(float(str(value))):
        raise ConfigError(
            "locate.{name} is {value!r}; expected a number, 0 or more. Leave it out for "
            "the default.",
            name=name,
            value=value,
        )
    if name == "max_unseen" and float(str(value)) > 1.0:
        raise ConfigError("locate.max_unseen is {value!r}; expected a share, 0 to 1.", value=value)


def _whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _finite(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def _boxes(name: str, boxes: object, number: Callable[[object], bool]) -> tuple[object, ...]:
    if not isinstance(boxes, (list, tuple)):
        raise ConfigError(
            "locate.{name} is {boxes!r}; expected a list of [x, y, width, height].",
            name=name,
            boxes=boxes,
        )
    if len(boxes) == 4 and all(_finite(value) for value in boxes):
        raise ConfigError(
            "locate.{name} is {boxes!r}, one area; expected a list of areas. Write it in "
            "brackets of its own: [[x, y, width, height]].",
            name=name,
            boxes=list(boxes),
        )
    return tuple(_box(name, box, number) for box in boxes)


def _box(name: str, box: object, number: Callable[[object], bool]) -> tuple[object, ...]:
    kind = "whole pixels" if number is _whole else "millimetres"
    fits = isinstance(box, Sequence) and len(box) == 4 and all(number(value) for value in box)
    if not fits or not (box[2] > 0 and box[3] > 0):  # type: ignore[index]
        raise ConfigError(
            "locate.{name} holds {box!r}; expected [x, y, width, height] in {kind}, width "
            "and height above 0.",
            name=name,
            box=box,
            kind=kind,
        )
    if name == "region_px" and (box[0] < 0 or box[1] < 0):  # type: ignore[index]
        raise ConfigError(
            "locate.region_px is {box!r}; expected a place in the picture, x and y from 0.",
            box=list(box),  # type: ignore[call-overload]
        )
    return tuple(box)  # type: ignore[arg-type]
