"""One picture as the automatic trigger sees it, and a thing that has come into the picture."""

from __future__ import annotations

from dataclasses import dataclass

from station.grabbed import Grabbed
from station.trigger.bench import Seen
from station.trigger.best import Candidate
from station.trigger.scene import Scene


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """One picture with all that is known of it."""

    grabbed: Grabbed
    scene: Scene
    seen: Seen | None
    """None while the empty bench is not known."""
    rested_s: float
    elapsed_s: float
    """Since the picture before."""

    @property
    def now_s(self) -> float:
        """By the source's clock."""
        return self.grabbed.monotonic_s

    @property
    def reaches_in(self) -> bool:
        """Whether an arm, or something else, lies over the picture's border."""
        return self.seen is not None and self.seen.reaches_in

    def measured(self) -> Candidate:
        """The picture with its sharpness, on the part."""
        shape = self.grabbed.image_rgb.shape
        return Candidate.of(self.grabbed, self.seen.box_px(shape) if self.seen else None)


@dataclass(slots=True, eq=False)
class Arrival:
    """A thing that came into the picture, and was not taken yet."""

    since_s: float
    seen: Seen | None = None
    """Where it lies, where no bench is known to tell."""
    best: Candidate | None = None
    """The sharpest picture so far."""
    rank: tuple[bool, bool] = (False, False)
    """Of that picture: with nothing that reaches in, and at rest; the former counts more."""
    has_rested: bool = False
    has_paused: bool = False
    """It has rested, but with something that reaches in, or over the border itself."""
    alone_s: float = 0.0
    """How long it has been in the picture with nothing that reaches in."""
