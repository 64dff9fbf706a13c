"""One part's way from its feed to its overlay: locate, ask, draw. No step knows the others' time.

Each step takes what the one before it made. Between the first two, station.intents writes that the
part came in; station.filing writes what was decided.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from itertools import zip_longest
from pathlib import Path

from engines.errors import EngineError
from engines.sentence import sentence
from station.ahead import Ready
from station.arrival import Arrival
from station.capture.picture_file import fingerprint, printable
from station.domain import Code, Decision, Frame, Part, Reason, Record, Verdict
from station.drawing.overlay import draw_overlay
from station.errors import StationError
from station.images import find_picture, keep_picture
from station.intents import Begun, Located
from station.kept_answer import ANSWERS, kept_answer, place_of_kept, write_kept
from station.opened import Opened
from station.pipeline import Inspection, answer
from station.sinks import overlay_place, parts_of, write_overlay
from station.verdict import measured

ENGINE_FAILURES = 3
"""After so many parts in a row without an answer, the engine is at fault and not the parts."""
GRAVITY = {Decision.PASS: 0, Decision.REVIEW: 1, Decision.REJECT: 2}


@dataclass(frozen=True, slots=True, eq=False)
class Decided:
    """A part with its row, as far as it is known before its file has a place."""

    begun: Begun
    record: Record | None
    """None for a file that is no new part."""
    inspection: Inspection | None
    """None for an ERROR."""
    drawing: Future[None] | None = None
    """Done when overlay and kept answer lie on the disk; None for an ERROR."""
    files: tuple[Path, ...] = ()
    """What that writes for this row."""

    @property
    def arrival(self) -> Arrival:
        """What came in."""
        return self.begun.located.arrival


def locate_part(opened: Opened, arrival: Arrival) -> Located:
    """Keep the pictures in the image store, and find the part in each.

    Raises StationError where a picture cannot be kept.
    """
    first = arrival.frame
    if first is None:
        if arrival.intent is not None or arrival.path is None:
            captured_at = datetime.now(timezone.utc)
            sha256 = None
            if arrival.intent is not None:
                sha256, captured_at = arrival.intent.image_sha256, arrival.intent.captured_at
            return Located(arrival, (), sha256, captured_at, arrival.read_s)
        sha256, captured_at = fingerprint(arrival.path)
        return Located(arrival, (), sha256, captured_at, arrival.read_s)
    started = time.perf_counter()
    # A camera's picture is written while the part in it is looked for.
    keeping = [
        opened.keeping.submit(_keep, opened, frame, ready)
        for frame, ready in zip_longest(arrival.frames, arrival.ready)
    ]
    if arrival.ready:
        found = [ready.locating.result() for ready in arrival.ready]
    else:
        found = [find_part(opened, frame) for frame in arrival.frames]
    frames = [kept.result() for kept in keeping]
    parts = tuple(
        replace(part, frame=frame, doubts=part.doubts + arrival.doubts)
        for part, frame in zip(found, frames, strict=True)
    )
    spent_s = arrival.read_s + time.perf_counter() - started
    return Located(arrival, parts, frames[0].sha256, first.captured_at, spent_s)


def find_part(opened: Opened, frame: Frame) -> Part:
    """The part in a picture, and how good the picture is."""
    return measured(opened.locate(frame), opened.policy)


def _keep(opened: Opened, frame: Frame, ready: Ready | None) -> Frame:
    if ready is not None:
        sealed = ready.sealing.result()
        frame = replace(frame, sha256=sealed.sha256, file=sealed.file)
    keep_picture(opened.config.images, frame)
    return frame


def asking_in_turn(opened: Opened) -> Callable[[Begun], Decided]:
    """The step that asks the engine, for one part after the other.

    A part without an answer becomes an ERROR; ENGINE_FAILURES of them in a row raise EngineError.
    """
    failures = 0

    def ask(begun: Begun) -> Decided:
        nonlocal failures
        if begun.repeats is not None:
            return Decided(begun, None, None)
        located = begun.located
        if located.arrival.error is not None:
            return _set_aside(opened, begun, located.arrival.error)
        started = time.perf_counter()
        try:
            views = [answer(part, opened.engine, opened.policy) for part in located.parts]
        except EngineError as error:
            failures += 1
            if failures >= ENGINE_FAILURES:
                raise
            return _set_aside(opened, begun, Reason(Code.ENGINE, str(error)))
        failures = 0
        inspection = max(views, key=_gravity)
        values = inspection.prediction.probabilities
        names = opened.engine.bundle.class_names
        record = replace(
            _row(opened, begun, inspection.verdict),
            image_sha256=inspection.part.frame.sha256,
            image_path=_place(opened, inspection.part.frame.sha256),
            probabilities={n: float(v) for n, v in zip(names, values, strict=True)},
            latency_ms=1000.0 * (located.spent_s + time.perf_counter() - started),
        )
        return Decided(begun, record, inspection)

    return ask


def _gravity(inspection: Inspection) -> tuple[int, float]:
    """Of several views the worst counts."""
    verdict = inspection.verdict
    return GRAVITY[verdict.decision], verdict.defect_probability or 0.0


def begin_drawing(opened: Opened, decided: Decided) -> Decided:
    """Have the overlay drawn and written, and the answer of a part that did not pass kept.

    The row need not wait for it: it names the overlay already. Raises StationError where one of
    an earlier part could not be written.
    """
    if decided.inspection is None or decided.record is None:
        return decided
    record = decided.record
    path = overlay_place(opened.config.overlays, record.source, record.uuid)
    record = replace(record, overlay_path=printable(str(path.resolve())))
    files = (path, place_of_kept(opened.config.out, record.uuid))
    opened.unrecorded.update(files)
    seen, is_resumed = decided.inspection, decided.begun.located.arrival.intent is not None
    drawing = opened.drawings.start(lambda: draw_part(opened, record, seen, is_resumed))
    return replace(decided, record=record, drawing=drawing, files=files)


def draw_part(opened: Opened, record: Record, seen: Inspection, is_resumed: bool) -> None:
    """Draw a record's overlay and write it; keep the answer of a part that did not pass.

    is_resumed: an earlier run may have kept an answer. Raises StationError where the overlay
    cannot be written. An answer that cannot be kept is a notice: the part is decided all the same.
    """
    # The answer first: where the overlay lies, both do, and a kill in between is made up for.
    _keep_answer(opened, record.uuid, seen, is_resumed)
    overlay = draw_overlay(seen.part, seen.prediction, seen.verdict)
    try:
        write_overlay(opened.config.overlays, record.source, record.uuid, overlay)
    except StationError as error:
        # Raised where the next part comes; that may be long from now.
        opened.notices.tell("overlay", str(error))
        raise


def _keep_answer(opened: Opened, uuid: str, seen: Inspection, is_resumed: bool) -> None:
    out = opened.config.out
    if is_resumed:
        # What an earlier run kept before it was killed may have been said by another engine.
        with suppress(OSError):
            place_of_kept(out, uuid).unlink(missing_ok=True)
    if seen.verdict.decision is Decision.PASS:
        return
    parts = parts_of(opened.config.images)
    try:
        write_kept(out, uuid, kept_answer(seen.prediction, seen.part.box_px), parts)
    except StationError as error:
        if ANSWERS not in opened.told:
            opened.told.add(ANSWERS)
            opened.notices.tell(
                ANSWERS,
                sentence(
                    "What the engine said about part {uuid} could not be kept, and may not be "
                    "for those after it: {error} The parts are decided and recorded; only "
                    "their heat cannot be looked at again.",
                    uuid=uuid,
                    error=error,
                ),
            )
    else:
        opened.told.discard(ANSWERS)


def _place(opened: Opened, sha256: str) -> str | None:
    path = find_picture(opened.config.images, sha256)
    return None if path is None else printable(str(path.resolve()))


def _set_aside(opened: Opened, begun: Begun, reason: Reason) -> Decided:
    """A part without a verdict gets an ERROR row."""
    record = _row(opened, begun, Verdict(Decision.ERROR, None, None, None, (reason,)))
    if begun.located.parts and record.image_sha256 is not None:
        record = replace(record, image_path=_place(opened, record.image_sha256))
    return Decided(begun, record, None)


def _row(opened: Opened, begun: Begun, verdict: Verdict) -> Record:
    """A record as far as the verdict alone tells it, decided now."""
    mark, intent = verdict.defect, begun.intent
    return Record(
        uuid=intent.uuid,
        station=intent.station,
        lot=intent.lot,
        part_serial=intent.part_serial,
        operator=intent.operator,
        source=intent.source,
        image_sha256=intent.image_sha256,
        image_path=None,
        overlay_path=None,
        bundle_sha256=opened.engine.bundle.digest,
        engine=opened.engine.description,
        decision=verdict.decision,
        predicted_class=verdict.predicted_class,
        confidence=verdict.confidence,
        defect_probability=verdict.defect_probability,
        probabilities=None,
        defect_x_mm=mark.x_mm if mark else None,
        defect_y_mm=mark.y_mm if mark else None,
        defect_size_mm=mark.size_mm if mark else None,
        captured_at=intent.captured_at,
        decided_at=datetime.now(timezone.utc),
        latency_ms=None,
        reason=verdict.reason,
        codes=verdict.codes,
        evidence=dict(verdict.evidence) or None,
    )
