"""The wiring: configuration -> inbox, locator, engine, policy, sinks -> a stream of outcomes."""

from __future__ import annotations

import logging
import threading
import time
import uuid as uuids
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from functools import partial
from pathlib import Path

from engines.bundle import load_bundle
from engines.engine import Engine, open_engine
from engines.errors import EngineError
from engines.prediction import ImageArray
from station.capture import fingerprint, printable, read_frame
from station.config import WatchConfig
from station.domain import Decision, Record, Verdict
from station.errors import ConfigError
from station.inbox import Inbox
from station.locate import locator_for
from station.overlay import draw_overlay
from station.pipeline import Inspection, Locate, inspect
from station.sinks import write_overlay
from station.store import Store, open_store
from station.verdict import Policy, policy_of
from station.watch import Arrival, stable_files

log = logging.getLogger(__name__)
ENGINE_FAILURES = 3
"""After so many parts in a row without an answer, the engine is at fault and not the parts."""


@dataclass(frozen=True, slots=True, eq=False)
class Outcome:
    """One file's end: its record, where it lies now, and what there is to look at."""

    record: Record
    path: Path
    """In processed/ or quarantine/, or still in the inbox where it could not be moved."""
    inspection: Inspection | None = None
    """None for an ERROR."""
    overlay_rgb: ImageArray | None = None
    """As written to record.overlay_path; None for an ERROR."""

    @property
    def quarantined(self) -> bool:
        """Whether the file could not be inspected; record.reason says why."""
        return self.record.decision is Decision.ERROR


@dataclass(frozen=True, slots=True, eq=False)
class _Bench:
    """All that is open while the station runs."""

    config: WatchConfig
    inbox: Inbox
    store: Store
    engine: Engine
    locate: Locate
    policy: Policy


def watch_folder(config: WatchConfig, stop_event: threading.Event) -> Iterator[Outcome]:
    """Inspect every picture that comes into the inbox, until stopped; one Outcome for each file.

    Each outcome is yielded after its overlay and its row are on the disk and its file has left
    the inbox. The event ends the stream after the part in hand. Raises ConfigError, BundleError,
    EngineError or StationError, the part in hand then staying in the inbox.
    """
    with ExitStack() as stack:
        bench = _open(config, stack)
        bench.inbox.recover(lambda uuid: bench.store.find(uuid) is not None)
        failures = 0
        for arrival in stable_files(
            config.inbox,
            stop_event,
            partial(read_frame, max_pixels=config.max_pixels),
            once=config.once,
            settle_s=config.settle_s,
            patience_s=config.patience_s,
        ):
            try:
                outcome = _finish(bench, arrival)
            except EngineError as error:
                failures += 1
                if failures >= ENGINE_FAILURES:
                    raise
                outcome = _set_aside(bench, arrival, str(error))
            else:
                failures = 0
            if outcome is not None:
                yield outcome


def _open(config: WatchConfig, stack: ExitStack) -> _Bench:
    """Cheap checks first, the engine's compilation last."""
    inbox = stack.enter_context(Inbox(config.inbox))
    bundle = load_bundle(config.bundle)
    locate = locator_for(bundle.input)
    try:
        config.overlays.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(
            f"--out {config.out} cannot be written ({error.strerror}). Give a folder that this "
            "user may write."
        ) from error
    store = stack.enter_context(open_store(config.database, busy_timeout_s=config.busy_timeout_s))
    engine = stack.enter_context(open_engine(bundle, config.device, config.cache_dir))
    policy = policy_of(bundle, engine.certificate.margin)
    log.info("watching %s with %s on %s", config.inbox, bundle.name, engine.description)
    return _Bench(config, inbox, store, engine, locate, policy)


def _finish(bench: _Bench, arrival: Arrival) -> Outcome | None:
    """Inspect, draw, record, move: in this order, so that a kill loses nothing.

    None where another picture was laid over the file in the meantime: a row must never stand
    beside a picture that it does not speak of. The new picture arrives on its own.
    """
    if arrival.frame is None:
        return _set_aside(bench, arrival, str(arrival.error))
    started = time.perf_counter()
    inspection = inspect(arrival.frame, bench.locate, bench.engine, bench.policy)
    latency_ms = 1000.0 * (arrival.read_s + time.perf_counter() - started)
    blank = _blank(bench, arrival.frame.source, inspection.verdict, arrival.frame.captured_at)
    overlay = draw_overlay(inspection.part, inspection.prediction, inspection.verdict)
    overlay_path = write_overlay(bench.config.overlays, blank.source, blank.uuid, overlay)
    if fingerprint(arrival.path)[0] not in (arrival.frame.sha256, None):
        log.warning(
            "%s was replaced while it was inspected: its first picture is gone and not recorded, "
            "the new one is inspected. Give every picture a name of its own.",
            arrival.path,
        )
        overlay_path.unlink(missing_ok=True)
        return None
    target = bench.inbox.plan(arrival.path, blank.uuid, None)
    values = inspection.prediction.probabilities
    names = bench.engine.bundle.class_names
    record = replace(
        blank,
        image_sha256=arrival.frame.sha256,
        image_path=printable(str(target.resolve())),
        overlay_path=printable(str(overlay_path.resolve())),
        probabilities={n: float(v) for n, v in zip(names, values, strict=True)},
        latency_ms=latency_ms,
    )
    bench.store.add(record)
    return Outcome(record, bench.inbox.move(arrival.path, target, None), inspection, overlay)


def _set_aside(bench: _Bench, arrival: Arrival, reason: str) -> Outcome:
    """A file without a verdict: an ERROR row, and the file to quarantine with its reason."""
    sha256, captured_at = fingerprint(arrival.path)
    verdict = Verdict(Decision.ERROR, None, None, None, reason)
    blank = _blank(bench, printable(arrival.path.name), verdict, captured_at)
    target = bench.inbox.plan(arrival.path, blank.uuid, reason)
    record = replace(blank, image_sha256=sha256, image_path=printable(str(target.resolve())))
    bench.store.add(record)
    return Outcome(record, bench.inbox.move(arrival.path, target, reason))


def _blank(bench: _Bench, source: str, verdict: Verdict, captured_at: datetime) -> Record:
    """A record as far as the verdict alone tells it, decided now."""
    mark = verdict.defect
    return Record(
        uuid=str(uuids.uuid4()),
        station=bench.config.station,
        lot=bench.config.lot,
        part_serial=None,
        operator=bench.config.operator,
        source=source,
        image_sha256=None,
        image_path=None,
        overlay_path=None,
        bundle_sha256=bench.engine.bundle.digest,
        engine=bench.engine.description,
        decision=verdict.decision,
        predicted_class=verdict.predicted_class,
        confidence=verdict.confidence,
        defect_probability=verdict.defect_probability,
        probabilities=None,
        defect_x_mm=mark.x_mm if mark else None,
        defect_y_mm=mark.y_mm if mark else None,
        defect_size_mm=mark.size_mm if mark else None,
        captured_at=captured_at,
        decided_at=datetime.now(timezone.utc),
        latency_ms=None,
        reason=verdict.reason,
    )
