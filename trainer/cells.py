"""Long work in cells: each computed once, kept as a JSON file under everything it depends on."""

from __future__ import annotations

import hashlib
import json
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engines.atomic_file import write_atomically
from trainer.config import StoppedError, TrainerError

RESULT_FILE = "result.json"
CELLS = "cells"
Result = dict[str, Any]


@dataclass(frozen=True, slots=True, eq=False)
class Cell:
    """One piece of the work that is computed once and kept."""

    name: str
    """For people and for its folder."""
    key: dict[str, Any]
    """Everything its result depends on, JSON-able."""
    run: Callable[[Path], Result]
    """From its own folder, where it may leave what a killed computation goes on from."""


@dataclass(frozen=True, slots=True)
class CellBegun:
    """A cell is about to be computed, or was found."""

    name: str
    number: int
    """From 1."""
    of: int
    found: bool


@dataclass(frozen=True, slots=True)
class CellDone:
    """A cell's result is on the disk."""

    name: str
    number: int
    of: int
    seconds: float


CellProgress = Callable[[CellBegun | CellDone], None]


def folder_of(out: Path, cell: Cell) -> Path:
    """OUT/cells/NAME-KEY: another configuration gets another folder."""
    text = json.dumps(cell.key, sort_keys=True, default=str)
    return out / CELLS / f"{cell.name}-{hashlib.sha256(text.encode()).hexdigest()[:12]}"


def run_cells(
    out: Path, cells: Sequence[Cell], stop: threading.Event, tell: CellProgress
) -> dict[str, Result]:
    """Every cell's result by its name: those on the disk are taken, the others computed in order.

    Raises StoppedError when told to stop; what is finished stays, and so does what a cell left in
    its folder.
    """
    results: dict[str, Result] = {}
    for number, cell in enumerate(cells, start=1):
        folder = folder_of(out, cell)
        found = _read(folder / RESULT_FILE)
        tell(CellBegun(cell.name, number, len(cells), found is not None))
        if found is None:
            if stop.is_set():
                raise stopped(out)
            began = time.monotonic()
            folder.mkdir(parents=True, exist_ok=True)
            found = cell.run(folder)
            _write(folder / RESULT_FILE, {"cell": cell.name, "key": cell.key, "result": found})
            tell(CellDone(cell.name, number, len(cells), time.monotonic() - began))
        results[cell.name] = found
    return results


def stopped(out: Path) -> StoppedError:
    """What to say when a study is stopped."""
    return StoppedError(f"stopped. The same command goes on from what is finished in {out}.")


def _read(path: Path) -> Result | None:
    try:
        result: Result = json.loads(path.read_text(encoding="utf-8"))["result"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return result


def _write(path: Path, body: dict[str, Any]) -> None:
    try:
        text = json.dumps(body, indent=1, ensure_ascii=False, default=str)
        write_atomically(path, (text + "\n").encode())
    except OSError as error:
        raise TrainerError(
            f"{path} cannot be written ({error.strerror or error}). Free space, then give the same "
            "command again."
        ) from error
