"""Names of what a station keeps beside its results, so that several may share an output folder."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path


def file_of_station(folder: Path, kind: str, station: str) -> Path:
    """`KIND-STATION.json` in that folder; two stations never share one."""
    slug = re.sub(r"[^\w-]+", "-", station)[:60]
    if slug != station:
        slug += "-" + hashlib.sha256(station.encode()).hexdigest()[:8]
    return folder / f"{kind}-{slug}.json"
