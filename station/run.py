"""The wiring: configuration -> inbox, locator, engine, policy, sinks -> a stream of outcomes."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack, closing
from datetime import datetime, timezone
from functools import partial

from engines.backend import OnProgress
from station.capture.picture_file import read_frame
from station.config import WatchConfig
from station.filing import file_away
from station.inbox.arrivals import Arrival, stable_files
from station.opened import Opened, open_all
from station.outcome import Outcome
from station.overlap import mapped_ahead, ready_together
from station.sayings import Event, Severity
from station.steps import Located, asking_in_turn, draw_part, locate_part

log = logging.getLogger(__name__)
AHEAD = 2
"""So many parts wait between two steps: enough to even out, few enough for large pictures."""
TOGETHER = 4
"""So many rows at most go into one transaction."""
MOST_THREADS = 4


class _Either(threading.Event):
    """Set where it is set itself, or another event is."""

    def __init__(self, other: threading.Event) -> None:
        super().__init__()
        self._other = other

    def is_set(self) -> bool:
        return super().is_set() or self._other.is_set()


class _StoppedEarlyError(Exception):
    """The stop came while the engine was certified or compiled."""


def watch_folder(
    config: WatchConfig,
    stop_event: threading.Event,
    *,
    on_event: Callable[[Event], None] | None = None,
    on_progress: OnProgress | None = None,
) -> Generator[Outcome, None, None]:
    """Inspect every picture that comes into the inbox, until stopped; one Outcome for each file.

    While the engine works on one part, the next ones are read and located and those before it are
    drawn and filed; outcomes come in the order of arrival. Each is yielded after its overlay and
    its row are on the disk and its file has left the inbox. The event ends the stream after the
    parts in hand: those that the engine was asked about. Close the stream to end it at once.
    on_event: told what befell the station itself, once it is in the log and in the database.
    on_progress: told, from the engine's thread, of what takes long before the first part.
    Raises ConfigError, BundleError, EngineError or StationError, the parts in hand then staying
    in the inbox.
    """
    with ExitStack() as stack:
        threads = max(2, min(MOST_THREADS, (os.cpu_count() or 1) // 2))
        try:
            opened = open_all(config, stack, threads, _unless_stopped(stop_event, on_progress))
        except _StoppedEarlyError:
            return
        stack.callback(_remove_unrecorded, opened)
        opened.inbox.recover(lambda uuid: opened.store.find(uuid) is not None)
        for alarm in opened.engine.alarms:
            _report(opened, alarm, on_event)
        leave = _Either(stop_event)
        arrivals = _arrivals(opened, leave)
        working, asking = opened.working, opened.asking
        located = mapped_ahead(partial(locate_part, opened), arrivals, working, AHEAD, leave)
        asked = _until(located, leave)
        decided = mapped_ahead(asking_in_turn(opened), asked, asking, AHEAD, leave)
        drawn = mapped_ahead(partial(draw_part, opened), decided, working, AHEAD, leave)
        batches = ready_together(drawn, TOGETHER, leave)
        with closing(batches):
            for batch in batches:
                yield from file_away(opened, batch)


def _unless_stopped(stop_event: threading.Event, on_progress: OnProgress | None) -> OnProgress:
    """Passes progress on; breaks off, in the engine's thread, once the stop has come."""

    def tell(what: str, done: int, total: int) -> None:
        if stop_event.is_set():
            raise _StoppedEarlyError
        if on_progress is not None:
            on_progress(what, done, total)

    return tell


def _report(opened: Opened, alarm: str, on_event: Callable[[Event], None] | None) -> None:
    log.warning("%s", alarm)
    happened = Event(
        datetime.now(timezone.utc), opened.config.station, "engine", Severity.WARNING, alarm
    )
    opened.store.add_event(happened)
    if on_event is not None:
        on_event(happened)


def _arrivals(opened: Opened, leave: threading.Event) -> Iterator[Arrival]:
    config = opened.config
    for arrival in stable_files(
        config.inbox,
        leave,
        partial(read_frame, max_pixels=config.max_pixels),
        once=config.once,
        settle_s=config.settle_s,
        patience_s=config.patience_s,
        is_busy=lambda: bool(opened.in_hand),
    ):
        opened.in_hand.append(arrival.path)
        yield arrival


def _until(located: Generator[Located, None, None], leave: threading.Event) -> Iterator[Located]:
    """Parts that were only read when the stop came stay in the inbox."""
    with closing(located):
        for part in located:
            if leave.is_set():
                return
            yield part


def _remove_unrecorded(opened: Opened) -> None:
    """Overlays of parts that were dropped on the way: no row will ever name them."""
    for path in opened.unrecorded:
        path.unlink(missing_ok=True)
