"""Parts before a camera: its pictures, the trigger that tells parts from them, and their files."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from contextlib import suppress
from datetime import timezone
from functools import partial
from queue import Empty, Full, Queue
from typing import TypeAlias

from engines.bundle import GOLDEN, Bundle
from engines.golden import read_golden
from engines.prediction import ImageArray
from engines.sentence import sentence
from station.ahead import Ahead, Ready
from station.arrival import Arrival
from station.capture.alarm import Alarm
from station.capture.source import Source, open_source
from station.config import StationConfig
from station.domain import Frame, Part
from station.grabbed import Grabbed
from station.labels import Labels
from station.notices import Notices
from station.sayings import Severity
from station.trigger.shot import Presses, Shot
from station.trigger.triggers import TRIGGERS

WAITING_MOST = 32
"""So many parts wait for the engine before the trigger does. A hand lays down one or two a second:
32 bridge the 15 to 30 s in which another engine is opened or a disk stalls, and a part in hand for
SLOW_S of station.heart is told. Each holds picture, file and crop: 10 MB at 1920 x 1080, 0.3 GB in
all; 1.8 GB at 4056 x 3040; `trigger.views` times that."""
ENDS = (Alarm.BACK, Alarm.MOVING, Alarm.LIGHT, Alarm.BRISK)
"""Good news."""
_Item: TypeAlias = "tuple[Shot, tuple[Ready, ...], Labels, float] | Exception | None"
LOOK_S = 0.1
"""How soon a stop is noticed while waiting."""
OVERRUN = sentence(
    "Parts come faster than the engine answers: the trigger waits, and may miss "
    "some. Lay them down more slowly, or see `station bench` for a faster engine."
)


def open_camera(config: StationConfig, bundle: Bundle, notices: Notices) -> Source:
    """The configured camera. `sim:` without a folder lays down the bundle's golden pictures.

    Raises ConfigError, and BundleError for a golden set that cannot be read.
    """

    def golden_pictures() -> Iterator[tuple[str, ImageArray]]:
        golden = read_golden(bundle.path / GOLDEN)
        for index, name in enumerate(golden.names):
            yield name, golden.image(index)

    def tell(alarm: Alarm, text: str) -> None:
        notices.tell("camera", text, Severity.INFO if alarm in ENDS else Severity.WARNING)

    return open_source(str(config.camera), config.capture, on_alarm=tell, sim_parts=golden_pictures)


def camera_arrivals(
    config: StationConfig,
    source: Source,
    presses: Presses,
    leave: threading.Event,
    notices: Notices,
    on_round: Callable[[], None],
    labels: Callable[[], Labels],
    pool: Executor,
    find: Callable[[Frame], Part],
    on_picture: Callable[[Grabbed], None] | None = None,
) -> Iterator[Arrival]:
    """One arrival for each part that the trigger tells; the event ends it after those it told.

    The trigger watches in a thread of its own: it misses no part while the engine is busy. Every
    view is encoded without loss: what is inspected is what is kept. labels: what is told of the
    part that was just taken. pool: encodes pictures and, by `find`, looks for the part in them;
    ahead, where the trigger considers one. on_picture: shown every picture of the camera, in the
    trigger's thread: it must be quick.
    """
    shots: Queue[_Item] = Queue(WAITING_MOST)
    closed = threading.Event()
    ahead = Ahead(pool, partial(_frame, config), find)

    def put(item: _Item) -> None:
        told = False
        while not closed.is_set():
            try:
                shots.put(item, timeout=LOOK_S)
            except Full:
                if not told and not leave.is_set():
                    notices.tell("overrun", OVERRUN)
                told = True
            else:
                return

    def watch() -> None:
        try:
            trigger, told = TRIGGERS[config.trigger.mode], 0
            pictures = _shown(source.frames(leave), on_picture)
            for shot in trigger(pictures, config.trigger, presses, ahead.consider):
                ready = tuple(ahead.of(grabbed) for grabbed in shot.frames)
                put((shot, ready, labels(), time.monotonic()))
                told += 1
            if not told and not leave.is_set():
                notices.tell(
                    "trigger",
                    sentence(
                        "The stream ended, and no part was told in it (trigger.mode is {mode!r}). "
                        "`automatic` tells parts that are laid down and taken away; for pictures "
                        "of one part each, set trigger.mode to 'interval' and trigger.interval_s "
                        "to 0.",
                        mode=config.trigger.mode,
                    ),
                )
        except Exception as error:  # noqa: BLE001 - raised again by the reader
            put(error)
        put(None)

    thread = threading.Thread(target=watch, name="trigger", daemon=True)
    thread.start()
    try:
        # After a stop, too, until the last: no file would bring these parts back.
        while (item := _next(shots, on_round)) is not None:
            if isinstance(item, Exception):
                raise item
            yield _arrival(*item)
    finally:
        leave.set()
        closed.set()
        thread.join()


def _shown(
    pictures: Iterator[Grabbed], on_picture: Callable[[Grabbed], None] | None
) -> Iterator[Grabbed]:
    for grabbed in pictures:
        if on_picture is not None:
            on_picture(grabbed)
        yield grabbed


def _next(shots: Queue[_Item], on_round: Callable[[], None]) -> _Item:
    while True:
        on_round()
        with suppress(Empty):
            return shots.get(timeout=LOOK_S)


def _arrival(shot: Shot, ready: tuple[Ready, ...], labels: Labels, told_s: float) -> Arrival:
    """Its pictures need be neither encoded nor looked through yet."""
    frames = tuple(each.frame for each in ready)
    return Arrival(
        source=frames[0].source,
        frames=frames,
        read_s=0.0,
        serial=shot.serial,
        labels=labels,
        told_s=told_s,
        ready=ready,
        doubts=shot.doubts,
    )


def _frame(config: StationConfig, grabbed: Grabbed) -> Frame:
    return Frame(grabbed.image_rgb, _name(config, grabbed), "", grabbed.at)


def _name(config: StationConfig, grabbed: Grabbed) -> str:
    """A name for people that sorts by time: `v4l2-0 2026-11-21 12.45.07.123Z.png`."""
    if grabbed.name:
        return grabbed.name
    camera = re.sub(r"[^A-Za-z0-9]+", "-", str(config.camera).split("?")[0]).strip("-")[:24]
    at = grabbed.at.astimezone(timezone.utc)
    return f"{camera} {at:%Y-%m-%d %H.%M.%S}.{at.microsecond // 1000:03}Z.png"
