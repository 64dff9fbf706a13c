"""A camera looked at while the bench is set up: its pictures alone, nothing is inspected."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path

from engines.bundle import GOLDEN
from engines.decode import IMAGE_SUFFIXES, read_image
from engines.errors import ImageError
from engines.golden import read_golden
from engines.prediction import ImageArray
from station.capture.address import read_address
from station.capture.alarm import OnAlarm, nobody
from station.capture.settings import CaptureSettings
from station.capture.source import Source, open_source
from station.config import StationConfig
from station.images import find_picture
from station.lock import camera_lock, held
from station.looks import Looks
from station.store.store import Store

HELD_ALONE = ("v4l2", "gst")
"""Kinds of cameras that one program at a time may open."""
PACE_S = 1.0 / 30.0
"""Between two pictures of files, which come as fast as they are read."""
DEVICES, NAMES = Path("/dev"), Path("/sys/class/video4linux")
AGAIN_S = 0.5
"""Before files that ended are shown from their beginning."""
LOOKED_THROUGH = 50
"""So many of the newest records are asked for a picture."""


@dataclass(frozen=True, slots=True)
class CameraHere:
    """A camera that is plugged in."""

    address: str
    """As in station.toml."""
    name: str
    """What it calls itself."""


def same_camera(config: StationConfig, uri: str) -> bool:
    """Whether the line, while it runs, reads this very camera."""
    return config.camera is not None and config.camera.strip() == uri.strip()


def cameras_here(devices: Path = DEVICES, names: Path = NAMES) -> tuple[CameraHere, ...]:
    """The cameras of this machine, each once: by the name of its maker and serial number where
    there is one, since a number changes with the order of plugging in."""
    found: dict[Path, CameraHere] = {}
    by_id = sorted((devices / "v4l" / "by-id").glob("*-video-index0"))
    for path in (*by_id, *sorted(devices.glob("video*"))):
        device = path.resolve()
        about = names / device.name
        index = _line(about / "index")
        if device in found or index not in ("", "0"):
            continue  # one camera has several: pictures are on its first
        found[device] = CameraHere(f"v4l2:{path}", _line(about / "name") or device.name)
    return tuple(found.values())


def _line(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""


def watch_camera(
    config: StationConfig,
    uri: str,
    capture: CaptureSettings,
    looks: Looks,
    stop_event: threading.Event,
    on_alarm: OnAlarm = nobody,
    on_open: Callable[[dict[str, str | float]], None] | None = None,
) -> None:
    """Put every picture of a camera into `looks` until the event is set; blocks.

    on_open: told what the device gives, once its first picture is there. Raises ConfigError for
    an address that cannot be, or a camera that a running line holds.
    """
    while not stop_event.is_set():
        with preview_source(config, uri, capture, on_alarm) as source:
            last_s = time.monotonic()
            is_told = on_open is None
            for grabbed in source.frames(stop_event):
                looks.put(grabbed)
                if not is_told and on_open is not None:
                    is_told = True
                    on_open(dict(source.facts()))
                wait_s = PACE_S - (time.monotonic() - last_s)
                if wait_s > 0.0 and not _is_live(uri):
                    stop_event.wait(wait_s)
                last_s = time.monotonic()
        stop_event.wait(AGAIN_S)


@contextmanager
def preview_source(
    config: StationConfig, uri: str, capture: CaptureSettings, on_alarm: OnAlarm = nobody
) -> Iterator[Source]:
    """A camera, opened beside the line. Raises ConfigError, EngineError for a golden set that
    cannot be read."""

    def golden_pictures() -> Iterator[tuple[str, ImageArray]]:
        golden = read_golden(config.bundle / GOLDEN)
        for index, name in enumerate(golden.names):
            yield name, golden.image(index)

    source = open_source(uri, capture, on_alarm=on_alarm, sim_parts=golden_pictures)
    with _alone(config, uri), source as opened:
        yield opened


def newest_picture(config: StationConfig, store: Store) -> ImageArray | None:
    """The last part's picture as it was taken, (H, W, 3) uint8, or a file that waits in the inbox;
    None where there is none."""
    for record in reversed(store.records(limit=LOOKED_THROUGH)):
        sha256 = record.image_sha256
        path = None if sha256 is None else find_picture(config.images, sha256)
        image = None if path is None else _read(path, config.max_pixels)
        if image is not None:
            return image
    if config.inbox is not None and config.inbox.is_dir():
        for path in sorted(config.inbox.iterdir(), reverse=True):
            if path.suffix.lower() in IMAGE_SUFFIXES:
                image = _read(path, config.max_pixels)
                if image is not None:
                    return image
    return None


def _read(path: Path, max_pixels: int) -> ImageArray | None:
    try:
        return read_image(path, max_pixels)
    except (ImageError, OSError):
        return None


def _is_live(uri: str) -> bool:
    return read_address(uri).scheme not in ("video", "folder")


def _alone(config: StationConfig, uri: str) -> AbstractContextManager[None]:
    """The lock that a line on this camera holds."""
    if read_address(uri).scheme not in HELD_ALONE:
        return nullcontext()
    feed = replace(config, inbox=None, camera=uri).feed
    return held(camera_lock(config.out, feed), feed)
