"""history.csv: one row for every epoch, and state.json: where --resume goes on."""

from __future__ import annotations

import csv
import json
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from engines.atomic_file import write_atomically
from trainer.config import TrainerError

STATE_FILE = "state.json"
LAST_FILE = "last.keras"


@dataclass(frozen=True, slots=True)
class EpochRow:
    """One epoch's figures; shares in 0..1."""

    epoch: int
    """From 1."""
    loss: float
    accuracy: float
    val_loss: float
    val_accuracy: float
    val_balanced_accuracy: float
    escapes: float
    """Share of validation defects whose defect probability is below one half."""
    overkill: float
    """Share of good validation pictures whose defect probability is at least one half; 0 where no
    class is good."""
    lr: float
    """Learning rate of the last step."""
    seconds: float
    phase: int = 1
    """1, or 2 where more blocks were trained at a low rate."""
    data_seconds: float = 0.0
    """Of `seconds`, waited for pictures."""
    step_seconds: float = 0.0
    """Of `seconds`, in the steps themselves; the rest went to validation and to the disk."""

    @property
    def rank(self) -> tuple[float, float]:
        """Greater is better: balanced accuracy first, then the loss."""
        return self.val_balanced_accuracy, -self.val_loss


@dataclass(frozen=True, slots=True)
class State:
    """How far a run is."""

    epoch: int
    """Whole epochs done."""
    best_epoch: int
    best_rank: tuple[float, float]


def write_history(path: Path, rows: list[EpochRow]) -> None:
    """Write history.csv."""
    names = [f.name for f in fields(EpochRow)]
    lines = [",".join(names)]
    lines += [",".join(f"{getattr(row, name):.6g}" for name in names) for row in rows]
    write_atomically(path, ("\n".join(lines) + "\n").encode())


def read_history(path: Path) -> list[EpochRow]:
    """Read history.csv; empty where there is none yet. Raises TrainerError where damaged."""
    if not path.exists():
        return []
    try:
        with path.open(newline="", encoding="utf-8") as stream:
            rows = list(csv.DictReader(stream))
        return [_row(row) for row in rows]
    except (OSError, KeyError, TypeError, ValueError, csv.Error) as error:
        raise TrainerError(
            f"{path} cannot be read ({error}). Remove it to go on without the earlier epochs."
        ) from error


def _row(words: dict[str, str]) -> EpochRow:
    epoch, phase = int(words.pop("epoch")), int(words.pop("phase", "1"))
    return EpochRow(epoch, phase=phase, **{k: float(v) for k, v in words.items()})


def time_facts(rows: list[EpochRow]) -> dict[str, float]:
    """Seconds of a training by what they went to, and the share of its steps' time in which it
    waited for pictures. JSON-able."""
    data, steps = sum(r.data_seconds for r in rows), sum(r.step_seconds for r in rows)
    return {
        "seconds": round(sum(r.seconds for r in rows), 2),
        "data_seconds": round(data, 2),
        "step_seconds": round(steps, 2),
        "waiting_share": round(data / (data + steps), 4) if data + steps > 0 else 0.0,
    }


def write_state(folder: Path, state: State) -> None:
    """Write state.json."""
    write_atomically(folder / STATE_FILE, (json.dumps(asdict(state)) + "\n").encode())


def read_state(folder: Path) -> State | None:
    """Read state.json; None where no epoch was finished. Raises TrainerError where damaged."""
    path = folder / STATE_FILE
    if not path.exists():
        return None
    try:
        body: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        balanced, loss = body["best_rank"]
        return State(int(body["epoch"]), int(body["best_epoch"]), (float(balanced), float(loss)))
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise TrainerError(
            f"{path} cannot be read ({error}): the run cannot go on. Train it again."
        ) from error
