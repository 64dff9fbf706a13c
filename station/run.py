"""The wiring: configuration -> feed, locator, engine, policy, sinks -> a stream of outcomes."""

from __future__ import annotations

import os
import threading
from collections.abc import Generator
from contextlib import ExitStack, closing
from dataclasses import replace
from functools import partial
from itertools import chain

import cv2

from engines.backend import OnProgress
from station import systemd
from station.arrival import Arrival
from station.config import StationConfig
from station.feeds.camera_feed import camera_arrivals
from station.feeds.folder_feed import folder_arrivals
from station.feeds.unfinished import split_unfinished, unfinished_arrivals
from station.filing import file_away
from station.intents import Located, begin_parts
from station.labels import LabelDesk, Labels
from station.looks import Looks
from station.notices import OnEvent
from station.opened import Opened, open_all
from station.outcome import Outcome
from station.overlap import mapped_ahead, ready_together
from station.redraw import redraw_missing
from station.steps import Decided, asking_in_turn, begin_drawing, find_part, locate_part
from station.trigger.shot import Presses
from station.trigger_input import PressQueue, presses_from

AHEAD = 2
"""So many parts wait between two steps: enough to even out, few enough for large pictures."""
TOGETHER = 4
"""So many rows at most go into one transaction."""
MOST_THREADS = 4
STAGE_MOST_S = 300.0
"""So long systemd is asked to wait for each stage of the start: a compilation is slow."""


class _Either(threading.Event):
    """Set where it is set itself, or another event is."""

    def __init__(self, other: threading.Event) -> None:
        super().__init__()
        self._other = other

    def is_set(self) -> bool:
        return super().is_set() or self._other.is_set()


class _StoppedEarlyError(Exception):
    """The stop came while the engine was certified or compiled."""


def run_station(
    config: StationConfig,
    stop_event: threading.Event,
    *,
    on_event: OnEvent | None = None,
    on_progress: OnProgress | None = None,
    presses: PressQueue | None = None,
    labels: LabelDesk | None = None,
    looks: Looks | None = None,
) -> Generator[Outcome, None, None]:
    """Inspect every part that comes, until stopped; one Outcome for each.

    While the engine works on one part, the next ones are read and located and those before it are
    drawn and filed; outcomes come in the order of arrival. A part's picture and its intent are on
    the disk before the engine is asked; it is yielded after its row is on the disk and its file
    has left the inbox, its overlay soon after (`Outcome.wait_for_overlay`). Parts that an earlier
    run had begun come first. The event ends the stream after the parts in hand: those that were
    begun. Close the stream to end it at once: what was begun is finished by the next run.
    on_event: told what befell the station itself, once it is in the log and in the database; from
    any thread. on_progress: told, from the engine's thread, of what takes long before the first
    part. presses: where somebody says that a part lies before the camera, besides whom the
    configuration names. labels: what is told of parts while they come; None: what the
    configuration says. looks: where the camera's newest picture is put. Raises ConfigError,
    BundleError, EngineError or StationError, the files in hand then staying in the inbox.
    """
    cv2.setNumThreads(1)  # parts are worked on side by side already: its own threads only contend
    with ExitStack() as stack:
        threads = max(2, min(MOST_THREADS, (os.cpu_count() or 1) // 2))
        early = _unless_stopped(stop_event, on_progress)
        try:
            opened = open_all(config, stack, threads, early, on_event)
        except _StoppedEarlyError:
            return
        stack.callback(_remove_unrecorded, opened)
        if opened.inbox is not None:
            opened.inbox.recover(lambda uuid: opened.store.find(uuid) is not None)
        redraw_missing(opened)
        for alarm in opened.engine.alarms:
            opened.notices.tell("engine", alarm)
        systemd.ready(f"inspecting {config.feed}")
        stack.callback(systemd.stopping)
        leave = _Either(stop_event)
        asked = stack.enter_context(presses_from(config.trigger, presses))
        working, asking = opened.working, opened.asking
        if labels is None:
            labels = LabelDesk(Labels(config.lot, config.operator))
        fed = _fed(opened, asked, leave, labels, looks)
        arrivals = _all_arrivals(opened, fed)
        located = mapped_ahead(partial(locate_part, opened), arrivals, working, AHEAD, leave)
        ready = ready_together(located, TOGETHER, leave)
        begun = begin_parts(opened, ready if opened.inbox is None else _until(ready, stop_event))
        decided = mapped_ahead(asking_in_turn(opened), begun, asking, AHEAD, leave)
        batches = ready_together(_being_drawn(opened, decided), TOGETHER, leave)
        with closing(batches):
            for batch in batches:
                yield from file_away(opened, batch)
        opened.drawings.settle()


def _unless_stopped(stop_event: threading.Event, on_progress: OnProgress | None) -> OnProgress:
    """Passes progress on; breaks off, in the engine's thread, once the stop has come."""

    def tell(what: str, done: int, total: int) -> None:
        if stop_event.is_set():
            raise _StoppedEarlyError
        systemd.starting_takes(STAGE_MOST_S)
        if on_progress is not None:
            on_progress(what, done, total)

    return tell


def _all_arrivals(
    opened: Opened, fed: Generator[Arrival, None, None]
) -> Generator[Arrival, None, None]:
    """What an earlier run had begun, then what comes."""
    config = opened.config
    begun = opened.store.open_intents(config.station, config.feed)
    waiting, others = split_unfinished(config, begun)
    opened.ledger.expect(waiting)
    with closing(fed):
        for arrival in chain(unfinished_arrivals(config, others), fed):
            opened.ledger.take(arrival.path)
            yield arrival


def _fed(
    opened: Opened,
    presses: Presses,
    leave: threading.Event,
    labels: LabelDesk,
    looks: Looks | None,
) -> Generator[Arrival, None, None]:
    config, beat = opened.config, opened.heart.beat
    if opened.inbox is not None:
        for arrival in folder_arrivals(config, opened.inbox, leave, opened.ledger.is_busy, beat):
            yield replace(arrival, labels=labels.take())
        return
    assert opened.camera is not None
    put = None if looks is None else looks.put
    pool, find, notices = opened.ahead, partial(find_part, opened), opened.notices
    yield from camera_arrivals(
        config, opened.camera, presses, leave, notices, beat, labels.take, pool, find, put
    )


def _until(
    batches: Generator[list[Located], None, None], stop_event: threading.Event
) -> Generator[list[Located], None, None]:
    """Parts that were only read when the stop came are not begun: their files stay.

    Not so where an error ends the stream: that is raised in its turn.
    """
    with closing(batches):
        for batch in batches:
            if stop_event.is_set():
                return
            yield batch


def _being_drawn(
    opened: Opened, parts: Generator[Decided, None, None]
) -> Generator[Decided, None, None]:
    with closing(parts):
        for decided in parts:
            yield begin_drawing(opened, decided)


def _remove_unrecorded(opened: Opened) -> None:
    """Of parts that were dropped on the way: written again when they are finished."""
    opened.working.shutdown()  # what is being drawn, too
    for path in opened.unrecorded:
        path.unlink(missing_ok=True)
