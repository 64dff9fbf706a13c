"""Areas as they are drawn on a picture: to the part's own millimetres and back, and how much of
the part they hide."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime, timezone

from engines.bundle import InputSpec
from engines.prediction import ImageArray
from station.config import StationConfig
from station.domain import Ellipse, Frame
from station.locate.ignored import boxes_on, hidden_share
from station.locate.locator import locate_disc
from station.locate.settings import Box, BoxMm, LocateSettings
from station.trust import trusted_bundle

STEP_MM = 0.05
"""Drawn areas are rounded to this: finer than a hand draws, short to read."""


@dataclass(frozen=True, slots=True)
class DiscPlace:
    """Where a disc lies in a picture, and its scale."""

    outline: Ellipse
    px_per_mm: float
    """As ignored areas are placed: by the disc's own diameter."""
    diameter_mm: float


def input_of(config: StationConfig) -> InputSpec:
    """What the bench's bundle was trained with. Raises BundleError."""
    return trusted_bundle(config.bundle, config.trust).input


def place_of(image_rgb: ImageArray, spec: InputSpec, region_px: Box | None) -> DiscPlace | None:
    """The disc in a picture, uint8 (H, W, 3); None where there is none, or the bundle knows no
    diameter."""
    if spec.part_diameter_mm is None:
        return None
    frame = Frame(image_rgb, "settings", "", datetime.now(timezone.utc))
    settings = LocateSettings(region_px=region_px)
    part = locate_disc(frame, spec.margin, spec.part_diameter_mm, settings)
    if part.outline is None:
        return None
    diameter_px = math.sqrt(part.outline.axes_px[0] * part.outline.axes_px[1])
    scale = diameter_px / spec.part_diameter_mm
    return DiscPlace(part.outline, scale, spec.part_diameter_mm)


def box_in_mm(box_px: Box, place: DiscPlace) -> BoxMm:
    """A rectangle of the picture from the disc's centre, x right, y down; in steps of STEP_MM."""
    x, y = place.outline.centre_px
    left, top = (box_px[0] - x) / place.px_per_mm, (box_px[1] - y) / place.px_per_mm
    size = (box_px[2] / place.px_per_mm, box_px[3] / place.px_per_mm)
    return (
        _stepped(left), _stepped(top),
        max(STEP_MM, _stepped(size[0])), max(STEP_MM, _stepped(size[1])),
    )  # fmt: skip


def box_in_px(box_mm: BoxMm, place: DiscPlace) -> Box:
    """The pixels that such a rectangle covers in this picture, as the station paints it over."""
    return boxes_on(place.outline, place.px_per_mm, (box_mm,))[0]


def share_hidden(
    boxes_mm: tuple[BoxMm, ...], boxes_px: tuple[Box, ...], place: DiscPlace | None
) -> float | None:
    """Share of the disc, 0 to 1, under all areas; None where no disc is known."""
    if place is None:
        return None
    boxes = boxes_px + boxes_on(place.outline, place.px_per_mm, boxes_mm)
    size = place.diameter_mm * place.px_per_mm
    return hidden_share(place.outline.centre_px, (size, size), boxes)


def _stepped(length_mm: float) -> float:
    return round(round(length_mm / STEP_MM) * STEP_MM, 3)
