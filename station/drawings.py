"""Overlays that are drawn and written while the rows that name them are, and shown after them.

A row is what counts and must not wait for its picture. After a kill between the two, the next
start draws what is missing (station.redraw).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from concurrent.futures import Executor, Future


class Drawings:
    """What is being drawn, in the threads of a pool. Used by one thread."""

    def __init__(self, pool: Executor, most: int) -> None:
        self._pool, self._most = pool, most
        self._waiting: deque[Future[None]] = deque()

    def start(self, draw: Callable[[], None]) -> Future[None]:
        """Have it drawn; waits for the oldest where `most` are not done.

        Raises what an earlier drawing raised: StationError where an overlay cannot be written.
        """
        while self._waiting and (self._waiting[0].done() or len(self._waiting) >= self._most):
            self._waiting.popleft().result()
        future = self._pool.submit(draw)
        self._waiting.append(future)
        return future

    def settle(self) -> None:
        """Wait for all of them; raises what one raised."""
        while self._waiting:
            self._waiting.popleft().result()
