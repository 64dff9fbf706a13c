"""Pictures that were taken before, a film or the files of a folder: in order, to an end."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta, timezone
from pathlib import Path
from types import TracebackType
from typing import Any

import cv2
import numpy as np
from typing_extensions import Self

from engines.decode import IMAGE_SUFFIXES, read_image
from engines.errors import ImageError
from engines.sentence import sentence
from station.capture.address import Address
from station.capture.alarm import Alarm, OnAlarm
from station.capture.picture_file import printable
from station.errors import ConfigError
from station.grabbed import Grabbed
from station.limits import require_between


class Film:
    """A video file, every picture of it: `video:FILE?real_time=1` at its own pace, `loop=1` again
    and again."""

    def __init__(self, address: Address, on_alarm: OnAlarm) -> None:
        self._path = Path(address.name)
        self._real_time = bool(address.flag("real_time"))
        self._loop = bool(address.flag("loop"))
        address.all_taken()
        if not self._path.is_file():
            raise ConfigError(
                "video: names {path}, which is no file. Give a video file.", path=self._path
            )
        self._on_alarm = on_alarm
        self._capture: Any = None

    def __enter__(self) -> Self:
        self._capture = cv2.VideoCapture(str(self._path), cv2.CAP_FFMPEG)
        if not self._capture.isOpened():
            raise ConfigError(
                "video: {path} cannot be read as a film. Give another, or convert it.",
                path=self._path,
            )
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        del kind, error, trace
        self._capture.release()

    def facts(self) -> Mapping[str, str | float]:
        """Size, rate and length, as the film's header says."""
        names = {
            "width_px": cv2.CAP_PROP_FRAME_WIDTH,
            "height_px": cv2.CAP_PROP_FRAME_HEIGHT,
            "fps": cv2.CAP_PROP_FPS,
            "pictures": cv2.CAP_PROP_FRAME_COUNT,
        }
        values = {key: float(self._capture.get(name)) for key, name in names.items()}
        return {"source": printable(f"video:{self._path}"), **values}

    def frames(self, stop_event: threading.Event) -> Iterator[Grabbed]:
        """Every picture, once a round; its time counts from the file's own."""
        begun_at = datetime.fromtimestamp(self._path.stat().st_mtime, tz=timezone.utc)
        fps = float(self._capture.get(cv2.CAP_PROP_FPS)) or 25.0
        expected = int(self._capture.get(cv2.CAP_PROP_FRAME_COUNT))
        begun_s = time.monotonic()
        index = ends = 0
        while not stop_event.is_set():
            is_read, image = self._capture.read()
            if not is_read:
                if not self._loop or index == ends:
                    break
                ends = index
                self._capture.set(cv2.CAP_PROP_POS_FRAMES, 0)
                continue
            # Not the container's own times: those of damaged films run back.
            at_s = index / fps
            if self._real_time and stop_event.wait(begun_s + at_s - time.monotonic()):
                return
            rgb = np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2RGB), dtype=np.uint8)
            yield Grabbed(rgb, begun_at + timedelta(seconds=at_s), at_s, index)
            index += 1
        else:
            return
        if index < expected:
            text = sentence(
                "{name} ended after {index} of {expected} pictures: it is cut off or "
                "damaged. What was missing was not looked at.",
                name=self._path.name,
                index=index,
                expected=expected,
            )
            self._on_alarm(Alarm.UNREADABLE, text)


class Folder:
    """The pictures of a folder, in the order of their names: `folder:DIR?fps=10&real_time=1`."""

    def __init__(self, address: Address, on_alarm: OnAlarm) -> None:
        self._path = Path(address.name)
        fps = address.number("fps")
        self._fps = 1.0 if fps is None else fps
        self._real_time = bool(address.flag("real_time"))
        address.all_taken()
        require_between("folder: fps", self._fps, 0.001, 1000.0, "pictures a second")
        if not self._path.is_dir():
            raise ConfigError(
                "folder: names {path}, which is no folder. Give a folder.", path=self._path
            )
        files = (p for p in self._path.iterdir() if p.suffix.lower() in IMAGE_SUFFIXES)
        self._files = sorted(p for p in files if p.is_file())
        if not self._files:
            raise ConfigError(
                "folder: {path} holds no picture; expected some of {image_suffixes}.",
                path=self._path,
                image_suffixes=", ".join(IMAGE_SUFFIXES),
            )
        self._on_alarm = on_alarm

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        del kind, error, trace

    def facts(self) -> Mapping[str, str | float]:
        """How many pictures, at what rate."""
        return {
            "source": printable(f"folder:{self._path}"),
            "fps": self._fps,
            "pictures": float(len(self._files)),
        }

    def frames(self, stop_event: threading.Event) -> Iterator[Grabbed]:
        """Every picture that can be read; what cannot is told and left out."""
        begun_s = time.monotonic()
        for index, path in enumerate(self._files):
            at_s = index / self._fps
            wait_s = begun_s + at_s - time.monotonic() if self._real_time else 0.0
            if stop_event.wait(max(0.0, wait_s)):
                return
            try:
                image_rgb = read_image(path)
                at = datetime.fromtimestamp(path.stat().st_mtime, tz=timezone.utc)
            except (ImageError, OSError) as error:
                self._on_alarm(
                    Alarm.UNREADABLE,
                    sentence(
                        "{printable} is left out: {error}",
                        printable=printable(path.name),
                        error=error,
                    ),
                )
                continue
            yield Grabbed(image_rgb, at, at_s, index, printable(path.name))
