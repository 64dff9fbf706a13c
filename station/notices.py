"""What befalls the station itself: into the log, the database, and to whoever listens."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timezone

from station.errors import StationError
from station.sayings import Event, Severity
from station.store.store import Store

log = logging.getLogger(__name__)
LEVELS = {
    Severity.INFO: logging.INFO,
    Severity.WARNING: logging.WARNING,
    Severity.ERROR: logging.ERROR,
}
OnEvent = Callable[[Event], None]


@dataclass(frozen=True, slots=True)
class Notices:
    """The one way for a notice out of any room, from any thread."""

    station: str
    store: Store
    on_event: OnEvent | None = None

    def tell(self, kind: str, text: str, severity: Severity = Severity.WARNING) -> None:
        """Log and record it, then tell the listener; a database that fails is only logged.

        A part's row is never risked for a notice: the database's failure stops the next part.
        """
        log.log(LEVELS[severity], "%s", text)
        happened = Event(datetime.now(timezone.utc), self.station, kind, severity, text)
        try:
            self.store.add_event(happened)
        except StationError as error:
            log.error("the notice above is not in the database: %s", error)
        if self.on_event is not None:
            self.on_event(happened)
