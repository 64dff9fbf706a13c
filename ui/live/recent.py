"""The last parts, and which of them is looked at."""

from __future__ import annotations

from collections import deque

from ui.line import PICTURED
from ui.seen import Seen

MOST = PICTURED
"""So many parts can be looked at again."""


class Recent:
    """Keeps the last MOST parts. Looks at the newest until told to look back."""

    def __init__(self) -> None:
        self._items: deque[Seen] = deque(maxlen=MOST)
        self._held: Seen | None = None

    @property
    def items(self) -> tuple[Seen, ...]:
        """Oldest first."""
        return tuple(self._items)

    @property
    def live(self) -> bool:
        """Whether the newest part is the one looked at, and the next will be."""
        return self._held is None

    @property
    def newest(self) -> Seen | None:
        """The part decided last; None before the first one."""
        return self._items[-1] if self._items else None

    @property
    def current(self) -> Seen | None:
        """The part looked at; None before the first one."""
        return self.newest if self._held is None else self._held

    def add(self, seen: Seen) -> None:
        """A part was decided; a held one stays in view, even once it is not among the last."""
        self._items.append(seen)

    def hold(self, index: int) -> None:
        """Look at one of `items`. Raises IndexError where there is none."""
        self._held = self._items[index]

    def step(self, by: int) -> None:
        """Look `by` parts later (earlier, if negative), stopping at either end of `items`."""
        if not self._items:
            return
        items = list(self._items)
        if self._held is None:
            at = len(items) - 1
        else:
            # A held part that has left the list lies just before its first.
            at = items.index(self._held) if self._held in items else -1
        self._held = items[min(max(at + by, 0), len(items) - 1)]

    def go_live(self) -> None:
        """Follow the newest part again."""
        self._held = None
