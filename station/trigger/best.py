"""The sharpest of a few pictures of one part."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import median

from station.grabbed import Grabbed
from station.trigger.focus import focus
from station.trigger.settings import TriggerSettings

REMEMBERED = 20
ALIKE = 0.15
"""Of the sharpness: noise alone makes that much of a difference between pictures of a part at rest
(the best over the first on the simulated bench: 1.05 at the median, 1.15 at 95 of 100)."""
LEARNED = 5
"""So many parts tell how sharp parts usually are."""
USUAL_SHARE = 0.6
"""Of that usual sharpness: less is blurred."""

Box = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True, eq=False)
class Candidate:
    """A picture that may be the one to inspect."""

    grabbed: Grabbed
    focus: float
    """As station.trigger.focus measures it."""

    @staticmethod
    def of(grabbed: Grabbed, box_px: Box | None) -> Candidate:
        """A picture with its sharpness in a box (x, y, width, height); None: all of it."""
        return Candidate(grabbed, focus(grabbed.image_rgb, box_px))


def sharper(one: Candidate | None, other: Candidate) -> Candidate:
    """The sharper of two, the first where they are alike."""
    return one if one is not None and one.focus >= other.focus else other


def sharpest(at_rest: Sequence[Candidate]) -> Candidate:
    """The sharpest of a part at rest; the first of those that are alike, for it is in work."""
    first, *others = at_rest
    for other in others:
        if other.focus > (1.0 + ALIKE) * first.focus:
            first = other
    return first


def best_views(candidates: Sequence[Candidate], views: int) -> tuple[Candidate, ...]:
    """The sharpest of each of `views` stretches of time, the sharpest of all first."""
    count = min(views, len(candidates))
    edges = [round(i * len(candidates) / count) for i in range(count + 1)]
    stretches = [candidates[a:b] for a, b in pairwise(edges)]
    bests = [sharpest(stretch) for stretch in stretches]
    return tuple(sorted(bests, key=lambda c: -c.focus))


@dataclass(slots=True, eq=False)
class Sharpness:
    """How sharp the last parts were: what sharp means on this bench."""

    recent: deque[float] = field(default_factory=lambda: deque(maxlen=REMEMBERED))

    def least(self, settings: TriggerSettings) -> float:
        """Sharpness below which a picture is blurred."""
        if len(self.recent) < LEARNED:
            return settings.least_focus
        return max(settings.least_focus, USUAL_SHARE * median(self.recent))

    def learn(self, candidate: Candidate) -> None:
        """Remember the sharpness of a part that was taken, in doubt or not."""
        self.recent.append(candidate.focus)
