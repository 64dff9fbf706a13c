"""A camera, read by a thread of its own: the newest picture, and a way back when it is lost."""

from __future__ import annotations

import logging
import random
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from types import TracebackType
from typing import Any

import cv2
import numpy as np
from typing_extensions import Self

from engines.prediction import ImageArray
from engines.sentence import sentence
from station.capture.alarm import Alarm, OnAlarm
from station.capture.controls import Controls, set_controls
from station.capture.health import Health
from station.capture.settings import CaptureSettings
from station.grabbed import Grabbed

log = logging.getLogger(__name__)
OPENING_S = 10.0
"""A camera is given so long to open: FFmpeg studies a network stream for up to five seconds."""
LOOK_S = 0.1
"""How often a wait looks whether it should end."""
JITTER = 0.2
"""Share by which a wait for a lost camera varies: many stations do not knock all at once."""
FPS_SPAN = (1.0, 250.0)
"""Rates that a device may claim; others are placeholders."""


@dataclass(frozen=True, slots=True)
class Device:
    """How one camera is opened."""

    name: str
    """For people: without name and password."""
    open: Callable[[], Any]
    """Gives a cv2.VideoCapture, opened or not."""
    has_controls: bool
    """Exposure and the like can be set through it."""
    why_not: Callable[[], str]
    """What to look at when it does not open: a sentence."""


@dataclass(frozen=True, slots=True, eq=False)
class _Newest:
    image_bgr: ImageArray
    at: datetime
    monotonic_s: float
    index: int


class Camera:
    """A live camera, opened again whenever it is lost, until it is closed."""

    def __init__(self, device: Device, settings: CaptureSettings, on_alarm: OnAlarm) -> None:
        self._device, self._settings, self._on_alarm = device, settings, on_alarm
        self._health = Health(settings, on_alarm)
        self._changed = threading.Condition()
        self._closing = threading.Event()
        self._supervisor: threading.Thread | None = None
        self._newest: _Newest | None = None
        self._count = 0
        self._round = 0
        """Of opening; a reader of an earlier round is given up and has no say."""
        self._reason: str | None = None
        """Why the reader of this round ended; None while it reads."""
        self._facts: Mapping[str, str | float] = {}
        self._told_ignored: set[str] = set()

    def __enter__(self) -> Self:
        self._supervisor = threading.Thread(target=self._supervise, name="camera", daemon=True)
        self._supervisor.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        del kind, error, trace
        self._closing.set()
        with self._changed:
            self._changed.notify_all()
        if self._supervisor is not None:
            self._supervisor.join(timeout=self._settings.lost_after_s + 1.0)

    def facts(self) -> Mapping[str, str | float]:
        """What was asked for and what the device gives; empty before it is opened."""
        return self._facts

    def frames(self, stop_event: threading.Event) -> Iterator[Grabbed]:
        """The newest picture, each once, until the event is set; none while the camera is lost."""
        seen = -1
        while not stop_event.is_set() and not self._closing.is_set():
            with self._changed:
                newest = self._newest
                if newest is None or newest.index <= seen:
                    self._changed.wait(LOOK_S)
                    continue
            seen = newest.index
            yield Grabbed(_rgb(newest.image_bgr), newest.at, newest.monotonic_s, seen)

    def _supervise(self) -> None:
        """Open, watch, and after a loss open again, for ever longer pauses."""
        wait_s, lost_s, reopened = self._settings.retry_first_s, None, False
        while not self._closing.is_set():
            first = self._start_reader()
            reason = self._watch(first, lost_s)
            if reason is None:
                return
            if self._newest is not None and self._newest.index >= first:
                wait_s, lost_s = self._settings.retry_first_s, None
            if self._health.is_stuck and not reopened:
                reopened = True
                continue
            reopened = reopened and self._health.is_stuck
            if lost_s is None:
                lost_s = time.monotonic()
                text = sentence(
                    "{name} is lost: {reason} It is opened again and again.",
                    name=self._device.name,
                    reason=reason,
                )
                self._on_alarm(Alarm.LOST, text)
            self._closing.wait(wait_s * random.uniform(1.0 - JITTER, 1.0 + JITTER))
            wait_s = min(2.0 * wait_s, self._settings.retry_most_s)

    def _start_reader(self) -> int:
        """A new reader; the index of its first picture."""
        with self._changed:
            self._round += 1
            self._reason = None
            first, number = self._count, self._round
        threading.Thread(
            target=self._read, args=(number,), name=f"camera-{number}", daemon=True
        ).start()
        return first

    def _watch(self, first: int, lost_s: float | None) -> str | None:
        """Until the reader ends or falls silent: why; None when the camera is closed."""
        last, last_s = first - 1, time.monotonic()
        patience_s = OPENING_S + self._settings.lost_after_s
        while not self._closing.is_set():
            with self._changed:
                self._changed.wait(LOOK_S)
                reason, newest = self._reason, self._newest
            if newest is not None and newest.index > last:
                if last < first and lost_s is not None:
                    away_s = time.monotonic() - lost_s
                    self._on_alarm(
                        Alarm.BACK,
                        sentence(
                            "{name} is back, {away_s:.1f} s after.",
                            name=self._device.name,
                            away_s=away_s,
                        ),
                    )
                last, last_s = newest.index, time.monotonic()
                patience_s = self._settings.lost_after_s
            if reason is not None:
                return reason
            if time.monotonic() - last_s > patience_s:
                return sentence(
                    "it has given no picture for {patience_s:g} s.", patience_s=patience_s
                )
        return None

    def _read(self, number: int) -> None:
        """One round's reader: pictures as they come, until there are no more."""
        try:
            reason = self._read_all(number)
        except cv2.error as error:
            reason = sentence("OpenCV says {error}.", error=error)
        with self._changed:
            if number == self._round:
                self._reason = reason
                self._changed.notify_all()

    def _read_all(self, number: int) -> str:
        capture = self._device.open()
        try:
            if not capture.isOpened():
                return self._device.why_not()
            controls = set_controls(capture, self._settings, self._device.has_controls)
            self._learn(controls, capture)
            self._health.restart()
            while not self._closing.is_set():
                is_read, image = capture.read()
                at, now_s = datetime.now(timezone.utc), time.monotonic()
                if not is_read or image is None:
                    return sentence("it gives no more pictures.")
                with self._changed:
                    if number != self._round:
                        return "it was given up."
                    self._newest = _Newest(image, at, now_s, self._count)
                    self._count += 1
                    self._changed.notify_all()
                was_stuck = self._health.is_stuck
                self._health.watch(image, now_s)
                if self._health.is_stuck and not was_stuck:
                    return sentence("it is stuck.")
            return "it was closed."
        finally:
            capture.release()

    def _learn(self, controls: Controls, capture: Any) -> None:
        self._facts = {"source": self._device.name, **controls.facts}
        claimed = self._settings.fps or float(capture.get(cv2.CAP_PROP_FPS))
        is_sensible = FPS_SPAN[0] <= claimed <= FPS_SPAN[1]
        self._health.expected_fps = claimed if is_sensible else None
        for key, text in controls.ignored.items():
            if key not in self._told_ignored:
                self._told_ignored.add(key)
                self._on_alarm(
                    Alarm.IGNORED, sentence("{name}: {text}", name=self._device.name, text=text)
                )


def _rgb(image: ImageArray) -> ImageArray:
    """A picture as OpenCV reads it, (H, W, 3) BGR or (H, W) grey, as RGB."""
    code = cv2.COLOR_GRAY2RGB if image.ndim == 2 else cv2.COLOR_BGR2RGB
    return np.asarray(cv2.cvtColor(image, code), dtype=np.uint8)
