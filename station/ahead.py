"""A camera's pictures made ready before it is sure that they show a part's best view.

While the trigger waits for a sharper picture, the one it has is encoded and the part in it located:
when it tells the part, most of what comes before the engine is done.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from concurrent.futures import Executor, Future
from dataclasses import dataclass

from station.domain import Frame, Part
from station.grabbed import Grabbed
from station.sealing import Sealed, sealed

CONSIDERED = 4
"""So many pictures at most are kept ready: megabytes each."""


@dataclass(frozen=True, slots=True, eq=False)
class Ready:
    """A picture on its way to being ready."""

    frame: Frame
    """Without its file."""
    sealing: Future[Sealed]
    locating: Future[Part]


class Ahead:
    """Makes pictures ready. Used by the trigger's thread alone; what it gives, by anybody."""

    def __init__(
        self, pool: Executor, frame_of: Callable[[Grabbed], Frame], locate: Callable[[Frame], Part]
    ) -> None:
        self._pool, self._frame_of, self._locate = pool, frame_of, locate
        self._latest: deque[tuple[Grabbed, Ready]] = deque(maxlen=CONSIDERED)

    def consider(self, grabbed: Grabbed) -> None:
        """Begin; the oldest of more than CONSIDERED is forgotten."""
        frame = self._frame_of(grabbed)
        locating = self._pool.submit(self._locate, frame)
        sealing = self._pool.submit(sealed, frame.image_rgb)
        self._latest.append((grabbed, Ready(frame, sealing, locating)))

    def of(self, grabbed: Grabbed) -> Ready:
        """A picture, begun now where it was not considered."""
        if not any(known is grabbed for known, _ in self._latest):
            self.consider(grabbed)
        return next(ready for known, ready in self._latest if known is grabbed)
