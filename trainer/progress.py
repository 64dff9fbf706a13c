"""What the command line shows while a model trains: a bar on a terminal, else a line an epoch; or
lines of JSON for a program."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from types import TracebackType
from typing import Any

from rich.progress import BarColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.progress import TimeRemainingColumn as TimeLeftColumn
from typing_extensions import Self

from trainer.terminal_bar import TerminalBar
from trainer.training import EpochDone, Step

STEP_EVERY_S = 0.5


class FitDisplay(TerminalBar):
    """Takes the events of `fit` and shows them on standard error; a context manager."""

    def __init__(self) -> None:
        super().__init__(
            BarColumn(),
            TextColumn("{task.percentage:>3.0f} %"),
            TimeElapsedColumn(),
            TextColumn("left"),
            TimeLeftColumn(),
        )
        self._task: TaskID | None = None
        self._first: int | None = None

    def __call__(self, event: Step | EpochDone | str) -> None:
        """Show one event."""
        if isinstance(event, Step):
            self._step(event)
        elif isinstance(event, EpochDone):
            self.say(_line(event))
        else:
            self.say(event)

    def _step(self, event: Step) -> None:
        if self._task is None:
            # The bar spans what is left, so that a resumed run's time left is right too.
            self._first = event.epoch
            total = (event.epochs - event.epoch + 1) * event.steps
            self._task = self._bar.add_task("training", total=total)
        done = (event.epoch - (self._first or 1)) * event.steps + event.step
        text = f"epoch {event.epoch}/{event.epochs}  loss {event.loss:.4f}"
        self._bar.update(self._task, completed=done, description=text)


class JsonLines:
    """Takes the events of `fit` and writes each as a line of JSON to standard output, for a
    program that shows them; steps at most every STEP_EVERY_S. A context manager."""

    def __init__(self) -> None:
        self._told_s = 0.0

    def __call__(self, event: Step | EpochDone | str) -> None:
        """Write one event."""
        if isinstance(event, Step):
            now_s = time.monotonic()
            if event.step < event.steps and now_s - self._told_s < STEP_EVERY_S:
                return
            self._told_s = now_s
            self._write("step", asdict(event))
        elif isinstance(event, EpochDone):
            facts = {"epochs": event.epochs, "best": event.best}
            self._write("epoch", asdict(event.row) | facts)
        else:
            self._write("text", {"text": event})

    def done(self, run: Path, metrics: Mapping[str, Any]) -> None:
        """Write the result: the last line."""
        test = metrics["test"]
        names = ("pictures", "accuracy", "balanced_accuracy", "escapes", "overkill")
        figures = {name: test[name] for name in names}
        facts = {name: metrics[name] for name in ("complete", "epochs", "best_epoch")}
        statement = metrics["operating_point"]["statement"]
        self._write("done", {"run": str(run), **facts, **figures, "statement": statement})

    def _write(self, kind: str, facts: Mapping[str, Any]) -> None:
        line = json.dumps({"event": kind, **facts}, ensure_ascii=False)
        sys.stdout.write(line + "\n")
        sys.stdout.flush()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        return None


def _line(event: EpochDone) -> str:
    row = event.row
    return (
        f"epoch {row.epoch:>3}/{event.epochs}  loss {row.loss:.4f}  acc {row.accuracy:.3f}  | "
        f"val loss {row.val_loss:.4f}  bal acc {row.val_balanced_accuracy:.3f}  "
        f"esc {row.escapes:.3f}  over {row.overkill:.3f}  | {row.seconds:.1f} s"
        f"{'  phase 2' if row.phase > 1 else ''}{'  *' if event.best else ''}"
    )
