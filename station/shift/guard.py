"""The lock in the line: no part of production is begun while it is locked."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timezone

from station.check_lots import is_check_lot
from station.errors import StationError
from station.shift.settings import ShiftSettings
from station.shift.state import Locked, Open, State, production_open
from station.store.store import Store


class ProductionLockedError(StationError):
    """Production is locked until golden parts passed."""


def utc_now() -> datetime:
    """Now."""
    return datetime.now(timezone.utc)


@dataclass(slots=True)
class ShiftGuard:
    """Asked before each part; the database only where the answer may be another than before."""

    store: Store
    station: str
    settings: ShiftSettings
    bundle_sha256: str
    own_lot: str | None = None
    """What the line was started for: the one lot of golden parts, or of a study, that is let by."""
    now: Callable[[], datetime] = utc_now
    _state: State | None = field(default=None)
    _seen_at: datetime | None = field(default=None)

    def check(self, lots: Iterable[str | None]) -> None:
        """Nothing, where parts of these lots may be begun. Raises ProductionLockedError."""
        own = self.own_lot if is_check_lot(self.own_lot) else None
        if not self.settings.required or all(lot == own and lot is not None for lot in lots):
            return
        now = self.now()
        state = self._state
        if not isinstance(state, Open) or self._is_old(state, now):
            state = production_open(
                self.store, self.station, self.settings, now, self.bundle_sha256
            )
            self._state, self._seen_at = state, now
        if isinstance(state, Locked):
            raise ProductionLockedError(state.text)

    def _is_old(self, state: Open, now: datetime) -> bool:
        """Whether the state may have changed: its time is up, or a while went by."""
        assert self._seen_at is not None
        waited_s = (now - self._seen_at).total_seconds()
        return (state.until is not None and now >= state.until) or not 0.0 <= waited_s < 1.0
