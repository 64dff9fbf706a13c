"""How smooth the History page is over a large database, and what it keeps in memory.

    python tests/bench_history.py fill /tmp/large.db --rows 5000000
    QT_QPA_PLATFORM=offscreen python tests/bench_records.py /tmp/large.db

Each jump is told as a multiple of the time that one page of the same database takes when it is
asked for by itself, so that figures of two machines can be compared. Not a test: run by hand.
"""

# ruff: noqa: T201

from __future__ import annotations

import argparse
import random
import statistics
import time
from collections.abc import Callable
from pathlib import Path

from PyQt6.QtTest import QTest
from PyQt6.QtWidgets import QApplication

from station.config import StationConfig
from station.domain import Decision
from station.store.query import HistoryQuery
from station.store.store import open_store
from ui.desk import Desk
from ui.records.model import PAGE
from ui.records.page import RecordsView

JUMPS = 200


def resident_mb() -> float:
    """Of this process."""
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024
    raise SystemExit("no /proc/self/status here")


def until(done: Callable[[], bool]) -> float:
    """Run the window until it is so; returns seconds."""
    started = time.perf_counter()
    while not done():
        QApplication.processEvents()
        if time.perf_counter() - started > 120:
            raise SystemExit("no answer within two minutes")
    return time.perf_counter() - started


def page_alone_s(path: Path, rows: int) -> float:
    """Median of a page anywhere, asked as the window asks: the database opened for it."""
    rng, taken = random.Random(1), []
    for _ in range(JUMPS):
        started = time.perf_counter()
        with open_store(str(path), create=False) as store:
            store.history(HistoryQuery(), rng.randrange(PAGE, rows), PAGE)
        taken.append(time.perf_counter() - started)
    return statistics.median(taken)


def jump(view: RecordsView, row: int) -> tuple[float, float]:
    """Seconds until a row's words are there, and the longest that the window stood still."""
    view.table.scrollTo(view.model.index(row, 0), view.table.ScrollHint.PositionAtTop)
    longest = 0.0
    started = time.perf_counter()
    while view.model.row_at(row) is None:
        before = time.perf_counter()
        QApplication.processEvents()
        longest = max(longest, time.perf_counter() - before)
    return time.perf_counter() - started, longest


def measure(path: Path) -> None:
    application = QApplication([])
    config = StationConfig(inbox=Path("/nowhere/in"), bundle=Path("x"), out=Path("/nowhere/out"),
                           db=str(path))  # fmt: skip
    view = RecordsView(Desk(config))
    view.resize(1190, 650)
    view.show()
    QTest.qWait(200)
    before_mb = resident_mb()
    view.entered()
    first_s = until(lambda: view.model.rowCount() > 0)
    whole_s = first_s + until(lambda: view.model.complete)
    rows = view.model.rowCount()
    alone_s = page_alone_s(path, rows)
    listed_mb = resident_mb()
    print(f"{rows} rows; a page alone {1000 * alone_s:.1f} ms")
    print(f"first page shown after {first_s / alone_s:.1f} pages' time, "
          f"the whole length known after {whole_s / alone_s:.1f}")  # fmt: skip
    rng = random.Random(2)
    there, still = zip(*(jump(view, rng.randrange(rows - 50)) for _ in range(JUMPS)), strict=True)
    for name, taken in (("a jump anywhere", there), ("the window stood still", still)):
        taken_sorted = sorted(taken)
        print(f"{name}: median {statistics.median(taken) / alone_s:.2f}, 95 of 100 within "
              f"{taken_sorted[int(0.95 * JUMPS)] / alone_s:.2f} pages' time "
              f"({1000 * taken_sorted[int(0.95 * JUMPS)]:.0f} ms)")  # fmt: skip
    print(f"pages in memory: {view.model.pages_in_memory}; resident {before_mb:.0f} MB before, "
          f"{listed_mb:.0f} with the list, {resident_mb():.0f} after {JUMPS} jumps")  # fmt: skip
    for query in (HistoryQuery(decision=Decision.REJECT), HistoryQuery(operator="ada"),
                  HistoryQuery(text="probability*")):  # fmt: skip
        begun: list[None] = []
        view.model.begun.connect(lambda begun=begun: begun.append(None))
        view.show_query(query)
        asked_s = until(lambda begun=begun: bool(begun))
        total_s = asked_s + until(lambda: view.model.complete)
        name = query.decision or query.operator or query.text
        print(f"filter {name}: {view.model.rowCount()} rows; first page {asked_s / alone_s:.1f}, "
              f"whole length {total_s / alone_s:.1f} pages' time")  # fmt: skip
    view.left()
    view.desk.wait()
    view.close()
    application.processEvents()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("path", type=Path)
    measure(parser.parse_args().path)


if __name__ == "__main__":
    main()
