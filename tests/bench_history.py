"""How long a page of the history takes in a large database, and what a written row costs.

    python tests/bench_history.py fill /tmp/large.db --rows 5000000
    python tests/bench_history.py ask /tmp/large.db
    python tests/bench_history.py write

`fill` goes on where it stopped. `cpu p95` leaves out what other programs took of the machine.
Rows are generated: about 2,000 parts a lot, 8 operators, six classes of which 92 % are normal, one
part every six seconds; the reasons are sentences as the station writes them. Not a test: run by
hand, its figures stand in docs/reliability.md.
"""

# ruff: noqa: T201

from __future__ import annotations

import argparse
import hashlib
import random
import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from pathlib import Path

from station.domain import Decision, Intent, Record
from station.store.query import HistoryQuery
from station.store.store import Store, open_store

START = datetime(2025, 1, 1, tzinfo=timezone.utc)
OPERATORS = ("ada", "bo", "carla", "dmitri", "eve", "farid", "grace", "hiro")
CLASSES = ("normal", "crack", "pore", "warp", "stringing", "missing strand")
LOT = 2000
"""Parts in a lot."""
STEP = timedelta(seconds=6)
ROUNDS = 200


def part(number: int) -> Record:
    """The number-th part, always the same."""
    rng = random.Random(number)
    score = rng.random() ** 6
    decision = Decision.PASS if score < 0.3 else Decision.REVIEW if score < 0.6 else Decision.REJECT
    if number % 500 == 0:
        decision = Decision.ERROR
    kind = "normal" if score < 0.5 else rng.choice(CLASSES[1:5] if number % 2000 else CLASSES[5:])
    texts = {
        Decision.PASS: f"Defect probability {score:.3f} is below the pass limit 0.300.",
        Decision.REVIEW: f"Defect probability {score:.3f} lies between the limits 0.300 and 0.600.",
        Decision.REJECT: f"Defect probability {score:.3f} reaches the reject limit 0.600.",
        Decision.ERROR: "The picture cannot be decoded: premature end of file.",
    }
    when = START + number * STEP
    rest = (1.0 - score) / 5
    return Record(
        uuid=f"{rng.getrandbits(32):08x}-{rng.getrandbits(16):04x}-4000-8000-{number:012x}",
        station="bench-1",
        lot=f"LOT-{number // LOT:05d}",
        part_serial=f"SN{number:08d}" if number % 2 else None,
        operator=OPERATORS[number // 4800 % 8],
        source=f"camera-1 {when:%Y%m%dT%H%M%S}-{number:08d}.png",
        image_sha256=hashlib.sha256(str(number).encode()).hexdigest(),
        image_path=f"/var/lib/station/out/images/ab/{number:064x}.png",
        overlay_path=f"/var/lib/station/out/overlays/{number:08d}.jpg",
        bundle_sha256="ab" * 32,
        engine="openvino 2026.4.1 CPU bf16 certificate 0123456789ab",
        decision=decision,
        predicted_class=None if decision is Decision.ERROR else kind,
        confidence=1.0 - score,
        defect_probability=score,
        probabilities=dict.fromkeys(CLASSES[1:], rest) | {"normal": score},
        defect_x_mm=rng.uniform(-6, 6),
        defect_y_mm=rng.uniform(-6, 6),
        defect_size_mm=rng.uniform(0, 3),
        captured_at=when,
        decided_at=when + timedelta(milliseconds=60),
        latency_ms=rng.uniform(30, 60),
        reason=texts[decision],
        codes=("SCORE_PASS",),
        evidence={"diameter_mm": 12.0 + rng.gauss(0, 0.01), "focus": rng.random(), "novelty": 0.3},
    )


def intent_of(record: Record) -> Intent:
    """What was written before it."""
    return Intent(
        record.uuid, record.station, "v4l2:0", record.lot, record.part_serial, record.operator,
        record.source, record.image_sha256, record.captured_at, record.captured_at,
    )  # fmt: skip


def fill(path: Path, rows: int) -> None:
    with open_store(str(path)) as store:
        with store.database.engine.connect() as connection:
            # For the one connection that writes here: the tree of random uuids in memory.
            connection.exec_driver_sql("PRAGMA cache_size=-1500000")
            connection.exec_driver_sql("PRAGMA wal_autocheckpoint=50000")
        done = sum(store.counts().values())
        started, first = time.perf_counter(), done
        while done < rows:
            batch = [part(n) for n in range(done, min(done + 10_000, rows))]
            store.add(*batch)
            done += len(batch)
            if done % 100_000 == 0:
                rate = (done - first) / (time.perf_counter() - started)
                print(f"{done} rows, {rate:.0f} rows/s, {path.stat().st_size / 1e6:.0f} MB")


def questions(rows: int) -> dict[str, Callable[[random.Random], tuple[HistoryQuery, int | None]]]:
    """Kind of question -> one of its kind, and after which row."""

    def ask(**fixed: object) -> Callable[[random.Random], tuple[HistoryQuery, int | None]]:
        def make(rng: random.Random) -> tuple[HistoryQuery, int | None]:
            number = rng.randrange(rows)
            values = {k: v(number) if callable(v) else v for k, v in fixed.items()}
            after = values.pop("after", None)
            return HistoryQuery(**values), after  # type: ignore[arg-type]

        return make

    lot = lambda n: f"LOT-{n // LOT:05d}"  # noqa: E731
    day = {"since": lambda n: START + n * STEP, "until": lambda n: START + (n + 14400) * STEP}
    a_reject, a_review = Decision.REJECT, Decision.REVIEW
    anyone = lambda n: OPERATORS[n % 8]  # noqa: E731
    return {
        "newest page": ask(),
        "a page anywhere": ask(after=lambda n: n),
        "lot": ask(lot=lot),
        "lot + verdict": ask(lot=lot, decision=a_reject),
        "lot + verdict + class": ask(lot=lot, decision=a_reject, predicted_class="crack"),
        "lot + operator": ask(lot=lot, operator=anyone),
        "serial": ask(serial=lambda n: f"SN{n:08d}"),
        "verdict": ask(decision=a_reject, after=lambda n: n),
        "verdict ERROR": ask(decision=Decision.ERROR, after=lambda n: n),
        "class": ask(predicted_class="pore", after=lambda n: n),
        "class, none": ask(predicted_class="missing strand", after=lambda n: n),
        "class + verdict": ask(predicted_class="normal", decision=a_review, after=lambda n: n),
        "class + verdict, none": ask(predicted_class="normal", decision=a_reject),
        "operator": ask(operator=anyone, after=lambda n: n),
        "operator + verdict": ask(operator=anyone, decision=a_reject, after=lambda n: n),
        "operator + class, none": ask(operator=anyone, predicted_class="missing strand"),
        "operator + verdict + class, none": ask(
            operator=anyone, decision=a_reject, predicted_class="normal"
        ),
        "one day": ask(**day),
        "one day + verdict": ask(**day, decision=a_reject),
        "one day + operator + class": ask(**day, operator=anyone, predicted_class="crack"),
        "word, one row": ask(text=lambda n: f"{n:08d}"),
        "word, no row": ask(text="nowhere"),
        "word, every other row": ask(text="probability", after=lambda n: n),
        "two words": ask(text="premature probability"),
        "words + lot": ask(text="probability limit", lot=lot),
        "word + lot, none": ask(text="premature nowhere", lot=lot),
        "word + one day": ask(text="reject", **day),
        "beginning of a word": ask(text=lambda n: f"{n // 100:06d}*"),
        "file name": ask(text=lambda n: f"{START + n * STEP:%Y%m%dT%H%M%S}-{n:08d}.png"),
    }


def ask(path: Path) -> None:
    with open_store(str(path), create=False) as store:
        rows = sum(store.counts().values())
        print(f"{rows} rows, {path.stat().st_size / 1e6:.0f} MB, {ROUNDS} questions of each kind")
        print(f"{'kind':34}{'p50 ms':>9}{'p95 ms':>9}{'most ms':>9}{'cpu p95':>9}{'rows':>7}")
        for name, make in questions(rows).items():
            rng = random.Random(name)
            times, cpu, found = [], [], []
            for _ in range(ROUNDS):
                query, after = make(rng)
                started, used = time.perf_counter(), time.process_time()
                page = store.history(query, after)
                times.append(1000 * (time.perf_counter() - started))
                cpu.append(1000 * (time.process_time() - used))
                found.append(len(page.records))
            times.sort()
            p95, cpu_p95 = (sorted(of)[int(0.95 * len(of))] for of in (times, cpu))
            print(
                f"{name:34}{statistics.median(times):9.2f}{p95:9.2f}{times[-1]:9.2f}"
                f"{cpu_p95:9.2f}{statistics.mean(found):7.1f}"
            )


def write(seconds: float, folder: Path | None) -> None:
    """Rows a second, with a transaction for each batch."""
    for together in (1, 4):
        with tempfile.TemporaryDirectory(dir=folder) as place:
            with open_store(str(Path(place) / "x.db")) as store:
                rate = _rate(store, together, seconds)
            print(f"batches of {together}: {rate:.0f} rows/s, intents and records")


def _rate(store: Store, together: int, seconds: float) -> float:
    parts = [part(n) for n in range(20_000)]
    started, done = time.perf_counter(), 0
    while time.perf_counter() - started < seconds and done < len(parts):
        batch = parts[done : done + together]
        store.open_parts(*map(intent_of, batch))
        store.add(*batch)
        done += together
    return done / (time.perf_counter() - started)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("what", choices=("fill", "ask", "write"))
    parser.add_argument("path", type=Path, nargs="?")
    parser.add_argument("--rows", type=int, default=5_000_000)
    parser.add_argument("--seconds", type=float, default=10.0)
    arguments = parser.parse_args()
    if arguments.what == "write":
        write(arguments.seconds, arguments.path)
    elif arguments.path is None:
        parser.error("name the database")
    elif arguments.what == "fill":
        fill(arguments.path, arguments.rows)
    else:
        ask(arguments.path)


if __name__ == "__main__":
    main()
