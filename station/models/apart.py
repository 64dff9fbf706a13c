"""A comparison in a process of its own, behind everything else: the line is not to feel it.

It has the lowest claim on the processor, its memory is its own, and it is ended at once when asked.
"""

from __future__ import annotations

import multiprocessing
import os
import threading
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from engines.backend import OnProgress
from engines.errors import EngineError
from station.config import StationConfig
from station.errors import StationError
from station.models.compare import PARTS_MOST, compare
from station.models.comparison import Comparison
from station.models.comparison_file import read_comparison
from station.models.stopped import StoppedError

NICENESS = 19
LISTEN_S = 0.1
END_S = 2.0
"""So long an ended process may take before it is killed."""


def compare_apart(
    config: StationConfig,
    one: Path,
    other: Path,
    lot: str | None,
    *,
    most: int = PARTS_MOST,
    on_progress: OnProgress | None = None,
    stop: threading.Event | None = None,
) -> tuple[Path, Comparison]:
    """`compare`, in another process. Raises StationError with its reason, StoppedError at most
    2 seconds after the event was set."""
    # A fork of a process with threads, and perhaps with a CUDA context, would be no good.
    context = multiprocessing.get_context("spawn")
    listening, telling = context.Pipe(duplex=False)
    process = context.Process(
        target=_work, args=(telling, config, one, other, lot, most), daemon=True
    )
    process.start()
    telling.close()
    try:
        return _listen(process, listening, on_progress, stop)
    finally:
        process.terminate()
        process.join(END_S)
        if process.is_alive():
            process.kill()
            process.join()
        process.close()
        listening.close()


def _listen(
    process: Any,
    listening: Any,
    on_progress: OnProgress | None,
    stop: threading.Event | None,
) -> tuple[Path, Comparison]:
    while stop is None or not stop.is_set():
        if not listening.poll(LISTEN_S):
            continue
        try:
            kind, *rest = listening.recv()
        except EOFError:
            process.join(END_S)
            raise StationError(
                "the comparison ended without a word (exit code {exitcode}; -9 is the "
                "system's, for want of memory). Compare fewer parts, or while the line "
                "rests.",
                exitcode=process.exitcode,
            ) from None
        if kind == "done":
            path = Path(rest[0])
            return path, read_comparison(path)
        if kind == "failed":
            raise StationError(rest[0])
        if on_progress is not None:
            on_progress(*rest)
    raise StoppedError("the comparison was stopped; nothing was changed.")


def _work(
    telling: Connection,
    config: StationConfig,
    one: Path,
    other: Path,
    lot: str | None,
    most: int,
) -> None:
    """What runs in the other process."""
    os.nice(NICENESS)
    os.environ.setdefault("OPENCV_LOG_LEVEL", "SILENT")

    def tell(what: str, done: int, total: int) -> None:
        telling.send(("progress", what, done, total))

    try:
        path, _ = compare(config, one, other, lot, most=most, on_progress=tell)
    except (StationError, EngineError) as error:
        telling.send(("failed", str(error)))
    else:
        telling.send(("done", str(path)))
