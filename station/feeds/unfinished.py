"""Parts that an earlier run had begun when it was stopped: finished now, or named as lost."""

from __future__ import annotations

import logging
from collections.abc import Iterator

from engines.decode import decode_image
from engines.errors import ImageError
from station.arrival import Arrival
from station.capture.picture_file import printable
from station.config import StationConfig
from station.domain import Code, Frame, Intent, Reason
from station.images import read_picture, sha256_of

log = logging.getLogger(__name__)
LOST = (
    "The station was stopped while it inspected this part, and its picture is no longer in the "
    "image store. Inspect the part again, under a new record."
)


def split_unfinished(
    config: StationConfig, intents: list[Intent]
) -> tuple[list[Intent], list[Intent]]:
    """Parts whose file still lies in the inbox, and will arrive again; and the others."""
    if config.inbox is None:
        return [], intents
    files = {printable(path.name): path for path in config.inbox.iterdir() if path.is_file()}
    waiting: list[Intent] = []
    others: list[Intent] = []
    for intent in intents:
        file = files.get(intent.source)
        same = file is not None and sha256_of(file) == intent.image_sha256
        (waiting if same else others).append(intent)
    return waiting, others


def unfinished_arrivals(config: StationConfig, intents: list[Intent]) -> Iterator[Arrival]:
    """The parts again, from the image store. One whose picture is lost comes with an error."""
    for intent in intents:
        log.warning("%s was begun before the last stop; it is finished now", intent.source)
        yield _arrival(config, intent)


def _arrival(config: StationConfig, intent: Intent) -> Arrival:
    data = None
    if intent.image_sha256 is not None:
        data = read_picture(config.images, intent.image_sha256)
    if data is None:
        return _lost(intent, LOST)
    try:
        image = decode_image(data, intent.source, config.max_pixels)
    except ImageError as error:
        return _lost(intent, str(error))
    frame = Frame(image, intent.source, str(intent.image_sha256), intent.captured_at, data)
    return Arrival(intent.source, (frame,), 0.0, serial=intent.part_serial, intent=intent)


def _lost(intent: Intent, text: str) -> Arrival:
    error = Reason(Code.INTERRUPTED, text)
    return Arrival(intent.source, (), 0.0, error, serial=intent.part_serial, intent=intent)
