"""What the command line shows: a line for each part and a table at the end, or JSON lines."""

from __future__ import annotations

import json
import sys
from collections import Counter, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
)
from rich.table import Table as RichTable

from station.config import StationConfig
from station.crop import CropReport
from station.domain import Decision, Record
from station.outcome import Outcome
from station.wording import percent, position, size

STYLES = {
    Decision.PASS: "green",
    Decision.REVIEW: "yellow",
    Decision.REJECT: "bold red",
    Decision.ERROR: "bold white on red",
}
PIPE_COLUMNS = 132
LAST_ROWS = 500
"""So many parts at most stand in the table at the end; all of them are in the database."""


class Table:
    """A line for each part as it is decided; when closed, the table and the counts."""

    def __init__(self, config: StationConfig) -> None:
        self._config = config
        # A file or a pipe has no width of its own: wide enough for the table.
        self._console = Console(width=None if sys.stdout.isatty() else PIPE_COLUMNS)
        self._records: deque[Record] = deque(maxlen=LAST_ROWS)
        self._counts: Counter[Decision] = Counter()

    @property
    def set_aside(self) -> int:
        """Files that could not be inspected."""
        return self._counts[Decision.ERROR]

    def show(self, outcome: Outcome) -> None:
        """One line."""
        record = outcome.record
        self._records.append(record)
        self._counts[record.decision] += 1
        style = STYLES[record.decision]
        self._console.print(
            f"[{style}]{record.decision.value:6}[/] {escape(record.source)}  "
            f"[dim]{escape(record.reason)}[/]",
            highlight=False,
            soft_wrap=True,
        )

    def close(self) -> None:
        """The table and the counts."""
        total = sum(self._counts.values())
        if not total:
            self._console.print("No files were inspected.")
            return
        shown = f"the last {len(self._records)} of {total}" if total > len(self._records) else None
        table = RichTable(caption=shown)
        for name in ("file", "verdict", "class", "confidence", "defect at x, y", "heat"):
            table.add_column(name, justify="left" if name in ("file", "class") else "right")
        for record in self._records:
            table.add_row(*_cells(record))
        self._console.print(table)
        counts = "   ".join(f"{d.value} {self._counts[d]}" for d in Decision)
        self._console.print(f"{total} files:   {counts}", highlight=False)
        engines = ", ".join(dict.fromkeys(record.engine for record in self._records))
        self._console.print(f"engine:   {engines}", highlight=False, soft_wrap=True)
        self._console.print(f"records:  {self._config.database}", highlight=False, soft_wrap=True)
        self._console.print(f"overlays: {self._config.overlays}", highlight=False, soft_wrap=True)
        if self.set_aside and self._config.inbox is not None:
            folder = self._config.inbox / "quarantine"
            self._console.print(f"set aside with reasons: {folder}", highlight=False)


class JsonLines:
    """One JSON object for each part, as in the database, and one with the counts at the end."""

    def __init__(self) -> None:
        self._counts: Counter[Decision] = Counter()

    @property
    def set_aside(self) -> int:
        """Files that could not be inspected."""
        return self._counts[Decision.ERROR]

    def show(self, outcome: Outcome) -> None:
        """One line: the record's columns, and where the file lies now."""
        self._counts[outcome.record.decision] += 1
        _write(as_columns(outcome.record) | {"path": str(outcome.path)})

    def close(self) -> None:
        """The counts."""
        _write({"counts": {d.value: self._counts[d] for d in Decision}})


def as_columns(record: Record) -> dict[str, Any]:
    """A record as its row: `verdict` for the decision, times in ISO 8601."""
    row = asdict(record)
    row["verdict"] = row.pop("decision").value
    return {k: v.isoformat() if isinstance(v, datetime) else v for k, v in row.items()}


@contextmanager
def progress(what: str) -> Iterator[Callable[[int, int], None]]:
    """A progress bar with the time left, on the terminal's error channel."""
    columns = (what, BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


@contextmanager
def stages() -> Iterator[Callable[[str, int, int], None]]:
    """A bar that says what is being done, for work in several stages; on a terminal only, and only
    while something is under way: lines may come between."""
    console = Console(stderr=True)
    columns = (
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(),
    )  # fmt: skip
    bar = Progress(*columns, console=console, transient=True, disable=not console.is_terminal)
    task = bar.add_task("", total=None)

    def tell(what: str, done: int, total: int) -> None:
        if bar.tasks[0].description != what:
            bar.reset(task)
        bar.update(task, description=what, completed=done, total=total)
        if done < total:
            bar.start()
        else:
            bar.stop()

    try:
        yield tell
    finally:
        bar.stop()


def crop_lines(report: CropReport, out: Path) -> list[str]:
    """What became of the pictures; each without a crop is named."""
    return [
        f"{out}: {len(report.cropped)} cropped, {len(report.kept)} there already",
        *(f"cut off by the picture's edge, cropped all the same: {n}" for n in report.cut_off),
        *(f"no disc found, no crop: {name}" for name in report.missed),
        *(f"not readable, no crop: {name}: {reason}" for name, reason in report.damaged),
    ]


def _cells(record: Record) -> tuple[str, ...]:
    style = STYLES[record.decision]
    return (
        escape(record.source),
        f"[{style}]{record.decision.value}[/]",
        escape(record.predicted_class or ""),
        percent(record.confidence),
        position(record.defect_x_mm, record.defect_y_mm),
        size(record.defect_size_mm),
    )


def _write(body: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(body, ensure_ascii=False, allow_nan=False) + "\n")
    sys.stdout.flush()
