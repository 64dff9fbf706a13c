"""Where the part is: the way from a frame to a part that a bundle and the settings ask for.

Knows the picture alone: no file system, no SQL, no camera.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import cv2
import numpy as np

from engines.bundle import InputSpec
from engines.errors import BundleError
from engines.prediction import ImageArray
from station.domain import Code, Ellipse, Frame, Part, Reason
from station.errors import ConfigError
from station.locate.calibration import Calibration
from station.locate.disc import Disc
from station.locate.doubts import doubts_of, evidence_of, hidden_doubt, place_of
from station.locate.ignored import boxes_on, check_ignored, hidden_share, painted_over
from station.locate.pyramid import Pyramid
from station.locate.rim import disc_in
from station.locate.roundness import measured_rim
from station.locate.settings import Box, LocateSettings
from station.locate.several import other_discs
from station.locate.small import find_small_disc

NOT_FOUND = Reason(
    Code.NOT_FOUND,
    "No disc was found in the picture: the whole picture is kept as evidence. "
    "Look at the part, the light and the focus.",
)
DEFAULTS = LocateSettings()


def locator_for(
    spec: InputSpec,
    settings: LocateSettings = DEFAULTS,
    calibration: Calibration | None = None,
) -> Callable[[Frame], Part]:
    """The way to the part that a bundle was trained with, or that the settings ask for.

    calibration: what settings.calibration names, read by station.calibrate. Raises BundleError
    for a margin or diameter that is no length, ConfigError for settings that cannot be.
    """
    if settings.calibration is not None and calibration is None:
        raise ConfigError(
            "locate.calibration names {calibration}, which was not read. Call "
            "station.calibrate.locator_from, which reads it.",
            calibration=settings.calibration,
        )
    mode = spec.locate if settings.mode == "bundle" else settings.mode
    diameter = spec.part_diameter_mm
    if not 0.0 <= spec.margin < 2.0 or (diameter is not None and not 0.0 < diameter < math.inf):
        raise BundleError(
            "bundle input has margin {margin} and part_diameter_mm {diameter}; expected a "
            "share of 0 to 2 and a positive length. Export the bundle again.",
            margin=spec.margin,
            diameter=diameter,
        )
    check_ignored(settings, mode, diameter)
    if mode == "disc":
        return lambda frame: locate_disc(frame, spec.margin, diameter, settings, calibration)
    return lambda frame: locate_area(frame, settings, calibration)


def locate_area(frame: Frame, settings: LocateSettings, calibration: Calibration | None) -> Part:
    """The settings' region, or the whole picture; no outline, and the calibration's scale.

    A region that reaches over the picture's edge is a part that was not found.
    """
    height, width = frame.image_rgb.shape[:2]
    x, y, wide, high = box = settings.region_px or (0, 0, width, height)
    if x + wide > width or y + high > height:
        text = (
            f"The region {list(box)} reaches out of the picture of {width} x {height} pixels: "
            "the whole picture is kept as evidence. Correct locate.region_px, or the camera's "
            "size."
        )
        return _unfound(frame, Reason(Code.NOT_FOUND, text))
    image = painted_over(frame.image_rgb, settings.ignore_px)
    cut = np.ascontiguousarray(image[y : y + high, x : x + wide])
    scaled = calibration is not None and calibration.fits(frame.image_rgb.shape)
    return Part(
        frame=frame,
        crop_rgb=image if settings.region_px is None else cut,
        box_px=box,
        outline=None,
        px_per_mm=calibration.px_per_mm if calibration is not None and scaled else None,
        doubts=() if scaled or calibration is None else (_misfit(frame, calibration),),
        ignored_px=settings.ignore_px,
    )


def whole_frame(frame: Frame) -> Part:
    """The whole picture as the part; no scale is known."""
    return locate_area(frame, DEFAULTS, None)


def locate_disc(
    frame: Frame,
    margin: float,
    part_diameter_mm: float | None,
    settings: LocateSettings = DEFAULTS,
    calibration: Calibration | None = None,
) -> Part:
    """The disc, cut out square with a border of `margin` times its diameter on each side.

    Where no disc is found, or what is found cannot pass, the part carries doubts. The crop
    repeats the picture's edge where it reaches over it.
    """
    disc, others = _discs(frame.image_rgb, settings.region_px)
    if disc is None:
        return _unfound(frame, NOT_FOUND, settings.ignore_px)
    diameter_px = math.sqrt(disc.outline.axes_px[0] * disc.outline.axes_px[1])
    known = calibration if calibration and calibration.fits(frame.image_rgb.shape) else None
    px_per_mm = None if part_diameter_mm is None else diameter_px / part_diameter_mm
    if known is not None:
        px_per_mm = known.px_per_mm
    doubts = [] if known is calibration else [_misfit(frame, calibration)]
    if others:
        doubts.insert(0, _several(len(others)))
    rim = measured_rim(frame.image_rgb, disc.outline, known)
    measures = evidence_of(disc, rim, px_per_mm, scale_known=known is not None)
    measures |= place_of(disc, frame.image_rgb.shape, px_per_mm)
    doubts.extend(doubts_of(disc, measures, part_diameter_mm, settings))
    ignored, doubt = _ignored(disc.outline, diameter_px, part_diameter_mm, settings)
    doubts.extend([doubt] if doubt else [])
    image = painted_over(frame.image_rgb, ignored)
    crop, box = cut_square(image, disc.outline, margin)
    return Part(
        frame=frame,
        crop_rgb=crop,
        box_px=box,
        outline=disc.outline,
        px_per_mm=px_per_mm,
        doubts=tuple(doubts),
        evidence=measures,
        ignored_px=ignored,
        others=others,
    )


def _discs(image_rgb: ImageArray, region: Box | None) -> tuple[Disc | None, tuple[Ellipse, ...]]:
    """The disc in a picture, or in a region of it, and those beside it."""
    x, y, wide, high = region or (0, 0, image_rgb.shape[1], image_rgb.shape[0])
    look = np.ascontiguousarray(image_rgb[y : y + high, x : x + wide])
    if min(look.shape[:2]) < 2:
        return None, ()
    picture = Pyramid(look)
    disc = disc_in(picture) or find_small_disc(look)
    if disc is None:
        return None, ()
    others = other_discs(picture, disc.outline)
    moved = replace(disc, outline=_moved(disc.outline, x, y))
    return moved, tuple(_moved(outline, x, y) for outline in others)


def _moved(outline: Ellipse, x: int, y: int) -> Ellipse:
    return replace(outline, centre_px=(outline.centre_px[0] + x, outline.centre_px[1] + y))


def _ignored(
    outline: Ellipse,
    diameter_px: float,
    part_diameter_mm: float | None,
    settings: LocateSettings,
) -> tuple[tuple[Box, ...], Reason | None]:
    """The areas to be painted over, and a doubt where they hide too much of the disc."""
    boxes = settings.ignore_px
    if settings.ignore_mm and part_diameter_mm is not None:
        boxes += boxes_on(outline, diameter_px / part_diameter_mm, settings.ignore_mm)
    if not settings.ignore_px:
        return boxes, None  # What lies on the disc was weighed when the settings were read.
    size = diameter_px, diameter_px
    return boxes, hidden_doubt(hidden_share(outline.centre_px, size, boxes))


def cut_square(
    image_rgb: ImageArray, outline: Ellipse, margin: float
) -> tuple[ImageArray, tuple[int, int, int, int]]:
    """A square around an outline, uint8 (s, s, 3), and its box (x, y, s, s) in the picture."""
    side = max(1, round(max(outline.axes_px) * (1.0 + 2.0 * margin)))
    # Pixel centres lie at whole numbers: a square of s pixels from x on is centred at x + (s-1)/2.
    x = round(outline.centre_px[0] - 0.5 * (side - 1))
    y = round(outline.centre_px[1] - 0.5 * (side - 1))
    height, width = image_rgb.shape[:2]
    top, bottom = max(0, -y), max(0, y + side - height)
    left, right = max(0, -x), max(0, x + side - width)
    inside = image_rgb[max(0, y) : y + side, max(0, x) : x + side]
    if top or bottom or left or right:
        wider = cv2.copyMakeBorder(inside, top, bottom, left, right, cv2.BORDER_REPLICATE)
        inside = np.asarray(wider, dtype=np.uint8)
    return np.ascontiguousarray(inside), (x, y, side, side)


def _unfound(frame: Frame, reason: Reason, ignored: tuple[Box, ...] = ()) -> Part:
    height, width = frame.image_rgb.shape[:2]
    image = painted_over(frame.image_rgb, ignored)
    return Part(frame, image, (0, 0, width, height), None, None, (reason,), ignored_px=ignored)


def _several(others: int) -> Reason:
    return Reason(
        Code.SEVERAL_PARTS,
        f"{others + 1} discs lie in the picture, and one verdict cannot speak of them all. Lay "
        "down one part at a time.",
    )


def _misfit(frame: Frame, calibration: Calibration | None) -> Reason:
    height, width = frame.image_rgb.shape[:2]
    size = calibration.size_px if calibration is not None else (0, 0)
    return Reason(
        Code.SCALE,
        f"The picture has {width} x {height} pixels, the calibration is for {size[0]} x "
        f"{size[1]}: no scale is known. Set the camera to that size, or calibrate again.",
    )
