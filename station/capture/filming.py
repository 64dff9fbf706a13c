"""A source's pictures as a film: shown again they cost no more than a camera's."""

from __future__ import annotations

import threading
from collections.abc import Callable
from itertools import islice
from pathlib import Path

import cv2

from station.capture.source import Source
from station.errors import StationError

SHARP = 95
"""JPEG quality: what a good camera sends."""


def film(
    source: Source, path: Path, pictures: int, fps: float, on_picture: Callable[[int], None]
) -> None:
    """Write the first `pictures` of a source as a Motion JPEG film, as USB cameras send them.

    source: not yet entered, and not in real time. on_picture: told how many are written. Raises
    StationError where the film cannot be written or the source ends before.
    """
    writer = None
    written = 0
    try:
        with source:
            for grabbed in islice(source.frames(threading.Event()), pictures):
                if writer is None:
                    height, width = grabbed.image_rgb.shape[:2]
                    code = cv2.VideoWriter.fourcc(*"MJPG")
                    writer = cv2.VideoWriter(str(path), code, fps, (width, height))
                    writer.set(cv2.VIDEOWRITER_PROP_QUALITY, SHARP)
                    if not writer.isOpened():
                        raise StationError(
                            "{path} cannot be written as a film. Check its folder and the disk.",
                            path=path,
                        )
                writer.write(cv2.cvtColor(grabbed.image_rgb, cv2.COLOR_RGB2BGR))
                written += 1
                on_picture(written)
    finally:
        if writer is not None:
            writer.release()
    if written < pictures:
        raise StationError(
            "{name} ends after {written} of {pictures} pictures: the source ended before.",
            name=path.name,
            written=written,
            pictures=pictures,
        )
