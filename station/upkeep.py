"""Removes what retention lets go while the station runs, in a thread of its own."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta, timezone
from types import TracebackType

from typing_extensions import Self

from engines.sentence import sentence
from station.config import StationConfig
from station.errors import StationError
from station.notices import Notices
from station.store.retention import RetentionPolicy, prune
from station.store.store import Store

EVERY_S = 3600.0
STOP_S = 10.0
"""So long is waited at the end for what is just being removed."""
MB = 1_000_000


class Upkeep:
    """Once at the start, every hour, and when room is short. A context manager."""

    def __init__(self, config: StationConfig, store: Store, notices: Notices) -> None:
        self._config, self._store, self._notices = config, store, notices
        self._wake, self._stop = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, name="upkeep", daemon=True)

    def make_room(self) -> None:
        """Room is short: look at once. Returns at once."""
        self._wake.set()

    def _run(self) -> None:
        policy = policy_of(self._config)
        while not self._stop.is_set():
            self._wake.clear()
            try:
                prune(
                    self._store,
                    self._config.images,
                    self._config.overlays,
                    policy,
                    datetime.now(timezone.utc),
                    station=self._config.station,
                )
            except StationError as error:
                self._notices.tell(
                    "disk", sentence("old pictures could not be removed: {error}", error=error)
                )
            self._wake.wait(EVERY_S)

    def __enter__(self) -> Self:
        if policy_of(self._config) != RetentionPolicy():
            self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stop.set()
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join(STOP_S)


def policy_of(config: StationConfig) -> RetentionPolicy:
    """What [disk] asks for."""
    days, free_mb = config.disk.passes_days, config.disk.keep_free_mb
    return RetentionPolicy(
        None if days is None else timedelta(days=days),
        None if free_mb is None else int(free_mb * MB),
    )
