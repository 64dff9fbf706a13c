"""The bench as the camera sees it at one moment: mat, parts, hands, lamp, shake and noise."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from engines.prediction import ImageArray
from station.capture.simulated.hand import draw_hand, turned_to
from station.capture.simulated.options import SimOptions
from station.capture.simulated.plan import SIDES, Stay
from station.capture.simulated.sprite import Sprite

SPARE_PX = 48
"""Noise is drawn so much larger than a picture: a piece elsewhere is other noise."""
OPEN_SHARE = 0.35
"""Of the time from picture to picture the shutter is open: what moves is smeared so far."""
SECOND_LAMP = 0.65
"""Of the first lamp's light."""


@dataclass(frozen=True, slots=True, eq=False)
class Stage:
    """All that stays the same from picture to picture."""

    options: SimOptions
    mat_rgb: ImageArray
    lamps: tuple[ImageArray, ImageArray]
    """Two lamps' light over the picture, uint8 (H, W, 3), 128 is all of it."""
    hands: tuple[Sprite, ...]
    """One for each of plan.SIDES."""
    bright: ImageArray
    """Noise above zero, uint8, SPARE_PX larger than the picture."""
    dim: ImageArray
    """Noise below zero, turned positive."""

    @property
    def unit_px(self) -> int:
        """The picture's shorter side."""
        return min(self.options.size)


def build_stage(options: SimOptions) -> Stage:
    """Draw what stays: mat, light, hands, noise."""
    rng = np.random.default_rng([options.seed, 2])
    width, height = options.size
    part_px = round(options.part * min(options.size))
    hand = draw_hand(rng, part_px, max(options.size) + part_px)
    noise = rng.normal(0.0, options.noise, (height + SPARE_PX, width + SPARE_PX, 3))
    rounded = np.rint(noise).astype(np.int16)
    return Stage(
        options,
        _mat(rng, width, height),
        (_lamp(width, height, 0.35, -0.25), _lamp(width, height, -0.3, 0.2)),
        tuple(turned_to(hand, side) for side in range(4)),
        np.clip(rounded, 0, 255).astype(np.uint8),
        np.clip(-rounded, 0, 255).astype(np.uint8),
    )


def picture(
    stage: Stage, now_s: float, frame: int, lying: Sequence[tuple[Stay, Sprite]]
) -> ImageArray:
    """The picture at a moment, uint8 (H, W, 3); the parts in the order in which they were laid."""
    options = stage.options
    rng = np.random.default_rng([options.seed, 3, frame])
    image = stage.mat_rgb.copy()
    for stay, sprite in lying:
        _draw_part(stage, image, stay, sprite, now_s, rng)
    for stay, _ in lying:
        _draw_hands(stage, image, stay, now_s)
    image = _lit(stage, image, now_s)
    if options.shake > 0.0:
        dx, dy = rng.normal(0.0, options.shake, 2)
        move = np.array([[1, 0, dx], [0, 1, dy]], dtype=np.float32)
        image = np.asarray(
            cv2.warpAffine(image, move, options.size, borderMode=cv2.BORDER_REFLECT), np.uint8
        )
    x, y = (int(v) for v in rng.integers(0, SPARE_PX, 2))
    width, height = options.size
    image = cv2.add(image, stage.bright[y : y + height, x : x + width])
    return np.asarray(cv2.subtract(image, stage.dim[y : y + height, x : x + width]), np.uint8)


def _draw_part(
    stage: Stage,
    image: ImageArray,
    stay: Stay,
    sprite: Sprite,
    now_s: float,
    rng: np.random.Generator,
) -> None:
    x, y = _place_px(stage, stay, now_s)
    if stay.is_restless:
        # Rocking, one to two hundredths of the picture.
        x += 0.02 * stage.unit_px * math.sin(19.0 * now_s) + rng.normal(0.0, 1.0)
        y += 0.015 * stage.unit_px * math.cos(23.0 * now_s)
    before = _place_px(stage, stay, now_s - OPEN_SHARE / stage.options.fps)
    smear = x - before[0], y - before[1]
    if not stay.is_restless and math.hypot(*smear) > 1.0:
        sprite = _smeared(sprite, smear)
    _blend(image, sprite, x, y)


def _place_px(stage: Stage, stay: Stay, now_s: float) -> tuple[float, float]:
    """A part's middle in the picture."""
    width, height = stage.options.size
    dx, dy = stay.place
    if stay.nudged_s is not None:
        pushed = min(1.0, max(0.0, (now_s - stay.nudged_s) / 0.12))
        dx, dy = dx + pushed * stay.nudge[0], dy + pushed * stay.nudge[1]
    side = SIDES[stay.side_in] if now_s < stay.free_s else SIDES[stay.side_out]
    way = stay.lift(now_s) * (0.5 * max(width, height) + stage.options.part * stage.unit_px)
    x = 0.5 * width + dx * stage.unit_px + side[0] * way
    return x, 0.5 * height + dy * stage.unit_px + side[1] * way


def _draw_hands(stage: Stage, image: ImageArray, stay: Stay, now_s: float) -> None:
    far = 0.5 * max(stage.options.size) + 1.2 * stage.options.part * stage.unit_px
    x, y = _place_px(stage, stay, now_s)
    if stay.has_hand and stay.reach(now_s) < 1.0:
        side = stay.side_in if now_s < 0.5 * (stay.free_s + stay.back_s) else stay.side_out
        way = stay.reach(now_s) * far
        _blend(image, stage.hands[side], x + SIDES[side][0] * way, y + SIDES[side][1] * way)
    if (
        stay.wave_s is not None
        and 0.0 <= (share := (now_s - stay.wave_s) / stay.wave_long_s) <= 1.0
    ):
        way = far * abs(2.0 * share - 1.0)
        side = stay.side_out
        middle = 0.5 * stage.options.size[0], 0.5 * stage.options.size[1]
        _blend(
            image, stage.hands[side], middle[0] + SIDES[side][0] * way,
            middle[1] + SIDES[side][1] * way,
        )  # fmt: skip


def _blend(image: ImageArray, sprite: Sprite, x: float, y: float) -> None:
    """Lay a sprite on the picture, its middle at (x, y), with its shadow; in place."""
    height, width = image.shape[:2]
    rows, columns = sprite.cover.shape[:2]
    left, top = round(x - 0.5 * columns), round(y - 0.5 * rows)
    a, b = max(0, left), max(0, top)
    c, d = min(width, left + columns), min(height, top + rows)
    if a >= c or b >= d:
        return
    of = np.s_[b - top : d - top, a - left : c - left]
    under = image[b:d, a:c]
    shaded = cv2.multiply(under, sprite.shade[of], scale=1.0 / 255.0)
    hidden = cv2.multiply(shaded, sprite.cover[of], scale=1.0 / 255.0)
    image[b:d, a:c] = cv2.add(cv2.subtract(shaded, hidden), sprite.lit_rgb[of])


def _smeared(sprite: Sprite, smear: tuple[float, float]) -> Sprite:
    """What the open shutter makes of a moving part; it moves along a row or a column."""
    # Odd: OpenCV 5.0.0 leaves the last columns black where it blurs colour over two pixels.
    columns, rows = (2 * round(0.5 * abs(v)) + 1 for v in smear)
    right, down = columns // 2 + 1, rows // 2 + 1

    def drawn_out(image: ImageArray, beyond: int) -> ImageArray:
        wide = cv2.copyMakeBorder(
            image, down, down, right, right, cv2.BORDER_CONSTANT, value=(beyond,) * 3
        )
        return np.asarray(cv2.blur(wide, (columns, rows)), np.uint8)

    return Sprite(
        drawn_out(sprite.lit_rgb, 0), drawn_out(sprite.cover, 0), drawn_out(sprite.shade, 255)
    )


def _lit(stage: Stage, image: ImageArray, now_s: float) -> ImageArray:
    options = stage.options
    swing = 0.7 * math.sin(now_s / 5.9 + options.seed) + 0.3 * math.sin(now_s / 1.3)
    second = sum(at <= now_s for at in options.switch) % 2
    gain = (1.0 + options.light * swing) * (SECOND_LAMP if second else 1.0)
    return np.asarray(cv2.multiply(image, stage.lamps[second], scale=gain / 128.0), np.uint8)


def _mat(rng: np.random.Generator, width: int, height: int) -> ImageArray:
    """A rubber mat: a little uneven, with grain, dust and a scratch or two."""
    shape = (height, width)
    small = rng.normal(0.0, 1.0, (6, 8)).astype(np.float32)
    broad = cv2.resize(small, (width, height), interpolation=cv2.INTER_CUBIC)
    grain = cv2.GaussianBlur(rng.standard_normal(shape, np.float32), (0, 0), 0.8)
    tone = 1.0 + 0.035 * broad + 0.05 * grain
    dust = np.zeros(shape, np.uint8)
    for _ in range(int(rng.integers(10, 30))):
        x, y, size = rng.uniform(0, width), rng.uniform(0, height), rng.uniform(4, 18)
        cv2.circle(
            dust, (int(x * 16), int(y * 16)), int(size), int(rng.integers(30, 120)), -1,
            cv2.LINE_AA, 4,
        )  # fmt: skip
    for _ in range(int(rng.integers(1, 4))):
        ends = rng.uniform((0, 0), (width, height), (2, 2))
        middle = ends.mean(axis=0)
        a, b = (tuple(int(v) for v in middle + 0.25 * (e - middle)) for e in ends)
        cv2.line(dust, a, b, int(rng.integers(15, 40)), 1, cv2.LINE_AA)
    level = rng.uniform(55.0, 95.0)
    tint = np.array([0.97, 1.0, 1.01], np.float32) * level
    mat = tone[..., None] * tint + 0.6 * dust[..., None].astype(np.float32)
    return np.asarray(np.clip(mat, 0, 255), dtype=np.uint8)


def _lamp(width: int, height: int, right: float, down: float) -> ImageArray:
    """A lamp's light over the picture: falling off to one side and towards the corners."""
    y, x = np.mgrid[:height, :width].astype(np.float32)
    x, y = x / width - 0.5, y / height - 0.5
    light = 1.0 - right * x - down * y - 0.25 * (x * x + y * y)
    return np.repeat(np.clip(128.0 * light, 0, 255).astype(np.uint8)[..., None], 3, axis=2)
