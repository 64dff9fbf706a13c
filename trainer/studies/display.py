"""What the command line shows while a study runs."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from typing import Any

from rich.progress import BarColumn, MofNCompleteColumn, TimeElapsedColumn

from trainer.cells import CellBegun, CellDone
from trainer.terminal_bar import TerminalBar
from trainer.training import EpochDone, Step


class StudyDisplay(TerminalBar):
    """A bar of cells on a terminal, a line for each finished one; a context manager.

    as_json: a line of JSON for each cell on standard output instead.
    """

    def __init__(self, as_json: bool) -> None:
        super().__init__(BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), quiet=as_json)
        self._json = as_json
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
            self.say(f"{event.number:>3}/{event.of}  {event.name}  {event.seconds:.1f} s")

    def training(self, event: Any) -> None:
        """Show how far the training inside a cell is."""
        if isinstance(event, Step):
            text = f"{self._cell}  epoch {event.epoch}/{event.epochs}  loss {event.loss:.4f}"
            self._bar.update(self._task, description=text)
        elif not isinstance(event, EpochDone) and not self._json:
            self.say(f"{self._cell}: {event}")

    def _write(self, kind: str, event: CellBegun | CellDone) -> None:
        sys.stdout.write(json.dumps({"event": kind, **asdict(event)}) + "\n")
        sys.stdout.flush()
