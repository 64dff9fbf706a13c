"""Stretches of time as people at a bench speak of them."""

from __future__ import annotations

from datetime import datetime, timedelta

from station.shift.state import KIND
from station.store.store import Store

SHIFT_H = 8.0
"""Hours of a shift."""
LONGEST_SHIFT_H = 16.0
"""A check of golden parts that is older did not begin this shift."""


def start_of_today(now: datetime) -> datetime:
    """Midnight at this place, before `now` (aware). Where the clocks are changed at night, the
    midnight of that day all the same."""
    local = now.astimezone()
    return local.replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None).astimezone()


def last_hours(now: datetime, hours: float = SHIFT_H) -> datetime:
    """So long before `now`."""
    return now - timedelta(hours=hours)


def start_of_days(now: datetime, days: int) -> datetime:
    """Midnight at this place, so that `days` days, today among them, have begun since."""
    midnight = start_of_today(now).astimezone().replace(tzinfo=None)
    return (midnight - timedelta(days=days - 1)).astimezone()


def shift_began(store: Store, station: str, now: datetime) -> datetime | None:
    """When the station's last check of golden parts ended, or was overridden: so this shift began;
    None where it is too long ago, or there was none. Raises StoreError."""
    told = store.events(kind=KIND, station=station, limit=1)
    if not told or not timedelta(0) <= now - told[0].at <= timedelta(hours=LONGEST_SHIFT_H):
        return None
    return told[0].at
