"""What the stream of the station yields: one file's end."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from engines.prediction import ImageArray
from station.domain import Decision, Record
from station.pipeline import Inspection


@dataclass(frozen=True, slots=True, eq=False)
class Outcome:
    """One file's end: its record, where it lies now, and what there is to look at."""

    record: Record
    path: Path | None
    """Its file: in processed/ or quarantine/, in the inbox where it could not be moved, or in the
    image store for a camera."""
    inspection: Inspection | None = None
    """None for an ERROR."""
    overlay_rgb: ImageArray | None = None
    """As written to record.overlay_path; None for an ERROR."""

    told_s: float | None = None
    """When the trigger told the part, by time.monotonic; None for a folder's."""

    @property
    def quarantined(self) -> bool:
        """Whether the file could not be inspected; record.reason says why."""
        return self.record.decision is Decision.ERROR
