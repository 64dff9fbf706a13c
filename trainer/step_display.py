"""Steps in words, and a bar for what is being done; quick to import, without Keras."""

from __future__ import annotations

from rich.progress import BarColumn, TaskID, TextColumn
from rich.progress import TimeRemainingColumn as TimeLeftColumn

from trainer.terminal_bar import TerminalBar


class StepDisplay(TerminalBar):
    """Shows steps, and a bar for what is being done, on standard error; a context manager."""

    def __init__(self) -> None:
        super().__init__(
            BarColumn(),
            TextColumn("{task.completed}/{task.total}"),
            TimeLeftColumn(),
            transient=True,
        )
        self._tasks: dict[str, TaskID] = {}

    def step(self, text: str) -> None:
        """Show one sentence."""
        self.say(text)

    def progress(self, what: str, done: int, total: int) -> None:
        """Show how far something is; see engines.backend.OnProgress."""
        if what not in self._tasks:
            self._tasks[what] = self._bar.add_task(what, total=total)
        self._bar.update(self._tasks[what], completed=done, total=total, visible=done < total)
