"""Killed at any stage, a back-up costs none that was there, and a restore leaves a database."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from station.backups.manifest import backups_of
from station.backups.restore import restore
from station.store.snapshot import look_into
from station.store.store import open_store

PROGRAM = """
import os, signal, sys
from pathlib import Path
from station.backups.make import make_backup
from station.backups.restore import restore

def run(left, word, db, safe):
    def stage(what, done, total):
        nonlocal left
        left -= 1
        if left < 0:
            os.kill(os.getpid(), signal.SIGKILL)
    if word == "backup":
        make_backup(db, safe, 1, stage)
    else:
        restore(next(safe.glob("*.db")), db, [], "bench-1", "ada", stage)

db, safe = map(Path, sys.argv[1:])
for line in sys.stdin:
    word, stage = line.split()
    child = os.fork()
    if child == 0:
        run(int(stage), word, db, safe)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    print(os.waitstatus_to_exitcode(status), flush=True)
"""
"""Imports once; each line `WORD STAGE` is done by a process of its own, which dies there."""


def silent(what: str, done: int, total: int) -> None:
    """No one watches."""


Killed = Callable[[str, int], bool]


@pytest.fixture
def killed(db: Path, tmp_path: Path) -> Iterator[Killed]:
    """Whether the work died at that stage; else it came to its end before."""
    command = [sys.executable, "-c", PROGRAM, str(db), str(tmp_path / "safe")]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None and process.stdout is not None
        asked, answers = process.stdin, process.stdout

        def kill(word: str, stage: int) -> bool:
            asked.write(f"{word} {stage}\n")
            asked.flush()
            code = int(answers.readline())
            assert code in (0, -signal.SIGKILL)
            return code != 0

        yield kill
        asked.close()


def test_a_killed_back_up_leaves_those_before_and_nothing_else(
    db: Path, tmp_path: Path, killed: Killed
) -> None:
    safe, times = tmp_path / "safe", 0
    (before,) = backups_of(db, safe)
    while killed("backup", times):
        times += 1
        assert [m.file for m in backups_of(db, safe)] == [before.file]
        assert look_into(before.file, silent).end == before.end
    assert times >= 4, "copying, checking, checked, walking"
    (after,) = backups_of(db, safe)
    assert after.rows["inspections"] == 40 and not before.file.exists()
    assert {path.suffix for path in safe.iterdir()} == {".db", ".json", ".lock"}


def test_a_killed_restore_leaves_the_one_or_the_other_whole(db: Path, killed: Killed) -> None:
    times, seen = 0, set()
    full = look_into(db, silent)
    while killed("restore", times):
        times += 1
        seen.add(look_into(db, silent).rows["inspections"])
        assert seen <= {30, 40}, "at no stage is there none"
        there = [db, *db.parent.glob("*.set-aside-*.db")]
        assert full.end in {look_into(path, silent).end for path in there}, "nothing was lost"
    assert times >= 6 and seen == {30, 40}
    (old,) = [p for p in db.parent.glob("*.set-aside-*.db") if look_into(p, silent) == full][:1]
    assert restore(old, db, [], "bench-1", "ada", silent).contents == full
    with open_store(str(db)) as store:
        assert len(store.records()) == 40
