"""Lots that are no production: golden parts at a shift's start, those taken up, gauge studies.

Their parts get records like any other, but are no part of production's figures, nor of what waits
for a person.
"""

from __future__ import annotations

import re
from datetime import datetime, timezone

KINDS = ("shift-start", "golden", "gauge")
LOT = re.compile(rf"({'|'.join(KINDS)}) \d{{4}}-\d\d-\d\d \d\d:\d\d:\d\d \S.*")
LIKE = tuple(f"{kind} ____-__-__ __:__:__ %" for kind in KINDS)
"""The same for SQL's LIKE."""
NAME_MOST = 100


def check_lot(kind: str, now: datetime, name: str) -> str:
    """A lot of its own: `shift-start 2026-11-21 06:02:31 bench-1`, the time in UTC.

    kind: one of KINDS. name: the station's, or the golden part's.
    """
    at = now.astimezone(timezone.utc)
    return f"{kind} {at:%Y-%m-%d %H:%M:%S} {name}"[:NAME_MOST]


def is_check_lot(lot: str | None) -> bool:
    """Whether a lot is no production: a check's, a golden part's or a gauge study's."""
    return lot is not None and LOT.fullmatch(lot) is not None
