"""The part that was taken last and lies there yet, unless another has come in its place."""

from __future__ import annotations

from dataclasses import dataclass

from station.trigger.bench import Seen
from station.trigger.likeness import SAME_SHARE, is_same_part
from station.trigger.scene import Scene, difference, share_of

UNCOVERED = 0.6
"""Share of a part that must look as before for it to lie there still, beside a hand."""
BARED = 0.3
"""Share of where a part lay that still differs from the bench: with less it was lifted."""


@dataclass(slots=True, eq=False)
class Taken:
    """How a part looked when it was taken, or when it last came to rest since."""

    scene: Scene
    seen: Seen
    """Where it lies."""
    count: int
    """Of the rest's anchors so far: with another count, something has moved."""
    is_unsettled: bool = False
    """It was taken while it moved: the first rest after is its own."""
    has_left: bool = False
    """The bench was seen where it lay: what rests there next is not it."""
    gone: int = 0
    """Pictures in a row in which nothing lies on the bench."""

    def is_bared(self, seen: Seen) -> bool:
        """Whether the bench can be seen where it lay."""
        inside = seen.mask[self.seen.mask > 0]
        return inside.size > 0 and float(inside.mean()) < BARED

    def is_uncovered(self, scene: Scene, noise: float) -> bool:
        """Whether it lies there as before, whatever is beside it."""
        inside = difference(self.scene, scene, noise)[self.seen.mask > 0]
        return inside.size > 0 and float(inside.mean()) < 1.0 - UNCOVERED

    def is_in(self, scene: Scene, noise: float) -> bool:
        """Whether it is what lies there now, perhaps nudged."""
        if self.has_left:
            return is_alike(self.scene, scene, noise)
        return is_same_part(self.scene, scene, self.seen.mask, noise)


def is_alike(one: Scene, other: Scene, noise: float) -> bool:
    """Whether two scenes are one, to the place."""
    return share_of(difference(one, other, noise)) < SAME_SHARE
