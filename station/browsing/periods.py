"""Stretches of time as people at a bench speak of them."""

from __future__ import annotations

from datetime import datetime, timedelta

SHIFT_H = 8.0
"""Hours of a shift."""


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
