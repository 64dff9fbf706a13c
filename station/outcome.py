"""What the stream of the station yields: one file's end."""

from __future__ import annotations

from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path

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
    drawing: Future[None] | None = None
    """Done when record.overlay_path is on the disk; None for an ERROR."""
    told_s: float | None = None
    """When the trigger told the part, by time.monotonic; None for a folder's."""

    def wait_for_overlay(self) -> None:
        """Until it is on the disk. Raises StationError where it could not be written."""
        if self.drawing is not None:
            self.drawing.result()

    @property
    def quarantined(self) -> bool:
        """Whether the file could not be inspected; record.reason says why."""
        return self.record.decision is Decision.ERROR
