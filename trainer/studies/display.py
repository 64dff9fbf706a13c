"""What the command line shows while a study runs."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from types import TracebackType
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from typing_extensions import Self

from trainer.studies.cells import CellBegun, CellDone
from trainer.training import EpochDone, Step


class StudyDisplay:
    """A bar of cells on a terminal, a line for each finished one; a context manager.

    as_json: a line of JSON for each cell on standard output instead.
    """

    def __init__(self, as_json: bool) -> None:
        self._json = as_json
        self._console = Console(stderr=True, highlight=False)
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=self._console,
            disable=as_json or not sys.stderr.isatty(),
        )
        self._task = self._bar.add_task("", total=None)
        self._cell = ""

    def cell(self, event: CellBegun | CellDone) -> None:
        """Show that a cell begins, was found, or is done."""
        if isinstance(event, CellBegun):
            self._cell = event.name
            done = event.number if event.found else event.number - 1
            self._bar.update(self._task, total=event.of, completed=done, description=event.name)
            if self._json and event.found:
                self._write("found", event)
            return
        self._bar.update(self._task, completed=event.number)
        if self._json:
            self._write("cell", event)
        else:
            text = f"{event.number:>3}/{event.of}  {event.name}  {event.seconds:.1f} s"
            self._console.print(text, markup=False)

    def training(self, event: Any) -> None:
        """Show how far the training inside a cell is."""
        if isinstance(event, Step):
            text = f"{self._cell}  epoch {event.epoch}/{event.epochs}  loss {event.loss:.4f}"
            self._bar.update(self._task, description=text)
        elif not isinstance(event, EpochDone) and not self._json:
            self._console.print(f"{self._cell}: {event}", markup=False, soft_wrap=True)

    def _write(self, kind: str, event: CellBegun | CellDone) -> None:
        sys.stdout.write(json.dumps({"event": kind, **asdict(event)}) + "\n")
        sys.stdout.flush()

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._bar.stop()
