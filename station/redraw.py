"""Overlays whose rows were on the disk when a kill came, and they not: drawn at the next start."""

from __future__ import annotations

import logging
from dataclasses import replace
from pathlib import Path

from engines.decode import decode_image
from engines.errors import EngineError, ImageError
from engines.sentence import Sentence, sentence
from station.domain import Decision, Frame, Reason, Record
from station.images import read_picture
from station.opened import Opened
from station.pipeline import inspect
from station.steps import draw_part

log = logging.getLogger(__name__)
LATEST = 64
"""So many rows of this station are looked at: more than can have been between row and overlay."""


def redraw_missing(opened: Opened) -> None:
    """Draw the overlays that the latest rows name and that are not there.

    The engine is asked again. A part that another model decided is left without one, and that is
    told; one that passed and whose picture is gone was pruned. Raises StoreError, and StationError
    where one cannot be written.
    """
    folder = opened.config.overlays.resolve()
    for record in opened.store.records(station=opened.config.station, limit=LATEST):
        path = record.overlay_path
        if path is None or Path(path).parent != folder or Path(path).exists():
            continue
        if record.decision is Decision.PASS and not Path(str(record.image_path)).exists():
            continue
        reason = _redraw(opened, record)
        if reason is None:
            log.warning("%s was decided, but not drawn, before the last stop; it is", record.source)
        else:
            said = sentence("{source} has no overlay: {why}", source=record.source, why=reason)
            opened.notices.tell("overlay", said)


def _redraw(opened: Opened, record: Record) -> Sentence | None:
    """None: it is drawn; else why not."""
    data = read_picture(opened.config.images, str(record.image_sha256))
    if data is None:
        return sentence("its picture is no longer in the image store.")
    if record.bundle_sha256 != opened.engine.bundle.digest:
        return sentence(
            "another model decides today. Its picture and its row are not touched by that."
        )
    try:
        image = decode_image(data, record.source, opened.config.max_pixels)
        frame = Frame(image, record.source, str(record.image_sha256), record.captured_at, data)
        found = opened.asking.submit(
            inspect, frame, opened.locate, opened.engine, opened.policy
        ).result()
    except (ImageError, EngineError) as error:
        return sentence("{error}", error=error)
    # What was decided then is drawn: the trigger's doubts, too, are known to the row alone.
    reasons = (Reason(found.verdict.reasons[0].code, record.reason),)
    verdict = replace(found.verdict, decision=record.decision, reasons=reasons)
    draw_part(opened, record, replace(found, verdict=verdict), is_resumed=False)
    return None
