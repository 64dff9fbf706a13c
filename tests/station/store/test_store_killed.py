"""Killed at any instant while it writes: what is there is whole, and what is missing is known."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from pathlib import Path

from station.store.store import open_store
from station.store.verify import audit

ROOT = Path(__file__).resolve().parents[3]
KILLS = 6
WRITER = """
import sys
sys.path[:0] = [{root!r}, {tests!r}]
from kept import an_intent, record_for, an_event
from station.store.store import open_store
start = int(sys.argv[2])
with open_store(sys.argv[1]) as store:
    store.outbox_destinations("mqtt")
    print("ready", flush=True)
    for number in range(start, start + 100_000, 2):
        store.open_parts(an_intent(number), an_intent(number + 1))
        store.add(record_for(an_intent(number)), outbox=lambda r: {{"uuid": r.uuid}})
        store.add(record_for(an_intent(number + 1)), outbox=lambda r: {{"uuid": r.uuid}})
        store.add_event(an_event(number))
"""


def test_kills_leave_a_whole_database(tmp_path: Path) -> None:
    rng = random.Random(11)
    db = str(tmp_path / "x.db")
    program = WRITER.format(root=str(ROOT), tests=str(ROOT / "tests"))
    before = 0
    for kill in range(KILLS):
        writer = subprocess.Popen(
            [sys.executable, "-c", program, db, str(1_000_000 * (kill + 1))],
            stdout=subprocess.PIPE,
        )
        assert writer.stdout is not None
        assert writer.stdout.readline() == b"ready\n"
        time.sleep(rng.uniform(0.0, 0.4))
        writer.kill()
        writer.wait()
        writer.stdout.close()
        with open_store(db) as store:
            account = store.account()
            found = audit(store.database)
            messages = store.outbox_after("mqtt", 1_000_000)
            assert found.broken is None
            assert account.parts_in == account.decided + len(account.open)
            assert [i.uuid for i in account.open] == [
                i.uuid for i in store.open_intents("bench-1", "folder:/in")
            ]
            assert len(account.open) <= 2 * (kill + 1)
            assert found.sealed["inspection"] == account.decided >= before
            # A message is there for each record, no more and no fewer, in the records' order.
            told = [message.payload["uuid"] for message in messages]
            assert told == [record.uuid for record in store.records()]
            before = account.decided
    assert before > 0
