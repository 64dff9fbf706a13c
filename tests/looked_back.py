"""A station that inspected real pictures, to look back at: rows, pictures, overlays, answers."""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace
from pathlib import Path

from builders import lattice_disc, red_mark_bundle, write_picture

from station.config import StationConfig
from station.run import run_station
from station.store.store import Store, open_store

MARKED = (1, 4)
"""Which of the parts has a mark; the sixth is no picture."""


@dataclass(frozen=True, slots=True)
class Inspected:
    """What the station left behind."""

    config: StationConfig

    def open(self) -> Store:
        return open_store(self.config.database)


def inspect_some(folder: Path, lot: str = "L1", operator: str = "bo") -> Inspected:
    """Five discs, two of them marked, and a file that is none, inspected for real."""
    inbox = folder / "inbox"
    if not (folder / "red.bundle").exists():
        red_mark_bundle(folder / "red.bundle")
    for number in range(5):
        mark = (2.0, -1.5) if number in MARKED else None
        centre = 300.0 + 3 * number, 250.0
        disc = lattice_disc(mark, mark_size_mm=2.0, size_px=(640, 512), centre_px=centre)
        write_picture(inbox / f"{lot}-{number}.png", disc)
    (inbox / f"{lot}-5.png").write_bytes(b"\x89PNG\r\n\x1a\nnot a picture")
    config = StationConfig(
        inbox=inbox, bundle=folder / "red.bundle", out=folder / "out", once=True, lot=lot,
        operator=operator, duplicates="inspect", settle_s=0.02, patience_s=0.05,
        cache_dir=folder / "cache",
    )  # fmt: skip
    for _ in run_station(config, threading.Event()):
        pass
    return Inspected(replace(config, lot=None, operator=None))
