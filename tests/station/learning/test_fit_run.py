"""A training as a process of its own: started, watched, stopped, found again."""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from station.errors import ConfigError
from station.learning.fit_run import (
    NICENESS,
    Progress,
    Training,
    is_running,
    last_training,
    progress_of,
    start,
    stop,
)

SLOW = """
import json, os, signal, sys, time
stopped = []
signal.signal(signal.SIGTERM, lambda *_: stopped.append(1))
print(json.dumps({"event": "text", "text": "reading"}), flush=True)
print("a note", file=sys.stderr, flush=True)
for step in range(1, 5):
    line = {"event": "step", "epoch": 1, "epochs": 2, "step": step, "steps": 4, "loss": 0.5,
            "accuracy": 0.5, "nice": os.nice(0), "arguments": sys.argv[1:]}
    print(json.dumps(line), flush=True)
while not stopped and MODE == "wait":
    time.sleep(0.01)
if MODE == "break":
    print("trainer: every class is marked as good", file=sys.stderr)
    sys.exit(2)
print('{"event": "do', end="", flush=True)
print('ne", "complete": %s}' % ("false" if stopped else "true"), flush=True)
"""
"""Speaks as `trainer fit --json` does, but learns nothing: the real one is in the slow tests."""


@pytest.fixture
def trainer(tmp_path: Path) -> Callable[[str], list[str]]:
    def make(mode: str) -> list[str]:
        path = tmp_path / f"{mode}.py"
        path.write_text(f"MODE = {mode!r}\n{SLOW}")
        return [sys.executable, str(path)]

    return make


@pytest.fixture
def data(tmp_path: Path) -> Path:
    (tmp_path / "set").mkdir()
    return tmp_path / "set"


@pytest.fixture
def out(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "out"
    yield folder
    training = last_training(folder)
    if training is not None and is_running(training):
        os.killpg(training.pid, signal.SIGKILL)


def until(training: Training, holds: Callable[[Progress], bool]) -> Progress:
    for _ in range(2000):
        progress = progress_of(training)
        if holds(progress):
            return progress
        time.sleep(0.01)
    raise AssertionError(f"never came so far: {progress}")


def test_it_runs_at_low_priority_in_a_session_of_its_own_and_says_how_far_it_is(
    out: Path, data: Path, trainer: Callable[[str], list[str]]
) -> None:
    training = start(out, data, "Ada", ["--epochs", "2"], trainer("wait"))
    progress = until(training, lambda p: p.step is not None and p.step["step"] == 4)
    assert progress.running and progress.done is None
    assert progress.step is not None and progress.step["nice"] == min(19, os.nice(0) + NICENESS)
    assert progress.step["arguments"] == [
        "fit", str(data), "--out", training.run, "--json", "--epochs", "2",
    ]  # fmt: skip
    assert os.getsid(training.pid) == training.pid != os.getsid(0)
    assert progress.share == 0.5 and progress.text == "" and "a note" in progress.log


def test_another_is_refused_while_one_runs(
    out: Path, data: Path, trainer: Callable[[str], list[str]]
) -> None:
    training = start(out, data, "Ada", (), trainer("wait"))
    with pytest.raises(ConfigError, match="runs already"):
        start(out, data, "Bob", (), trainer("wait"))
    assert last_training(out) == training


def test_of_two_started_at_once_one_runs(
    out: Path, data: Path, trainer: Callable[[str], list[str]]
) -> None:
    command = trainer("wait")
    started: list[Training] = []
    refused: list[str] = []

    def go() -> None:
        try:
            started.append(start(out, data, "Ada", (), command))
        except ConfigError as error:
            refused.append(str(error))

    threads = [threading.Thread(target=go) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(started) == 1 and len(refused) == 3
    assert last_training(out) == started[0]


def test_stopped_it_ends_with_its_best_and_another_may_start(
    out: Path, data: Path, trainer: Callable[[str], list[str]]
) -> None:
    training = start(out, data, "Ada", (), trainer("wait"))
    until(training, lambda p: p.step is not None)
    stop(training)
    progress = until(training, lambda p: not p.running)
    assert progress.done == {"event": "done", "complete": False}
    assert progress.share == 1.0 and not is_running(training)
    stop(training)  # nothing is there: nothing is hit


def test_what_broke_it_is_in_its_log(
    out: Path, data: Path, trainer: Callable[[str], list[str]]
) -> None:
    training = start(out, data, "Ada", (), trainer("break"))
    progress = until(training, lambda p: not p.running)
    assert progress.done is None
    assert progress.log.splitlines()[-1] == "trainer: every class is marked as good"


def test_it_is_found_again_by_who_asks_later(
    out: Path, data: Path, trainer: Callable[[str], list[str]]
) -> None:
    training = start(out, data, "Ada", (), trainer("go"))
    until(training, lambda p: p.done is not None and not p.running)
    found = last_training(out)
    assert found == training and found is not None and found.by == "Ada"
    assert progress_of(found).done == {"event": "done", "complete": True}


def test_another_process_with_its_number_is_not_taken_for_it(tmp_path: Path) -> None:
    other = Training(os.getpid(), 1, "set", str(tmp_path / "run"), None, "now")
    assert not is_running(other)
    stop(other)  # or this test would end here
    assert not progress_of(other).running


def test_half_a_line_and_nonsense_are_left_out(tmp_path: Path) -> None:
    training = Training(1, 0, "set", str(tmp_path / "run"), None, "now")
    step = {"event": "step", "epoch": 2, "epochs": 4, "step": 1, "steps": 2, "loss": 1.0}
    training.lines.write_text(f"{json.dumps(step)}\nnonsense\n[1]\n" + '{"event": "ep')
    progress = progress_of(training)
    assert progress.step == step and progress.epochs == () and progress.share == 0.375


def test_no_folder_and_no_trainer_are_said(tmp_path: Path, data: Path) -> None:
    with pytest.raises(ConfigError, match="no folder"):
        start(tmp_path / "out", tmp_path / "nowhere", None, (), ["true"])
    assert last_training(tmp_path / "out") is None
    training = start(tmp_path / "out", data, None, (), ["/nowhere/trainer"])
    progress = until(training, lambda p: not p.running)
    assert progress.done is None and "/nowhere/trainer" in progress.log.splitlines()[-1]
