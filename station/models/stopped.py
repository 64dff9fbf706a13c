"""What takes long can be stopped from another thread."""

from __future__ import annotations

import threading

from engines.backend import OnProgress
from station.errors import StationError


class StoppedError(StationError):
    """Somebody asked to stop; nothing was changed."""


def unless_stopped(
    stop: threading.Event | None, on_progress: OnProgress | None, what: str
) -> OnProgress:
    """Passes progress on; raises StoppedError, saying what was stopped, once the event is set."""

    def tell(stage: str, done: int, total: int) -> None:
        if stop is not None and stop.is_set():
            raise StoppedError("{what} was stopped; nothing was changed.", what=what)
        if on_progress is not None:
            on_progress(stage, done, total)

    return tell
