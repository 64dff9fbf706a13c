"""What the camera sees right now, for those who watch it: the newest picture, and how good it is.

The newest takes the place of the one before it, so that watching never holds up the trigger.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

import cv2
import numpy as np
import numpy.typing as npt

from engines.prediction import ImageArray
from station.grabbed import Grabbed
from station.trigger.focus import focus

MEASURED_EVERY_S = 0.2
"""Focus and exposure are told this often: measuring each picture would slow the trigger down."""
CLIPPED_MOST = 0.02
"""A glint here and there is no harm."""
SMALL = (64, 48)
"""Width and height of the grey picture by which two pictures are held against each other."""
SAME = 9.0
"""Grey levels by which the same scene differs on the mean, for noise and flicker; a hand that
reaches in or a part taken away changes ten times as much where it is."""
SAME_SHARE = 0.02
"""Share of the small picture that may differ by more."""


@dataclass(frozen=True, slots=True)
class Sight:
    """How good a picture is, each from 0 to 1."""

    focus: float
    """See station.trigger.focus: 0.2 and more is sharp."""
    brightness: float
    """Mean grey level over 255."""
    clipped: float
    """Share of pixels that are fully white."""

    @property
    def is_clipped(self) -> bool:
        """Whether so much is fully white that detail is lost."""
        return self.clipped > CLIPPED_MOST


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """The camera's newest picture."""

    grabbed: Grabbed
    sight: Sight
    """Of this picture or one up to MEASURED_EVERY_S before it."""
    fps: float
    """Pictures a second that the camera gives; 0.0 before the second."""


@dataclass(slots=True, eq=False)
class Looks:
    """One place for the newest picture; put by the trigger's thread, taken by any other."""

    _lock: threading.Lock = field(default_factory=threading.Lock)
    _newest: Look | None = None
    _sight: Sight | None = None
    _measured_s: float = 0.0
    _last_s: float | None = None
    _fps: float = 0.0

    def put(self, grabbed: Grabbed) -> None:
        """The camera gave a picture. Some microseconds; a few milliseconds to measure."""
        now_s = grabbed.monotonic_s
        if self._sight is None or not 0.0 <= now_s - self._measured_s < MEASURED_EVERY_S:
            self._sight, self._measured_s = sight_of(grabbed.image_rgb), now_s
        if self._last_s is not None and now_s > self._last_s:
            fps = 1.0 / (now_s - self._last_s)
            self._fps = fps if self._fps == 0.0 else 0.9 * self._fps + 0.1 * fps
        self._last_s = now_s
        with self._lock:
            self._newest = Look(grabbed, self._sight, self._fps)

    def take(self) -> Look | None:
        """The newest picture, once; None where none came since."""
        with self._lock:
            look, self._newest = self._newest, None
        return look


def sight_of(image_rgb: ImageArray) -> Sight:
    """How good a picture is. image_rgb: uint8 (H, W, 3)."""
    grey = cv2.cvtColor(image_rgb[::2, ::2], cv2.COLOR_RGB2GRAY)
    clipped = float(np.count_nonzero(grey >= 254)) / grey.size
    return Sight(focus(image_rgb), float(grey.mean()) / 255.0, clipped)


def small_grey(image_rgb: ImageArray) -> npt.NDArray[np.uint8]:
    """uint8 (H, W, 3) -> uint8 (48, 64): what `shows_the_same` compares."""
    step = max(1, min(image_rgb.shape[0] // 240, image_rgb.shape[1] // 320))
    grey = cv2.cvtColor(np.ascontiguousarray(image_rgb[::step, ::step]), cv2.COLOR_RGB2GRAY)
    return np.asarray(cv2.resize(grey, SMALL, interpolation=cv2.INTER_AREA), np.uint8)


def shows_the_same(one: npt.NDArray[np.uint8], other: npt.NDArray[np.uint8]) -> bool:
    """Whether two small pictures show a scene in which nothing was moved: then what was marked in
    one may be drawn over the other. A change of the light as a whole does not count."""
    apart = one.astype(np.float32) - other.astype(np.float32)
    apart -= np.median(apart)
    return float(np.mean(np.abs(apart) > SAME)) <= SAME_SHARE
