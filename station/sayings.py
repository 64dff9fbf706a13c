"""What befalls the station itself, and what people say of its verdicts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from station.domain import Decision


class Severity(str, Enum):
    """How much an event asks of a person."""

    INFO = "INFO"
    WARNING = "WARNING"
    ERROR = "ERROR"


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to the station itself, not to a part."""

    at: datetime
    """Aware, UTC."""
    station: str
    kind: str
    """What it is about: `engine`, `camera`, `policy`, `duplicate`, `disk`..."""
    severity: Severity
    text: str
    """One sentence or two: what happened, and what to do."""


@dataclass(frozen=True, slots=True)
class Review:
    """A person's word on a verdict. The verdict stays as it was; the review stands beside it."""

    uuid: str
    part_uuid: str
    operator: str
    decision: Decision
    """What the person decides: PASS, REVIEW (still open) or REJECT."""
    reason: str
    at: datetime
    """Aware, UTC."""
    true_class: str | None = None
    """What the part really is, by the person's word: a class of the bundle; None: not said."""
