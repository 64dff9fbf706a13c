"""What tests of the History page share: many rows without pictures, and a way to wait."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from kept import numbered
from pytestqt.qtbot import QtBot

from station.config import StationConfig
from station.domain import Decision, Record
from ui.records.page import RecordsView

DECISIONS = (Decision.PASS, Decision.PASS, Decision.REVIEW, Decision.REJECT, Decision.ERROR)
ROWS = 3210
Open = Callable[[StationConfig], RecordsView]


def row_number(n: int) -> Record:
    """The n-th row, from 1 on."""
    return numbered(
        n, DECISIONS[n % 5], lot=f"L{n // 1000}", source=f"part {n:05d}.png",
        part_serial=f"SN{n}", operator=("ada", "bo")[n % 2],
    )  # fmt: skip


def many_rows(first: int = 1, last: int = ROWS) -> Sequence[Record]:
    return [row_number(n) for n in range(first, last + 1)]


def wait_idle(qtbot: QtBot, view: RecordsView) -> None:
    """Until every question has been answered, and those that follow from the answers."""
    quiet = 0

    def is_quiet() -> bool:
        nonlocal quiet
        timers = (view.part._settle, view.thumbnails._soon, view.newer._soon, view.filters._timer)
        busy = view.desk.is_asking or any(timer.isActive() for timer in timers)
        quiet = 0 if busy else quiet + 1
        return quiet > 2

    qtbot.waitUntil(is_quiet, timeout=20_000)
