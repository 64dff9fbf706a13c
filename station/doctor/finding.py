"""One line of the doctor's page."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class State(str, Enum):
    """How it stands. ABSENT is no fault: the station does without."""

    OK = "ok"
    ABSENT = "absent"
    FAILED = "failed"
    NOT_EXECUTED = "not executed"


@dataclass(frozen=True, slots=True)
class Finding:
    """What was looked at, how it stands, what was seen, and what mends it."""

    group: str
    name: str
    state: State
    seen: str
    remedy: str = ""
    """A command, or what to do; empty where nothing is to be done."""
