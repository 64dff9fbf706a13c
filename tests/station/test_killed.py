"""SIGKILL at random instants, while another process writes into the inbox: nothing lost, nothing
twice. Every part that came in has one verdict, its picture, and one overlay.
"""

from __future__ import annotations

import hashlib
import random
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest
import slow_writer

from engines.bundle import Bundle
from station.domain import Decision
from station.store.store import open_store

STATION = [sys.executable, "-c", "import sys; from station.cli import main; sys.exit(main())"]


def start(inbox: Path, bundle: Bundle, out: Path, *more: str) -> subprocess.Popen[str]:
    command = [*STATION, "watch", str(inbox), "--bundle", str(bundle.path), "--out", str(out)]
    return subprocess.Popen(
        [*command, "--station", "bench", "--lot", "L1", "--json", *more],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def kill_at_random(process: subprocess.Popen[str], rng: random.Random) -> None:
    """Mostly after the first verdict, when most is going on; sometimes while it starts."""
    assert process.stdout is not None
    if rng.random() < 0.85:
        process.stdout.readline()
        time.sleep(rng.uniform(0.0, 0.12))
    else:
        time.sleep(rng.uniform(0.0, 1.5))
    process.kill()
    process.communicate()


@pytest.mark.parametrize(
    ("kills", "parts", "seed", "duplicates"),
    [
        pytest.param(50, 900, 1, "skip", id="50 kills"),
        pytest.param(200, 3600, 2, "inspect", id="200 kills", marks=pytest.mark.slow),
    ],
)
@pytest.mark.timeout(1800)
def test_every_part_has_exactly_one_verdict_after_any_number_of_kills(
    inbox: Path, bundle: Bundle, tmp_path: Path, kills: int, parts: int, seed: int, duplicates: str
) -> None:
    out, rng = tmp_path / "out", random.Random(seed)
    program = [sys.executable, str(Path(slow_writer.__file__)), str(inbox), str(parts), str(seed)]
    writer = subprocess.Popen([*program, "0.06"], stdout=subprocess.PIPE, text=True)
    stages: Counter[str] = Counter()
    for _ in range(kills):
        kill_at_random(start(inbox, bundle, out, "--duplicates", duplicates), rng)
        stages[stage_of(inbox, out)] += 1
    written = dict(line.split() for line in writer.communicate(timeout=600)[0].splitlines())
    assert len(written) == parts
    last = start(inbox, bundle, out, "--duplicates", duplicates, "--once")
    _, errors = last.communicate(timeout=300)
    assert last.returncode == 0, errors

    with open_store(str(out / "inspections.db"), create=False) as store:
        records = store.records()
        account = store.account("L1")
    # Nothing lost, nothing twice: the rows are the pictures that were written.
    assert Counter(r.image_sha256 for r in records) == Counter(written.values())
    assert {r.source: r.image_sha256 for r in records} == written
    assert (account.parts_in, account.open, account.balanced) == (parts, (), True)
    assert all(r.decision is not Decision.ERROR for r in records)
    # Each verdict is the right one, however often it was begun.
    for record in records:
        marked = (seed * 100_000 + int(record.source[5:10])) % 3 == 0
        assert record.decision is (Decision.REJECT if marked else Decision.PASS), record
    # Each row's picture is in the image store, unharmed, and its overlay is there once.
    for record in records:
        assert hashlib.sha256(Path(str(record.image_path)).read_bytes()).hexdigest() == (
            record.image_sha256
        )
    overlays = {str(path) for path in (out / "overlays").iterdir()}
    assert overlays == {r.overlay_path for r in records}
    assert not list((out / ".parts").iterdir())
    assert len(list((out / "images").rglob("*.png"))) == parts
    # Every file has left the inbox, once.
    assert sorted(p.name for p in (inbox / "processed").iterdir()) == sorted(written)
    assert not list(inbox.glob("*.png"))
    # The kills did fall into the midst of it.
    assert stages["a part was open"] >= 0.1 * kills, stages


def stage_of(inbox: Path, out: Path) -> str:
    """What a kill left behind."""
    database = out / "inspections.db"
    if not database.exists():
        return "nothing yet"
    with open_store(str(database)) as store:
        if store.open_intents("bench", f"folder:{inbox.resolve()}"):
            return "a part was open"
    return "between parts"
