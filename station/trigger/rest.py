"""When the picture rests: nothing differs from a scene of a while ago, however slow it moves."""

from __future__ import annotations

from dataclasses import dataclass

from station.trigger.scene import Scene, difference, noise_between, share_of

SHAKE = 1.2
"""Scene pixels that a part may move and still be at rest: what moves so little is not smeared."""
MOVED = 0.0008
"""Share of the scene that must differ for something to have moved."""
NOISE_PACE = 0.2
NOISE_FIRST = 0.01


@dataclass(slots=True, eq=False)
class Rest:
    """Since when the picture rests."""

    anchor: Scene | None = None
    """What every later scene is held against; None after a blackout."""
    since_s: float = 0.0
    count: int = 0
    """Of anchors so far: another count, and something has moved in between."""
    noise: float = NOISE_FIRST
    last: Scene | None = None

    def watch(self, scene: Scene, now_s: float) -> float:
        """How long the picture has rested, in seconds, after one more scene."""
        if self.last is not None:
            self.noise += NOISE_PACE * (noise_between(self.last, scene) - self.noise)
        self.last = scene
        if self.anchor is None or self._has_moved(self.anchor, scene):
            self.anchor, self.since_s = scene, now_s
            self.count += 1
        return now_s - self.since_s

    def interrupt(self) -> None:
        """Nothing can be seen for a while: what comes after is held against nothing before."""
        self.anchor = self.last = None

    def _has_moved(self, anchor: Scene, scene: Scene) -> bool:
        return share_of(difference(anchor, scene, self.noise, shift=SHAKE)) > MOVED
