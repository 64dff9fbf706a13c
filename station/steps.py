"""One file's way from the inbox to its overlay: locate, ask, draw. No step knows the others' time.

Each step takes what the one before it made. Filing, the last step, is in station.filing.
"""

from __future__ import annotations

import time
import uuid as uuids
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from pathlib import Path

from engines.errors import EngineError
from engines.prediction import ImageArray
from station.capture.picture_file import fingerprint, printable
from station.domain import Code, Decision, Part, Reason, Record, Verdict
from station.drawing.overlay import draw_overlay
from station.inbox.arrivals import Arrival
from station.opened import Opened
from station.pipeline import Inspection, answer
from station.sinks import write_overlay

ENGINE_FAILURES = 3
"""After so many parts in a row without an answer, the engine is at fault and not the parts."""


@dataclass(frozen=True, slots=True, eq=False)
class Located:
    """A file, and the part in it."""

    arrival: Arrival
    part: Part | None
    """None for what is no picture."""
    sha256: str | None
    """Of the file that was read; None where it cannot be."""
    captured_at: datetime
    spent_s: float
    """On reading and locating."""


@dataclass(frozen=True, slots=True, eq=False)
class Decided:
    """A file with its row, as far as it is known before the file has a place."""

    arrival: Arrival
    record: Record
    inspection: Inspection | None
    """None for an ERROR."""
    overlay_rgb: ImageArray | None = None
    """As drawn; None before it is, and for an ERROR."""
    overlay_path: Path | None = None
    """Where it lies."""


def locate_part(opened: Opened, arrival: Arrival) -> Located:
    """Find the part in a file's picture."""
    if arrival.frame is None:
        sha256, captured_at = fingerprint(arrival.path)
        return Located(arrival, None, sha256, captured_at, arrival.read_s)
    started = time.perf_counter()
    part = opened.locate(arrival.frame)
    spent_s = arrival.read_s + time.perf_counter() - started
    return Located(arrival, part, arrival.frame.sha256, arrival.frame.captured_at, spent_s)


def asking_in_turn(opened: Opened) -> Callable[[Located], Decided]:
    """The step that asks the engine, for one file after the other.

    A part without an answer becomes an ERROR; ENGINE_FAILURES of them in a row raise EngineError.
    """
    failures = 0

    def ask(located: Located) -> Decided:
        nonlocal failures
        if located.part is None:
            reason = Reason(Code.UNREADABLE, str(located.arrival.error))
            return _set_aside(opened, located, reason)
        started = time.perf_counter()
        try:
            inspection = answer(located.part, opened.engine, opened.policy)
        except EngineError as error:
            failures += 1
            if failures >= ENGINE_FAILURES:
                raise
            return _set_aside(opened, located, Reason(Code.ENGINE, str(error)))
        failures = 0
        spent_s = located.spent_s + time.perf_counter() - started
        values = inspection.prediction.probabilities
        names = opened.engine.bundle.class_names
        record = replace(
            _row(opened, located, inspection.verdict),
            probabilities={n: float(v) for n, v in zip(names, values, strict=True)},
            latency_ms=1000.0 * spent_s,
        )
        return Decided(located.arrival, record, inspection)

    return ask


def draw_part(opened: Opened, decided: Decided) -> Decided:
    """Draw the overlay and write it. Raises StationError where it cannot be written."""
    if decided.inspection is None:
        return decided
    seen = decided.inspection
    overlay = draw_overlay(seen.part, seen.prediction, seen.verdict)
    record = decided.record
    path = write_overlay(opened.config.overlays, record.source, record.uuid, overlay)
    opened.unrecorded.add(path)
    return replace(
        decided,
        record=replace(record, overlay_path=printable(str(path.resolve()))),
        overlay_rgb=overlay,
        overlay_path=path,
    )


def _set_aside(opened: Opened, located: Located, reason: Reason) -> Decided:
    """A file without a verdict gets an ERROR row."""
    verdict = Verdict(Decision.ERROR, None, None, None, (reason,))
    return Decided(located.arrival, _row(opened, located, verdict), None)


def _row(opened: Opened, located: Located, verdict: Verdict) -> Record:
    """A record as far as the verdict alone tells it, decided now."""
    mark = verdict.defect
    return Record(
        uuid=str(uuids.uuid4()),
        station=opened.config.station,
        lot=opened.config.lot,
        part_serial=None,
        operator=opened.config.operator,
        source=printable(located.arrival.path.name),
        image_sha256=located.sha256,
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
        captured_at=located.captured_at,
        decided_at=datetime.now(timezone.utc),
        latency_ms=None,
        reason=verdict.reason,
        codes=verdict.codes,
        evidence=dict(verdict.evidence) or None,
    )
