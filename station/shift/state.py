"""Whether production is open: told by the chain alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

from engines.sentence import sentence
from station.shift.sealed import Sealed, sealed
from station.shift.settings import ShiftSettings
from station.store.store import Store

KIND = "shift"
"""Of the events that say how a check ended, or that a supervisor overrode the lock."""
PASSED, FAILED, OVERRIDDEN = "passed", "failed", "overridden"
CLOCK = timedelta(minutes=5)
"""Clocks may be corrected by so much."""


class Why(str, Enum):
    """Why production is open or locked."""

    NOT_REQUIRED = "NOT_REQUIRED"
    PASSED = "PASSED"
    OVERRIDDEN = "OVERRIDDEN"
    NEVER = "NEVER"
    """There was no check yet."""
    FAILED = "FAILED"
    OVER = "OVER"
    """The last check was too long ago."""
    MODEL = "MODEL"
    """The last check was passed with another bundle."""
    CLOCK = "CLOCK"
    """The last check lies in the future."""


@dataclass(frozen=True, slots=True)
class Open:
    """Production may run."""

    why: Why
    until: datetime | None
    """None: without an end."""
    text: str


@dataclass(frozen=True, slots=True)
class Locked:
    """Production must not run."""

    why: Why
    text: str
    """Why, and what to do."""


State = Open | Locked
REMEDY = sentence(
    " Lay down the golden parts: in the window (Shift, F7), or with `station shift start`. A "
    "supervisor may override it with a reason."
)


def production_open(
    store: Store,
    station: str,
    settings: ShiftSettings,
    now: datetime,
    bundle_sha256: str | None = None,
) -> State:
    """Whether parts of production may be inspected now. Raises StoreError.

    bundle_sha256: of the model that would decide; None: it is not asked which one was checked.
    """
    if not settings.required:
        return Open(Why.NOT_REQUIRED, None, "No check of golden parts is asked for ([shift]).")
    return state_of(sealed(store, station, KIND, limit=1), settings, now, bundle_sha256)


def state_of(
    told: Sequence[Sealed], settings: ShiftSettings, now: datetime, bundle_sha256: str | None
) -> State:
    """The same from the events, the latest last."""
    if not told:
        return _locked(
            Why.NEVER, sentence("No check of golden parts was passed on this station yet.")
        )
    last = told[-1]
    word = last.words[0] if last.words else ""
    if last.event.at > now + CLOCK:
        text = sentence(
            "The last check lies in the future, at {at:%Y-%m-%d %H:%M} UTC: "
            "the clock was set back. Set it right.",
            at=last.event.at,
        )
        return _locked(Why.CLOCK, text)
    if word not in (PASSED, OVERRIDDEN):
        return _locked(Why.FAILED, last.sentence)
    is_passed = word == PASSED
    until = last.event.at + timedelta(hours=settings.valid_h if is_passed else settings.override_h)
    if now >= until:
        what = (
            sentence("The check of golden parts")
            if is_passed
            else sentence("The supervisor's override")
        )
        return _locked(
            Why.OVER,
            sentence("{what} ended at {until:%Y-%m-%d %H:%M} UTC.", what=what, until=until),
        )
    if not is_passed:
        return Open(Why.OVERRIDDEN, until, last.sentence)
    if bundle_sha256 is not None and bundle_sha256 not in last.words:
        text = sentence("Another model decides now than when the golden parts were checked.")
        return _locked(Why.MODEL, text)
    return Open(Why.PASSED, until, last.sentence)


def _locked(why: Why, text: str) -> Locked:
    return Locked(why, sentence("Production is locked. {text}{remedy}", text=text, remedy=REMEDY))
