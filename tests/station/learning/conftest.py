"""A bench whose parts were inspected by a real bundle, and decided by people."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from builders import lattice_disc, red_mark_bundle, write_picture

from station.config import StationConfig
from station.domain import Decision, Record
from station.reviewing.answers import Answer, Given, give
from station.reviewing.leaning import leaning
from station.reviewing.queue import look_up
from station.run import run_station
from station.store.store import Store, open_store


@dataclass(slots=True)
class Decided:
    """The bench, its store, and its records by the picture's name."""

    config: StationConfig
    store: Store
    records: dict[str, Record]

    def say(self, source: str, decision: Decision, who: str = "Ada") -> Given:
        part = look_up(self.store, self.records[source].uuid)
        assert part is not None
        reason = "" if leaning(part.record) in (decision, None) else "dust"
        return give(self.store, part, Answer(decision, reason=reason), who)


@pytest.fixture(scope="session")
def inspected(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """1 and 2 good, 3 doubtful, 4 and 5 marked, 6 no picture, 7 without any part."""
    import numpy as np

    root = tmp_path_factory.mktemp("learning")
    red_mark_bundle(root / "red.bundle")
    for number, mark in enumerate([None, None, (1.0, 1.0), (2.0, -1.0), (-2.0, 1.5)], start=1):
        redness = 0.3 if number == 3 else 1.0
        centre = (250.0 + number, 256.0 - 2 * number)
        disc = lattice_disc(mark, mark_size_mm=2.0, redness=redness, centre_px=centre)
        write_picture(root / "inbox" / f"{number}.png", disc)
    (root / "inbox" / "6.png").write_bytes(b"\x89PNG\r\n\x1a\nnot a picture")
    write_picture(root / "inbox" / "7.png", np.full((300, 300, 3), 90, np.uint8))
    for _ in run_station(config_in(root), threading.Event()):
        pass
    return root


def config_in(root: Path) -> StationConfig:
    return StationConfig(
        inbox=root / "inbox",
        bundle=root / "red.bundle",
        out=root / "out",
        once=True,
        duplicates="inspect",
        settle_s=0.02,
        patience_s=0.05,
        cache_dir=root / "cache",
        lot="L1",
    )


@pytest.fixture
def decided(inspected: Path, tmp_path: Path) -> Iterator[Decided]:
    """A copy of its own, so that tests may say what they like."""
    import shutil

    root = tmp_path / "bench"
    shutil.copytree(inspected, root)
    config = config_in(root)
    with open_store(config.database) as store:
        records = {record.source: record for record in store.records()}
        yield Decided(config, store, records)
