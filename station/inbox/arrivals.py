"""The folder-watch: files in, each handed on once, and only when it is complete.

A file is complete when its size and time rest for `settle_s` (or its writer closed it) and it
decodes. One that does not decode may still be growing: it gets until it has rested for
`patience_s` before it is called damaged.
"""

from __future__ import annotations

import logging
import os
import stat
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from watchdog.events import (
    FileClosedEvent,
    FileMovedEvent,
    FileSystemEvent,
    FileSystemEventHandler,
)
from watchdog.observers import Observer

from engines.errors import ImageError
from station.arrival import Arrival
from station.capture.picture_file import printable
from station.domain import Code, Frame, Reason
from station.errors import StationError
from station.inbox.file_state import FileState, look_at
from station.inbox.folder import PROCESSED, QUARANTINE

log = logging.getLogger(__name__)
TEMP_SUFFIXES = (".part", ".tmp", ".temp", ".crdownload", ".partial", ".filepart")
POLL_S = 1.0
"""A look at the folder at least this often: network drives send no events."""
WATCHED_S = 2.0
"""A file that says it is old is watched for so long before it is called damaged."""
STOP_S = 0.1
"""How soon a stop is noticed while waiting."""
LAST_S = 0.02
"""How soon it is noticed that the last file is finished."""


@dataclass(slots=True)
class _Seen:
    """A file as last looked at."""

    state: tuple[int, int, int]
    """Inode, size, modification time in ns."""
    since: float
    """Monotonic time since which the state rests."""
    closed: bool = False
    """Its writer closed it, or it was old when it came: no need to wait before the first try."""
    tried: bool = False
    """It rested for settle_s and did not decode."""
    given: bool = False
    """Handed on; a file that stays behind is not handed on again."""

    def due(self, settle_s: float, patience_s: float) -> float:
        """Monotonic time at which to try it next."""
        if self.tried:
            return self.since + patience_s
        return self.since + (0.0 if self.closed else settle_s)


@dataclass(slots=True, eq=False)
class _Signals(FileSystemEventHandler):
    """What inotify says, from its own thread."""

    wake: threading.Event = field(default_factory=threading.Event)
    closed: set[str] = field(default_factory=set)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def on_any_event(self, event: FileSystemEvent) -> None:
        """Note files that were closed after writing, or renamed; wake the watcher."""
        done = None
        if isinstance(event, FileClosedEvent):
            done = event.src_path
        elif isinstance(event, FileMovedEvent):
            done = event.dest_path
        if done:
            with self.lock:
                self.closed.add(Path(os.fsdecode(done)).name)
        self.wake.set()

    def take_closed(self) -> set[str]:
        with self.lock:
            names, self.closed = self.closed, set()
        return names


def stable_files(
    inbox: Path,
    stop_event: threading.Event,
    read: Callable[[Path], Frame],
    *,
    once: bool = False,
    settle_s: float = 0.5,
    patience_s: float = 5.0,
    is_busy: Callable[[], bool] = lambda: False,
    on_round: Callable[[], None] = lambda: None,
) -> Iterator[Arrival]:
    """Yield every complete file of a folder, oldest first; see the head of this file.

    read: decodes a file, raising ImageError. once: end when nothing is left to wait for, and
    `is_busy` says that nothing which was handed on is still worked on: until then it may be
    replaced, or others may come. on_round: called at every look at the folder. The event ends the
    stream after the file in hand. Hidden files and temporary names are passed over; what is no
    file is left alone, and named once in the log.
    """
    seen: dict[Path, _Seen] = {}
    left: set[str] = set()
    first = True
    with _listening(inbox) as signals:
        while not stop_event.is_set():
            signals.wake.clear()
            on_round()
            busy = is_busy()
            _look(inbox, seen, left, signals.take_closed(), settle_s, patience_s, first)
            first = False
            now, gave = time.monotonic(), False
            for path, file in sorted(seen.items(), key=lambda item: (item[1].state[2], item[0])):
                if stop_event.is_set():
                    return
                if file.given or now < file.due(settle_s, patience_s):
                    continue
                arrival = _try(path, file, read, now - file.since >= patience_s)
                if arrival is not None:
                    gave = True
                    yield arrival
            if gave:
                continue  # it took a while: look again before waiting, or before the end
            waiting = [f for f in seen.values() if not f.given]
            if once and not waiting and not busy:
                return
            due = [file.due(settle_s, patience_s) for file in waiting]
            if once and not waiting:
                due = [time.monotonic() + LAST_S]
            _rest(min([time.monotonic() + POLL_S, *due]), signals.wake, stop_event)


def _try(
    path: Path, file: _Seen, read: Callable[[Path], Frame], patience_is_over: bool
) -> Arrival | None:
    started = time.perf_counter()
    frame, problem = None, None
    try:
        state = _state(path)
        frame = read(path)
    except FileNotFoundError:
        log.info("%s was taken away before it was read", path)
        file.given = True
        return None
    except ImageError as error:
        problem = error
        if not patience_is_over:
            file.tried = True
            return None
    file.given = True
    return Arrival(
        source=printable(path.name),
        frames=() if frame is None else (frame,),
        read_s=time.perf_counter() - started,
        error=None if problem is None else Reason(Code.UNREADABLE, str(problem)),
        path=path,
        state=state,
    )


def _state(path: Path) -> FileState | None:
    try:
        return look_at(path)
    except OSError:
        return None


def _look(
    inbox: Path,
    seen: dict[Path, _Seen],
    left: set[str],
    closed: set[str],
    settle_s: float,
    patience_s: float,
    first: bool,
) -> None:
    """Bring `seen` up to date with the folder.

    first: the look at the start, when a file that says it is old is tried at once, and given up
    soon. Not at once: it may grow all the same, its writer's clock being another one.
    """
    now, wall = time.monotonic(), time.time()
    found: set[Path] = set()
    for path, now_is in _candidates(inbox, left):
        found.add(path)
        state = (now_is.st_ino, now_is.st_size, now_is.st_mtime_ns)
        known = seen.get(path)
        if known is None:
            age_s = max(0.0, wall - now_is.st_mtime)
            rested_s = min(age_s, max(settle_s, patience_s - WATCHED_S)) if first else 0.0
            seen[path] = _Seen(state, now - rested_s, closed=age_s >= settle_s)
        elif known.state != state:
            seen[path] = _Seen(state, now)
        if path.name in closed:
            seen[path].closed = True
    for path in seen.keys() - found:
        del seen[path]


def _candidates(inbox: Path, left: set[str]) -> Iterator[tuple[Path, os.stat_result]]:
    try:
        with os.scandir(inbox) as entries:
            for entry in entries:
                if not _is_passed_over(entry.name):
                    state = _file_state(entry, left)
                    if state is not None:
                        yield Path(entry.path), state
    except OSError as error:
        raise StationError(
            "the inbox {inbox} can no longer be read ({strerror}). Was it moved, or is its "
            "drive gone? Bring it back and start again.",
            inbox=inbox,
            strerror=error.strerror,
        ) from error


def _is_passed_over(name: str) -> bool:
    hidden = name.startswith(".") or name.lower().endswith((*TEMP_SUFFIXES, "~"))
    return hidden or name in (PROCESSED, QUARANTINE)


def _file_state(entry: os.DirEntry[str], left: set[str]) -> os.stat_result | None:
    """Of a file; what is none is named once, and left alone."""
    kind = "it is a folder, a pipe, a socket or a device"
    try:
        state = entry.stat()
        if stat.S_ISREG(state.st_mode):
            left.discard(entry.name)
            return state
    except FileNotFoundError:
        if not entry.is_symlink():
            return None  # gone since
        kind = "it is a link to nothing"
    except OSError as error:
        kind = str(error.strerror)
    if entry.name not in left:
        left.add(entry.name)
        log.warning("%r in the inbox is left alone (%s)", printable(entry.name), kind)
    return None


def _rest(until: float, wake: threading.Event, stop_event: threading.Event) -> None:
    """Wait for an event of the folder, for a stop, or until a monotonic time."""
    while not stop_event.is_set():
        left = until - time.monotonic()
        if left <= 0 or wake.wait(min(left, STOP_S)):
            return


@contextmanager
def _listening(inbox: Path) -> Iterator[_Signals]:
    """Events of a folder; where the system has no watch left, the regular look must do."""
    signals = _Signals()
    observer = Observer()
    observer.schedule(signals, str(inbox))
    try:
        observer.start()
    except OSError as error:
        log.warning("no events for %s (%s); looking every %.0f s", inbox, error, POLL_S)
        yield signals
        return
    try:
        yield signals
    finally:
        observer.stop()
        observer.join()
