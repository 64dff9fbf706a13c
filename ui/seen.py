"""One decided part as the window shows it: made in the line's thread, painted in the window's."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import cast

import cv2
import numpy as np
import numpy.typing as npt
from PyQt6.QtGui import QImage

from engines.prediction import ImageArray
from station.domain import DefectMark, Ellipse, Record
from station.drawing.heat_layer import heat_layer
from station.looks import small_grey
from station.outcome import Outcome
from station.pipeline import Inspection

MOST_PX = 1600
"""Longer side of a picture that is kept for the window; a larger one is shrunk."""
HEAT_PX = 400
"""Longer side of the heat over it."""
THUMB_PX = 160


@dataclass(frozen=True, slots=True)
class Marks:
    """What is drawn over a picture, in its pixels."""

    outlines: tuple[Ellipse, ...] = ()
    """The part first, then others that it does not speak of."""
    defect: DefectMark | None = None
    ignored_px: tuple[tuple[float, float, float, float], ...] = ()
    """x, y, width, height."""
    px_per_mm: float | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """One decided part."""

    record: Record
    image: QImage | None = None
    """As the camera saw it; None for a part without a picture, or one of long ago."""
    heat: QImage | None = None
    """Of the same frame, with alpha, coarser; None where no defect is marked."""
    marks: Marks = field(default_factory=Marks)
    thumbnail: QImage | None = None
    """Square, the part in the middle."""
    engine_ms: float = 0.0
    """What the engine took to answer."""
    told_s: float | None = None
    """When the trigger told the part, by time.monotonic."""
    scene: npt.NDArray[np.uint8] | None = None
    """By which the live picture is known to show the same part still."""

    def forgotten(self) -> Seen:
        """Without its pictures: only what counts."""
        return Seen(self.record)


def seen_of(outcome: Outcome) -> Seen:
    """What the window shows of an outcome."""
    inspection = outcome.inspection
    if inspection is None:
        return Seen(outcome.record, told_s=outcome.told_s)
    frame = inspection.part.frame.image_rgb
    scale = min(1.0, MOST_PX / max(frame.shape[:2]))
    size_px = max(1, round(frame.shape[1] * scale)), max(1, round(frame.shape[0] * scale))
    shown = frame
    if scale < 1.0:
        shown = np.asarray(cv2.resize(frame, size_px, interpolation=cv2.INTER_AREA), np.uint8)
    image = to_image(shown)
    return Seen(
        record=outcome.record,
        image=image,
        heat=_heat(inspection, scale, size_px),
        marks=_marks(inspection, scale),
        thumbnail=to_image(_thumbnail(inspection)),
        scene=small_grey(frame),
        engine_ms=inspection.engine_ms,
        told_s=outcome.told_s,
    )


def to_image(picture: ImageArray) -> QImage:
    """uint8 (H, W, 3) RGB or (H, W, 4) RGBA to a QImage that owns its pixels."""
    height, width, channels = picture.shape
    form = QImage.Format.Format_RGB888 if channels == 3 else QImage.Format.Format_RGBA8888
    data = np.ascontiguousarray(picture)
    view = cast(bytes, data.data)  # its stubs know no other buffer
    return QImage(view, width, height, channels * width, form).copy()


def _heat(inspection: Inspection, scale: float, size_px: tuple[int, int]) -> QImage | None:
    if inspection.verdict.defect is None:
        return None
    # A map of some dozen cells needs no more: the window stretches it over the picture.
    coarse = min(1.0, HEAT_PX / max(size_px))
    scale *= coarse
    x, y, width, height = (round(v * scale) for v in inspection.part.box_px)
    small_px = max(1, round(size_px[0] * coarse)), max(1, round(size_px[1] * coarse))
    layer = heat_layer(inspection.prediction.defect_heatmap, (x, y, width, height), small_px)
    return to_image(layer).convertToFormat(QImage.Format.Format_ARGB32_Premultiplied)


def _marks(inspection: Inspection, scale: float) -> Marks:
    part, mark = inspection.part, inspection.verdict.defect
    outlines = [o for o in (part.outline, *part.others) if o is not None]
    if mark is not None:
        centre = mark.centre_px[0] * scale, mark.centre_px[1] * scale
        mark = replace(mark, centre_px=centre, radius_px=mark.radius_px * scale)
    return Marks(
        outlines=tuple(_scaled(outline, scale) for outline in outlines),
        defect=mark,
        ignored_px=tuple(
            (x * scale, y * scale, w * scale, h * scale) for x, y, w, h in part.ignored_px
        ),
        px_per_mm=None if part.px_per_mm is None else part.px_per_mm * scale,
    )


def _scaled(outline: Ellipse, scale: float) -> Ellipse:
    (x, y), (first, second) = outline.centre_px, outline.axes_px
    return Ellipse((x * scale, y * scale), (first * scale, second * scale), outline.angle_deg)


def _thumbnail(inspection: Inspection) -> ImageArray:
    """The part, square."""
    crop = inspection.part.crop_rgb
    side = min(crop.shape[:2])
    top, left = (crop.shape[0] - side) // 2, (crop.shape[1] - side) // 2
    square = np.ascontiguousarray(crop[top : top + side, left : left + side])
    size_px = (THUMB_PX, THUMB_PX)
    return np.asarray(cv2.resize(square, size_px, interpolation=cv2.INTER_AREA), np.uint8)
