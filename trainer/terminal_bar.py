"""A bar on a terminal, and lines above it: what every long command shows; quick to import."""

from __future__ import annotations

import sys
from types import TracebackType

from rich.console import Console
from rich.progress import Progress, ProgressColumn, TextColumn
from typing_extensions import Self


class TerminalBar:
    """Standard error: a bar where it is a terminal, and lines in any case; a context manager.

    columns: what stands behind the description. quiet: no bar at all. transient: the bar goes when
    it is done.
    """

    def __init__(
        self, *columns: ProgressColumn, quiet: bool = False, transient: bool = False
    ) -> None:
        self._console = Console(stderr=True, highlight=False)
        self._bar = Progress(
            TextColumn("{task.description}"),
            *columns,
            console=self._console,
            disable=quiet or not sys.stderr.isatty(),
            transient=transient,
        )

    def say(self, text: str) -> None:
        """Show one sentence."""
        self._console.print(text, markup=False, soft_wrap=True)

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
