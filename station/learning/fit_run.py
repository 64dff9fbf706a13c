"""`trainer fit` as a process of its own: it outlives the page, and the window where that is wanted.

What it says goes into files beside its run folder, so that whoever asks later still knows: a line
of JSON for each step and epoch in RUN.jsonl, everything else in RUN.log. `training.json` in the
folder of results says which one runs. It runs at low priority: the cores are the inspection's.
"""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from engines.sentence import sentence
from station.errors import ConfigError, StationError
from station.learning.choices import FOLDER
from station.lock import held
from station.sinks import write_atomically

STATE = "training.json"
NICENESS = 15
LOG_LINES = 200
"""Of the log's end, to be shown."""
LOG_BYTES = 64_000


@dataclass(frozen=True, slots=True)
class Training:
    """A training that was started here."""

    pid: int
    began_ticks: int
    """When the process began, by the kernel: another process with its number is not it."""
    data: str
    run: str
    """The run folder."""
    by: str | None
    at: str
    """When it was started."""

    @property
    def log(self) -> Path:
        """What it says to people."""
        return Path(f"{self.run}.log")

    @property
    def lines(self) -> Path:
        """What it says to programs."""
        return Path(f"{self.run}.jsonl")


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a training is."""

    running: bool
    step: Mapping[str, Any] | None = None
    """The last step: epoch, epochs, step, steps, loss, accuracy."""
    epochs: tuple[Mapping[str, Any], ...] = ()
    """Whole epochs, with their validation figures."""
    text: str = ""
    """What it says it is doing besides; empty between steps."""
    done: Mapping[str, Any] | None = None
    """The result; None: none yet, or it broke off."""
    log: str = ""
    """The end of its log."""

    @property
    def share(self) -> float:
        """Of all steps, in [0, 1]."""
        if self.done is not None:
            return 1.0
        if self.step is None:
            return 0.0
        per_epoch, epochs = max(1, self.step["steps"]), max(1, self.step["epochs"])
        share = (self.step["epoch"] - 1 + self.step["step"] / per_epoch) / epochs
        return float(min(1.0, share))


def trainer_command() -> list[str] | None:
    """How to start the trainer; None where it, or what it needs, is not installed."""
    if any(importlib.util.find_spec(name) is None for name in ("trainer", "keras")):
        return None
    beside = Path(sys.executable).with_name("trainer")
    return [str(beside)] if os.access(beside, os.X_OK) else [sys.executable, "-m", "trainer.cli"]


def start(
    out: Path,
    data: Path,
    who: str | None,
    options: Sequence[str] = (),
    command: Sequence[str] | None = None,
) -> Training:
    """Start `trainer fit DATA`, its run folder in `out`'s.

    options: of `trainer fit`. command: the trainer's; None: what is installed. Raises ConfigError
    where none is, or another training runs; StationError where it cannot be started.
    """
    command = trainer_command() if command is None else list(command)
    if command is None:
        raise ConfigError(
            "the trainer is not installed here. Copy the folder to a machine that has it, or "
            "install it: pip install 'scaffold-station[trainer]'."
        )
    if not data.is_dir():
        raise ConfigError(
            "{data} is no folder. Export parts first, or give a training folder.", data=data
        )
    with held(out / FOLDER / ".training.lock", sentence("the start of a training")):
        running = last_training(out)
        if running is not None and is_running(running):
            raise ConfigError(
                "a training runs already, into {run}. Wait, or stop it first.", run=running.run
            )
        return _start(out, data, who, options, command)


def _start(
    out: Path, data: Path, who: str | None, options: Sequence[str], command: Sequence[str]
) -> Training:
    now = datetime.now(timezone.utc)
    run = out / FOLDER / f"run-{now:%Y%m%d-%H%M%S}"
    nice = shutil.which("nice")
    low = [] if nice is None else [nice, "-n", str(NICENESS)]
    call = [*low, *command, "fit", str(data), "--out", str(run), "--json", *options]
    try:
        run.parent.mkdir(parents=True, exist_ok=True)
        with Path(f"{run}.jsonl").open("wb") as lines, Path(f"{run}.log").open("wb") as log:
            log.write((" ".join(call) + "\n").encode())
            log.flush()
            # A session of its own: what ends the station does not end the training.
            process = subprocess.Popen(
                call, stdin=subprocess.DEVNULL, stdout=lines, stderr=log, start_new_session=True
            )
    except OSError as error:
        raise StationError(
            "the training could not be started ({strerror}): {call}",
            strerror=error.strerror or error,
            call=" ".join(call),
        ) from error
    threading.Thread(target=process.wait, name="training", daemon=True).start()
    at = now.isoformat(timespec="seconds")
    begun = Training(process.pid, _began(process.pid) or 0, str(data), str(run), who, at)
    write_atomically(out / FOLDER / STATE, (json.dumps(asdict(begun)) + "\n").encode())
    return begun


def last_training(out: Path) -> Training | None:
    """The training that was started last; None: none was."""
    try:
        return Training(**json.loads((out / FOLDER / STATE).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def is_running(training: Training) -> bool:
    """Whether its process is there."""
    return training.began_ticks != 0 and _began(training.pid) == training.began_ticks


def stop(training: Training) -> None:
    """Ask it to end: after the batch in hand it measures the best weights so far. Asked again, it
    ends at once."""
    if is_running(training):
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(training.pid, signal.SIGTERM)


def progress_of(training: Training) -> Progress:
    """How far it is; a line that is not whole yet is left for the next time."""
    running = is_running(training)  # first: what ends now has written its last line
    step: Mapping[str, Any] | None = None
    done: Mapping[str, Any] | None = None
    epochs: list[Mapping[str, Any]] = []
    text = ""
    for line in _tail(training.lines, 1 << 22).splitlines():
        try:
            said = json.loads(line)
            kind = said["event"]
        except (ValueError, KeyError, TypeError):
            continue
        if kind == "step":
            step, text = said, ""  # what was said before is over
        elif kind == "epoch":
            epochs.append(said)
        elif kind == "done":
            done = said
        elif kind == "text":
            text = str(said.get("text", ""))
    log = "\n".join(_tail(training.log, LOG_BYTES).splitlines()[-LOG_LINES:])
    return Progress(running, step, tuple(epochs), text, done, log)


def _tail(path: Path, most: int) -> str:
    try:
        with path.open("rb") as stream:
            stream.seek(0, os.SEEK_END)
            stream.seek(max(0, stream.tell() - most))
            return stream.read().decode("utf-8", "replace")
    except OSError:
        return ""


def _began(pid: int) -> int | None:
    """When a process began, in the kernel's ticks; None where it is not there, or is over.

    Source: proc_pid_stat(5), fields 3 (state) and 22 (starttime).
    """
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return None if fields[0] in "ZX" else int(fields[19])
    except (OSError, IndexError, ValueError):
        return None
