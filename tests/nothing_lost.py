"""The one thing that every reliability test asks in the end: is anything lost, or there twice?"""

from __future__ import annotations

import hashlib
import subprocess
import sys
import threading
from collections import Counter
from pathlib import Path

import slow_writer

from station.config import StationConfig
from station.domain import Decision, Record
from station.errors import StationError
from station.run import run_station
from station.store.store import open_store
from station.store.verify import audit

Written = dict[str, str]
"""File name -> sha256 of what was sent."""


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def sent(folder: Path, name: str, data: bytes) -> tuple[str, str]:
    """Write a file whole into a folder; its name and hash."""
    (folder / name).write_bytes(data)
    return name, sha256(data)


def assert_nothing_lost(config: StationConfig, written: Written) -> list[Record]:
    """Every file sent is one part with one verdict, and lies unharmed in one place.

    Parts in = PASS + REVIEW + REJECT + ERROR; the inbox is empty; each file is in processed/, or
    in quarantine/ with its reason; each row has its picture, and each overlay its row; the chain
    over all rows holds. Returns the records, oldest
    first.
    """
    with open_store(config.database, create=False) as store:
        records, account, walked = store.records(), store.account(), audit(store.database)
    assert account.balanced, account.difference
    assert account.parts_in == len(written)
    assert Counter((r.source, r.image_sha256) for r in records) == Counter(written.items())
    assert walked.broken is None, walked.broken
    assert walked.sealed["inspection"] == len(written)

    assert config.inbox is not None
    assert visible(config.inbox) == []
    processed = visible(config.inbox / "processed")
    aside = visible(config.inbox / "quarantine")
    notes = [p for p in aside if p.name.endswith(".reason.txt")]
    quarantined = [p for p in aside if p not in notes]
    places = {path.name: path for path in (*processed, *quarantined)}
    assert len(places) == len(processed) + len(quarantined) == len(written)
    assert {name: sha256(path.read_bytes()) for name, path in places.items()} == written

    overlays = {str(path.resolve()) for path in visible(config.overlays)}
    assert overlays == {r.overlay_path for r in records if r.overlay_path is not None}
    for record in records:
        assert sha256(Path(str(record.image_path)).read_bytes()) == record.image_sha256

    errors = {r.source: r.reason for r in records if r.decision is Decision.ERROR}
    assert {p.name for p in quarantined} == set(errors)
    assert {p.name.removesuffix(".reason.txt"): p.read_text().strip() for p in notes} == errors
    return records


def visible(folder: Path) -> list[Path]:
    """Files of a folder, hidden ones left out."""
    return sorted(p for p in folder.iterdir() if p.is_file() and not p.name.startswith("."))


def run_until_done(config: StationConfig, *, most_starts: int = 50) -> list[StationError]:
    """Run over the inbox until it is empty, started anew after each failure; what failed."""
    failures: list[StationError] = []
    for _ in range(most_starts):
        try:
            list(run_station(config, threading.Event()))
        except StationError as error:
            failures.append(error)
        else:
            return failures
    raise AssertionError(f"not done after {most_starts} starts; at last: {failures[-1]}")


class Writers:
    """Several programs that write pictures slowly into one folder: tests/slow_writer.py.

    A context manager: none outlives its test.
    """

    def __init__(self, folder: Path, count: int, parts: int, seed: int, most_pause_s: float):
        program = [sys.executable, str(Path(slow_writer.__file__)), str(folder), str(parts)]
        self._running = [
            subprocess.Popen(
                [*program, str(seed + n), str(most_pause_s), f"w{n}"],
                stdout=subprocess.PIPE,
                text=True,
            )
            for n in range(count)
        ]
        self._seeds = {f"w{n}": seed + n for n in range(count)}

    def __enter__(self) -> Writers:
        return self

    def __exit__(self, *_: object) -> None:
        for writer in self._running:
            with writer:
                writer.kill()

    def are_done(self) -> bool:
        return all(writer.poll() is not None for writer in self._running)

    def written(self) -> Written:
        """Waits for their ends."""
        lines = [writer.communicate(timeout=1200)[0].splitlines() for writer in self._running]
        assert all(writer.returncode == 0 for writer in self._running)
        return dict(line.split() for each in lines for line in each)

    def expected(self, source: str) -> Decision:
        """The right verdict on a part."""
        prefix, number = source.removesuffix(".png").split("-")
        marked = (self._seeds[prefix] * 100_000 + int(number)) % 3 == 0
        return Decision.REJECT if marked else Decision.PASS


def assert_all_are_right(records: list[Record], writers: Writers) -> None:
    """Every part has the verdict that its picture deserves, however often it was begun."""
    wrong = [r for r in records if r.decision is not writers.expected(r.source)]
    assert wrong == []
