"""Whether the pictures of a camera are alive: not stuck, not black, not slow."""

from __future__ import annotations

import zlib
from collections import OrderedDict, deque
from dataclasses import dataclass, field

import numpy as np

from engines.prediction import ImageArray
from engines.sentence import sentence
from station.capture.alarm import Alarm, OnAlarm
from station.capture.settings import CaptureSettings

ROW_STEP = 8
"""Every so many rows of a picture are looked at."""
REMEMBERED = 64
"""Pictures: a camera that repeats the same few is as stuck as one that repeats one."""
RATE_S = 5.0
"""Time over which the rate is measured."""


@dataclass(slots=True, eq=False)
class Health:
    """Watches the pictures of one camera go by, and tells when a trouble begins and ends."""

    settings: CaptureSettings
    on_alarm: OnAlarm
    expected_fps: float | None = None
    """The rate the device claims; None: it is not watched."""
    is_stuck: bool = False
    is_black: bool = False
    is_slow: bool = False
    _known: OrderedDict[int, None] = field(default_factory=OrderedDict)
    _new_s: float | None = None
    _light_s: float | None = None
    _times_s: deque[float] = field(default_factory=deque)

    def watch(self, image_rgb: ImageArray, now_s: float) -> None:
        """One more picture, uint8 (H, W, 3), at a time of the source's clock."""
        rows = np.ascontiguousarray(image_rgb[:: max(1, min(ROW_STEP, len(image_rgb) // 8))])
        self._watch_black(rows, now_s)
        self._watch_stuck(rows, now_s)
        self._watch_rate(now_s)

    def restart(self) -> None:
        """The camera was opened anew: what was before tells nothing of its rate."""
        self._times_s.clear()
        self._new_s = self._light_s = None

    def _watch_stuck(self, rows: ImageArray, now_s: float) -> None:
        key = zlib.crc32(rows.data)
        # Black to the last bit is no sign of a stuck camera: some clip their noise away.
        if key not in self._known or self._new_s is None or self._is_dark(rows):
            self._new_s = now_s
            if self.is_stuck and key not in self._known:
                self.is_stuck = False
                self.on_alarm(Alarm.MOVING, sentence("The camera's pictures change again."))
        self._known[key] = None
        self._known.move_to_end(key)
        if len(self._known) > REMEMBERED:
            self._known.popitem(last=False)
        if not self.is_stuck and now_s - self._new_s >= self.settings.stuck_after_s:
            self.is_stuck = True
            text = sentence(
                "The camera has given the same pictures, to the last bit of noise, "
                "for {now_s:.0f} s: it is stuck, and parts may pass by unseen. "
                "Unplug it and plug it in again.",
                now_s=now_s - self._new_s,
            )
            self.on_alarm(Alarm.STUCK, text)

    def _watch_black(self, rows: ImageArray, now_s: float) -> None:
        if not self._is_dark(rows):
            self._light_s = now_s
            if self.is_black:
                self.is_black = False
                self.on_alarm(Alarm.LIGHT, sentence("The camera's pictures are no longer black."))
            return
        if self._light_s is None:
            self._light_s = now_s
        if not self.is_black and now_s - self._light_s >= self.settings.black_after_s:
            self.is_black = True
            text = sentence(
                "The camera's pictures are black (mean grey level {level:.1f} of "
                "255). Look at the lamp, the lens cap and the exposure.",
                level=float(rows.mean()),
            )
            self.on_alarm(Alarm.BLACK, text)

    def _is_dark(self, rows: ImageArray) -> bool:
        return float(rows.mean()) < self.settings.black_below

    def _watch_rate(self, now_s: float) -> None:
        if not self.expected_fps:
            return
        self._times_s.append(now_s)
        while self._times_s[-1] - self._times_s[0] > RATE_S:
            self._times_s.popleft()
        span_s = self._times_s[-1] - self._times_s[0]
        if span_s < 0.8 * RATE_S:
            return
        fps = (len(self._times_s) - 1) / span_s
        is_slow = fps < self.settings.slow_share * self.expected_fps
        if is_slow != self.is_slow:
            self.is_slow = is_slow
            if is_slow:
                self.on_alarm(
                    Alarm.SLOW,
                    sentence(
                        "The camera gives {fps:.1f} pictures a second; it claims "
                        "{expected_fps:g}. Look at the exposure time, the cable and "
                        "the network.",
                        fps=fps,
                        expected_fps=self.expected_fps,
                    ),
                )
            else:
                self.on_alarm(
                    Alarm.BRISK,
                    sentence("The camera gives {fps:.1f} pictures a second again.", fps=fps),
                )
