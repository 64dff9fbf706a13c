"""The simulated bench as a source of pictures, with its faults."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path
from types import TracebackType

import numpy as np
from typing_extensions import Self

from engines.decode import IMAGE_SUFFIXES, read_image
from engines.errors import ImageError
from engines.picture_files import pictures_below
from engines.prediction import ImageArray
from engines.sentence import sentence
from station.capture.alarm import Alarm, OnAlarm
from station.capture.health import Health
from station.capture.settings import CaptureSettings
from station.capture.simulated.options import SimOptions
from station.capture.simulated.plan import Stay, stays
from station.capture.simulated.scene import build_stage, picture
from station.capture.simulated.sprite import Sprite, broken, cut_disc
from station.errors import ConfigError
from station.grabbed import Grabbed

log = logging.getLogger(__name__)

SimParts = Callable[[], Iterable[tuple[str, ImageArray]]]
"""Gives names and photographs, uint8 (H, W, 3), of the parts to lay down."""
DAWN = datetime(2026, 1, 1, tzinfo=timezone.utc)
"""Where time begins that does not pass by itself."""


@dataclass(frozen=True, slots=True)
class Laid:
    """The truth about one part that was laid on the bench, in seconds of the stream."""

    name: str
    at_s: float
    """It lies."""
    free_s: float
    """Nothing else is in the picture."""
    until_s: float
    """A hand comes for it."""
    gone_s: float
    is_broken: bool
    is_restless: bool


class SimulatedBench:
    """Parts laid down, moved, at rest and removed. Opened and closed like a camera.

    The same options and parts give the same pictures. Raises ConfigError where no photograph
    holds a disc.
    """

    def __init__(
        self,
        uri: str,
        options: SimOptions,
        settings: CaptureSettings,
        parts: Sequence[tuple[str, Callable[[], ImageArray]]],
        on_alarm: OnAlarm,
    ) -> None:
        self.uri, self.options = uri, options
        self.laid: list[Laid] = []
        self._on_alarm = on_alarm
        self._health = Health(settings, on_alarm)
        self._parts = parts
        order = np.random.default_rng([options.seed, 4]).permutation(len(parts))
        self._order = [int(i) for i in order]
        self._unfit: set[str] = set()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        del kind, error, trace

    @property
    def is_live(self) -> bool:
        """Whether its pictures come by themselves, as a camera's do."""
        return self.options.real_time

    def facts(self) -> Mapping[str, str | float]:
        """What was set."""
        width, height = self.options.size
        return {
            "source": "simulated bench",
            "width_px": float(width),
            "height_px": float(height),
            "fps": self.options.fps,
            "seed": float(self.options.seed),
            "parts": float(len(self._parts)),
        }

    def frames(self, stop_event: threading.Event) -> Iterator[Grabbed]:
        """The pictures, until the parts are over or the event is set."""
        begun, begun_at = time.monotonic(), datetime.now(timezone.utc)
        if not self.options.real_time:
            begun, begun_at = 0.0, DAWN
        held: ImageArray | None = None
        is_lost = False
        for number, now_s, image in self._pictures(stop_event):
            if self.options.real_time and stop_event.wait(begun + now_s - time.monotonic()):
                return
            if _within(self.options.lost, now_s):
                if not is_lost:
                    self._on_alarm(Alarm.LOST, sentence("{uri} is lost (simulated).", uri=self.uri))
                is_lost = True
                continue
            if is_lost:
                is_lost = False
                self._on_alarm(Alarm.BACK, sentence("{uri} is back (simulated).", uri=self.uri))
                self._health.restart()
            if _within(self.options.black, now_s):
                image = np.zeros_like(image)
            if _within(self.options.stuck, now_s) and held is not None:
                image = held
            held = image
            self._health.watch(image, now_s)
            yield Grabbed(image, begun_at + timedelta(seconds=now_s), begun + now_s, number)

    def _pictures(self, stop_event: threading.Event) -> Iterator[tuple[int, float, ImageArray]]:
        stage = build_stage(self.options)
        coming = stays(self.options, len(self._parts))
        ahead = next(coming, None)
        lying: list[tuple[Stay, Sprite]] = []
        number, end_s = 0, 0.0
        while not stop_event.is_set():
            now_s = number / self.options.fps
            while ahead is not None and ahead.enter_s <= now_s:
                lying.append((ahead, self._sprite(ahead)))
                end_s = ahead.over_s + 0.4
                ahead = next(coming, None)
            lying = [(stay, sprite) for stay, sprite in lying if stay.over_s >= now_s]
            if ahead is None and now_s > end_s:
                return
            yield number, now_s, picture(stage, now_s, number, lying)
            number += 1

    def _sprite(self, stay: Stay) -> Sprite:
        """The part of a stay, cut out; written down among those laid."""
        diameter_px = round(self.options.part * min(self.options.size))
        for attempt in range(len(self._parts)):
            index = self._order[(stay.number + attempt) % len(self._parts)]
            name, load = self._parts[index]
            if name in self._unfit:
                continue
            sprite = self._cut(name, load, diameter_px)
            if sprite is not None:
                break
            self._unfit.add(name)
        else:
            raise ConfigError(
                "none of the {count} pictures of {uri} holds a disc to lay down. Give "
                "photographs of discs.",
                count=len(self._parts),
                uri=self.uri,
            )
        if stay.is_broken:
            sprite = broken(sprite, np.random.default_rng([self.options.seed, 5, stay.number]))
        self.laid.append(
            Laid(
                name, stay.down_s, stay.free_s if stay.has_hand else stay.down_s,
                stay.back_s if stay.has_hand else stay.up_s, stay.gone_s,
                stay.is_broken, stay.is_restless,
            )
        )  # fmt: skip
        return sprite.turned(stay.angle_deg)

    def _cut(self, name: str, load: Callable[[], ImageArray], diameter_px: int) -> Sprite | None:
        try:
            sprite = cut_disc(load(), diameter_px)
        except ImageError as error:
            self._on_alarm(Alarm.UNREADABLE, str(error))
            return None
        if sprite is None:
            self._on_alarm(
                Alarm.UNREADABLE,
                sentence("{name} shows no disc; the simulated bench leaves it out.", name=name),
            )
        return sprite


def parts_of_folder(folder: Path) -> list[tuple[str, Callable[[], ImageArray]]]:
    """The photographs in a folder and its folders, by name. Raises ConfigError where none is.

    Folders that start with _ or . hold none, as everywhere: `trainer synth` keeps masks in one.
    """
    if not folder.is_dir():
        raise ConfigError(
            "sim: names {folder}, which is no folder. Give a folder of photographs.", folder=folder
        )
    files = pictures_below(folder)
    if not files:
        raise ConfigError(
            "sim: {folder} holds no picture; expected photographs of parts, one of "
            "{image_suffixes}.",
            folder=folder,
            image_suffixes=", ".join(IMAGE_SUFFIXES),
        )

    def loader(path: Path) -> Callable[[], ImageArray]:
        return lambda: read_image(path)

    return [(path.relative_to(folder).as_posix(), loader(path)) for path in files]


def parts_given(parts: SimParts) -> list[tuple[str, Callable[[], ImageArray]]]:
    """Photographs that the caller gives."""

    def holder(image_rgb: ImageArray) -> Callable[[], ImageArray]:
        return lambda: image_rgb

    return [(name, holder(image_rgb)) for name, image_rgb in parts()]


def _within(spans: Iterable[tuple[float, float]], now_s: float) -> bool:
    return any(begin <= now_s < end for begin, end in spans)
