"""The picture a person looks at: the frame, the heat, the defect's place, and the verdict above."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from engines.prediction import ImageArray, Prediction
from station.domain import Decision, DefectMark, Ellipse, Part, Verdict
from station.drawing.heat_layer import blend_heat, place_heat
from station.drawing.ignored import draw_ignored
from station.drawing.lettering import Letters, fit_line, fit_lines, put_text, text_width
from station.drawing.signs import SIGNS, STROKE, Colour, Point, Sign
from station.wording import heat, percent, position, shortened

MIN_WIDTH_PX = 320
"""A narrower picture is set on a ground of this width, so that the words above it can be read."""
MIN_HEIGHT_PX = 120
"""Likewise for the ground under the bar: a defect's label fits beside a very flat picture."""
MAX_ENLARGED = 8
"""A small picture is enlarged to MIN_WIDTH_PX, but at most this many times."""
GROUND: Colour = (20, 23, 26)
TEXT: Colour = (236, 239, 241)
QUIET: Colour = (160, 168, 176)
LINE: Colour = (255, 255, 255)
HALO: Colour = (0, 0, 0)
DASHES = 12
"""Of the ring around a defect that is only suspected."""
_SHIFT = 4
"""OpenCV draws at sixteenths of a pixel."""


@dataclass(frozen=True, slots=True)
class _View:
    """Where the frame lies on the stage, the part of the canvas under the bar."""

    scale: float
    """Stage pixels per frame pixel."""
    width: int
    height: int
    left: int
    top: int
    stage_size: tuple[int, int]
    """Width and height."""
    bar: int
    """Height of the bar above the stage."""
    unit: float
    """Size of letters and lines, 1 for a canvas 512 pixels wide."""

    def px(self, at_unit_one: float) -> int:
        return max(1, round(at_unit_one * self.unit))

    def x(self, frame_x: float) -> float:
        return self.left + (frame_x + 0.5) * self.scale - 0.5

    def y(self, frame_y: float) -> float:
        return self.top + (frame_y + 0.5) * self.scale - 0.5


def draw_overlay(
    part: Part, prediction: Prediction | None, verdict: Verdict, *, max_side_px: int = 1024
) -> ImageArray:
    """Draw what was seen and decided about a part; returns uint8 (H, W, 3) RGB.

    The whole frame, shrunk to at most `max_side_px` a side, under a bar with the verdict. Where the
    verdict marks a defect its heat is drawn and a ring around it: whole for a REJECT, of dashes
    where the defect is only suspected. prediction: None for a part that could not be inspected.
    Raises ValueError for a `max_side_px` below MIN_WIDTH_PX.
    """
    if max_side_px < MIN_WIDTH_PX:
        raise ValueError(
            f"max_side_px is {max_side_px}; below {MIN_WIDTH_PX} an overlay cannot be read."
        )
    frame = part.frame.image_rgb
    view = _layout(frame.shape[0], frame.shape[1], max_side_px)
    width, height = view.stage_size
    canvas: ImageArray = np.zeros((view.bar + height, width, 3), np.uint8)
    stage = canvas[view.bar :]
    picture = stage[view.top : view.top + view.height, view.left : view.left + view.width]
    way = cv2.INTER_AREA if view.scale < 1.0 else cv2.INTER_LINEAR
    picture[:] = cv2.resize(frame, (view.width, view.height), interpolation=way)
    hot = prediction is not None and verdict.defect is not None
    if prediction is not None and verdict.defect is not None:
        size = view.width, view.height
        blend_heat(picture, place_heat(prediction.defect_heatmap, part.box_px, view.scale, size))
    draw_ignored(picture, part.ignored_px, view.scale, view.px(1.0))
    for outline in (part.outline, *part.others):
        if outline is not None:
            _draw_outline(picture, outline, view)
    if verdict.defect is not None:
        _draw_mark(stage, verdict, verdict.defect, view)
    _draw_bar(canvas[: view.bar], part, verdict, view, with_heat=hot)
    return canvas


def draw_sign(image: ImageArray, sign: Sign, corner_px: tuple[int, int], side_px: int) -> None:
    """Draw a decision's sign into `image` in place, its upper left corner at `corner_px`."""

    def fixed(points: tuple[Point, ...]) -> npt.NDArray[np.int32]:
        scaled = np.asarray(points, np.float64) * side_px + np.asarray(corner_px)
        placed: npt.NDArray[np.int32] = np.round(scaled * (1 << _SHIFT)).astype(np.int32)
        return placed

    cv2.fillPoly(image, [fixed(sign.plate)], sign.colour_rgb, cv2.LINE_AA, _SHIFT)
    thickness = max(1, round(STROKE * side_px))
    for stroke in sign.strokes:
        cv2.polylines(image, [fixed(stroke)], False, sign.ink_rgb, thickness, cv2.LINE_AA, _SHIFT)


def _layout(height: int, width: int, max_side_px: int) -> _View:
    scale = min(1.0, max_side_px / max(height, width))
    if max(height, width) < MIN_WIDTH_PX:
        scale = min(MIN_WIDTH_PX / max(height, width), MAX_ENLARGED)
    shown_w, shown_h = max(1, round(width * scale)), max(1, round(height * scale))
    stage = max(shown_w, MIN_WIDTH_PX), max(shown_h, MIN_HEIGHT_PX)
    unit = max(0.75, stage[0] / 512)
    left, top = (stage[0] - shown_w) // 2, (stage[1] - shown_h) // 2
    return _View(scale, shown_w, shown_h, left, top, stage, round(82 * unit), unit)


def _draw_outline(picture: ImageArray, outline: Ellipse, view: _View) -> None:
    cx, cy = (((c + 0.5) * view.scale - 0.5) for c in outline.centre_px)
    half = _fixed(*(axis / 2 * view.scale for axis in outline.axes_px))
    for colour, thickness in ((HALO, view.px(3.0)), (LINE, view.px(1.2))):
        cv2.ellipse(
            picture,
            _fixed(cx, cy),
            half,
            outline.angle_deg,
            0,
            360,
            colour,
            thickness,
            cv2.LINE_AA,
            _SHIFT,
        )


def _draw_mark(stage: ImageArray, verdict: Verdict, mark: DefectMark, view: _View) -> None:
    """A ring around the place, a line to a label with the extent of its heat and its position; and
    with the class, where that is not the one in the bar."""
    x = min(max(view.x(mark.centre_px[0]), view.left), view.left + view.width - 1.0)
    y = min(max(view.y(mark.centre_px[1]), view.top), view.top + view.height - 1.0)
    radius = max(mark.radius_px * view.scale, 7.0 * view.unit)
    head, foot = Letters(view.px(17), 700), Letters(view.px(13))
    lines = [(heat(mark.size_mm), head), (position(mark.x_mm, mark.y_mm), foot)]
    if mark.size_mm is None:
        place = f"x {mark.centre_px[0]:.0f}, y {mark.centre_px[1]:.0f} px"
        lines = [("defect", head), (place, foot)]
    if mark.defect_class not in (None, verdict.predicted_class):
        name = fit_line(str(mark.defect_class), foot, view.px(140))
        lines.insert(1, (f"{name}?  {percent(mark.probability)}", foot))
    pad = view.px(6)
    width = max(text_width(text, letters) for text, letters in lines) + 2 * pad
    height = sum(letters.line_px for _, letters in lines) + 2 * pad - view.px(3)
    box = _label_box(view, (x, y), radius, (width, height))
    near_x = min(max(x, box[0]), box[0] + width)
    near_y = min(max(y, box[1]), box[1] + height)
    reach = max(float(np.hypot(near_x - x, near_y - y)), 1e-6)
    start = (x + (near_x - x) * radius / reach, y + (near_y - y) * radius / reach)
    dashes = 1 if verdict.decision is Decision.REJECT else DASHES
    for colour, thickness in ((HALO, view.px(4.0)), (LINE, view.px(2.0))):
        _draw_ring(stage, (x, y), radius, dashes, colour, thickness)
        if reach > radius:
            ends = _fixed(*start), _fixed(near_x, near_y)
            cv2.line(stage, *ends, colour, thickness, cv2.LINE_AA, _SHIFT)
    corner = (box[0] + width - 1, box[1] + height - 1)
    cv2.rectangle(stage, box, corner, GROUND, cv2.FILLED)
    cv2.rectangle(stage, box, corner, LINE, view.px(1.2), cv2.LINE_AA)
    baseline = box[1] + pad - view.px(3)
    for text, letters in lines:
        baseline += letters.line_px
        put_text(stage, text, (box[0] + pad, baseline - view.px(2)), letters, TEXT)


def _draw_ring(
    stage: ImageArray,
    at: tuple[float, float],
    radius: float,
    dashes: int,
    colour: Colour,
    thickness: int,
) -> None:
    """A circle, whole for one dash; half of it is left out for more."""
    centre, axes = _fixed(*at), _fixed(radius, radius)
    step = 360.0 / dashes
    drawn = step if dashes == 1 else step / 2
    for start in np.arange(dashes) * step:
        arc = (0.0, float(start), float(start + drawn))
        cv2.ellipse(stage, centre, axes, *arc, colour, thickness, cv2.LINE_AA, _SHIFT)


def _label_box(
    view: _View, at: tuple[float, float], radius: float, label: tuple[int, int]
) -> tuple[int, int]:
    """Upper left corner of the label: on the stage, off the ring, away from the middle."""
    width, height = label
    most_x, most_y = view.stage_size[0] - width - 4.0, view.stage_size[1] - height - 4.0
    gap = radius + 16.0 * view.unit
    middle = (view.left + view.width / 2, view.top + view.height / 2)
    best, least = (0, 0), float("inf")
    for dx, dy in ((1, -1), (1, 1), (-1, -1), (-1, 1), (1, 0), (-1, 0), (0, -1), (0, 1)):
        reach = gap * (0.75 if dx and dy else 1.0)
        x = at[0] + dx * reach - width * (1 - dx) / 2
        y = at[1] + dy * reach - height * (1 - dy) / 2
        x, y = min(max(x, 4.0), most_x), min(max(y, 4.0), most_y)
        off_x = max(x - at[0], 0.0, at[0] - x - width)
        off_y = max(y - at[1], 0.0, at[1] - y - height)
        hidden = max(0.0, radius + 4.0 * view.unit - float(np.hypot(off_x, off_y)))
        outward = float(np.hypot(x + width / 2 - middle[0], y + height / 2 - middle[1]))
        cost = 100.0 * hidden - outward
        if cost < least:
            best, least = (round(x), round(y)), cost
    return best


def _draw_bar(
    bar: ImageArray, part: Part, verdict: Verdict, view: _View, *, with_heat: bool
) -> None:
    """Above the picture: sign, word, class and confidence, reason; at the right name and scale."""
    bar[:] = GROUND
    sign = SIGNS[verdict.decision]
    width = bar.shape[1]
    pad, side = view.px(10), view.px(50)
    draw_sign(bar, sign, (pad, view.px(16)), side)
    left, right = pad + side + view.px(12), width - pad
    word = verdict.decision.value
    big, plain, small = Letters(view.px(25), 700), Letters(view.px(16), 500), Letters(view.px(12))
    put_text(bar, word, (left, view.px(31)), big, _on_ground(sign))
    at = left + text_width(word, big) + view.px(12)
    if verdict.predicted_class is not None:
        sure = percent(verdict.confidence)
        room = round(0.65 * (right - at)) - text_width(f"  {sure}", plain)
        name = fit_line(verdict.predicted_class, plain, room)
        claim = fit_line(f"{name}  {sure}", plain, right - at)
        put_text(bar, claim, (at, view.px(30)), plain, TEXT)
        at += text_width(claim, plain) + view.px(14)
    source = fit_line(shortened(part.frame.source, 28), small, right - at)
    put_text(bar, source, (right - text_width(source, small), view.px(29)), small, QUIET)
    reason = Letters(view.px(14))
    room = right - left
    if with_heat:
        room -= _draw_scale(bar, right, view) + view.px(14)
    baseline = view.px(52)
    for line in fit_lines(verdict.reason, reason, room, 2):
        put_text(bar, line, (left, baseline), reason, TEXT)
        baseline += reason.line_px


def _draw_scale(bar: ImageArray, right: int, view: _View) -> int:
    """The heat's colours with their name; returns the width used."""
    small = Letters(view.px(11))
    width, height, top = view.px(64), view.px(8), view.px(44)
    ramp = np.linspace(0.0, 255.0, width).astype(np.uint8)[None].repeat(height, axis=0)
    colours = cv2.cvtColor(cv2.applyColorMap(ramp, cv2.COLORMAP_INFERNO), cv2.COLOR_BGR2RGB)
    bar[top : top + height, right - width : right] = colours
    baseline = top + height + small.line_px
    put_text(bar, "heat", (right - width, baseline), small, QUIET)
    return width


def _on_ground(sign: Sign) -> Colour:
    """The sign's colour, lightened until it reads as text on the dark ground."""
    red, green, blue = (round(c + (255 - c) * 0.15) for c in sign.colour_rgb)
    return red, green, blue


def _fixed(x: float, y: float) -> tuple[int, int]:
    return round(x * (1 << _SHIFT)), round(y * (1 << _SHIFT))
