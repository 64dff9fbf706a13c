"""Telling how far something is."""

from __future__ import annotations

from collections.abc import Callable

from engines.backend import OnProgress

OnCount = Callable[[int, int], None]
"""How many are done, and of how many."""


def counting(on_progress: OnProgress | None, what: str) -> OnCount | None:
    """What tells `on_progress` of one thing; None where nobody listens."""
    if on_progress is None:
        return None
    return lambda done, total: on_progress(what, done, total)
