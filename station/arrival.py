"""What every feed hands on: one part's picture, or why there is none."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from station.ahead import Ready
from station.domain import Frame, Intent, Reason
from station.inbox.file_state import FileState
from station.labels import Labels


@dataclass(frozen=True, slots=True, eq=False)
class Arrival:
    """One part on its way in."""

    source: str
    """File name, or camera and moment, for people."""
    frames: tuple[Frame, ...]
    """Views of the part, the best first; empty where nothing could be read."""
    read_s: float
    """Spent on reading and decoding."""
    error: Reason | None = None
    """Why there is no frame."""
    path: Path | None = None
    """The file that leaves the inbox for it; None for a camera."""
    state: FileState | None = None
    """Of the file, before it was read; None where the system does not say."""
    serial: str | None = None
    labels: Labels | None = None
    """What was told of it when it arrived; None: what the configuration says."""
    told_s: float | None = None
    """When the trigger told it, by time.monotonic: somebody waits from then on; None: a folder."""
    ready: tuple[Ready, ...] = ()
    """Of a camera's frames, in the same order: what was begun with them already."""
    doubts: tuple[Reason, ...] = ()
    """What the feed knows against the picture: it never came into focus, for one."""
    intent: Intent | None = None
    """Written by an earlier run, which was stopped before it could decide."""

    def __post_init__(self) -> None:
        if bool(self.frames) == (self.error is not None):
            raise ValueError("an arrival has frames, or the reason why there are none.")

    @property
    def frame(self) -> Frame | None:
        """The best view."""
        return self.frames[0] if self.frames else None
