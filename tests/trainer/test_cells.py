"""A study goes on where it was stopped, and computes nothing twice."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from trainer.cells import Cell, CellBegun, CellDone, Result, folder_of, run_cells
from trainer.config import StoppedError
from trainer.studies.settings import Findings, Plan


class Work:
    """Three cells that count how often each is computed, and a kill in one of them."""

    def __init__(self, **changes: int) -> None:
        self.done: list[str] = []
        self.killed_in = ""
        self.key = {"epochs": 3, **changes}

    def plan(self) -> Plan:
        cells = tuple(Cell(n, {**self.key, "name": n}, self._run(n)) for n in "abc")
        return Plan(cells, lambda _results: Findings((), ()))

    def _run(self, name: str):  # type: ignore[no-untyped-def]
        def run(folder: Path) -> Result:
            if name == self.killed_in:
                (folder / "half.txt").write_text("so far")
                raise KeyboardInterrupt
            self.done.append(name)
            return {"figure": len(self.done)}

        return run


def _run(out: Path, work: Work) -> dict[str, Result]:
    return run_cells(out, work.plan().cells, threading.Event(), lambda _event: None)


def test_after_a_kill_only_what_is_missing_is_computed(tmp_path: Path) -> None:
    work = Work()
    work.killed_in = "b"
    with pytest.raises(KeyboardInterrupt):
        _run(tmp_path, work)
    assert work.done == ["a"]
    work.killed_in = ""
    results = _run(tmp_path, work)
    assert work.done == ["a", "b", "c"]
    assert [results[n]["figure"] for n in "abc"] == [1, 2, 3]
    assert _run(tmp_path, work) == results
    assert work.done == ["a", "b", "c"]
    # What a killed cell had left in its folder was there for it to go on from.
    assert (folder_of(tmp_path, work.plan().cells[1]) / "half.txt").exists()


def test_another_configuration_is_another_cell(tmp_path: Path) -> None:
    _run(tmp_path, Work())
    other = Work(epochs=4)
    _run(tmp_path, other)
    assert other.done == ["a", "b", "c"]


def test_a_damaged_result_is_computed_again(tmp_path: Path) -> None:
    work = Work()
    _run(tmp_path, work)
    path = folder_of(tmp_path, work.plan().cells[2]) / "result.json"
    path.write_text(path.read_text()[:-20])
    _run(tmp_path, work)
    assert work.done == ["a", "b", "c", "c"]


def test_a_stop_is_taken_between_cells_and_told(tmp_path: Path) -> None:
    work, stop = Work(), threading.Event()
    told: list[CellBegun | CellDone] = []

    def watch(event: CellBegun | CellDone) -> None:
        told.append(event)
        if isinstance(event, CellDone) and event.name == "a":
            stop.set()

    with pytest.raises(StoppedError, match="The same command goes on"):
        run_cells(tmp_path, work.plan().cells, stop, watch)
    assert work.done == ["a"]
    assert told[-1] == CellBegun("b", 2, 3, found=False)
