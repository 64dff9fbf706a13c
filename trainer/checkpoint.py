"""model.keras and last.keras, which take their places when state.json tells of their epoch.

Both are written beside their places first. state.json is what decides: a kill before it leaves the
epoch before as it was, and what a kill after it leaves undone `settle` does when the run goes on.
So the weights of one epoch never go on as those of another.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from trainer.config import TrainerError
from trainer.history import LAST_FILE
from trainer.runs import MODEL_FILE


def save_best(model: Any, folder: Path, epoch: int) -> None:
    """The best weights so far, without an optimizer. Raises TrainerError."""
    _save(model, _waiting(folder / MODEL_FILE, epoch), with_optimizer=False)


def save_last(model: Any, folder: Path, epoch: int) -> None:
    """Weights and optimizer, from which the next epoch goes on. Raises TrainerError."""
    _save(model, _waiting(folder / LAST_FILE, epoch), with_optimizer=True)


def settle(folder: Path, epoch: int) -> None:
    """Put what was saved of `epoch` in its place, and remove what was saved of any other.

    epoch: the one that state.json tells of. Raises TrainerError.
    """
    try:
        for path in (folder / MODEL_FILE, folder / LAST_FILE):
            if (waiting := _waiting(path, epoch)).exists():
                waiting.replace(path)
            for other in folder.glob(f".{path.stem}-*.part{path.suffix}"):
                other.unlink()
    except OSError as error:
        raise _unwritable(folder, error) from error


def _waiting(path: Path, epoch: int) -> Path:
    # The suffix must stay .keras for Keras to write that format.
    return path.with_name(f".{path.stem}-{epoch}.part{path.suffix}")


def _save(model: Any, path: Path, with_optimizer: bool) -> None:
    try:
        model.save(path, include_optimizer=with_optimizer)
    except OSError as error:
        raise _unwritable(path.parent, error) from error


def _unwritable(folder: Path, error: OSError) -> TrainerError:
    return TrainerError(
        f"the weights cannot be written into {folder} ({error.strerror or error}). Free space or "
        "choose another --out, then go on with --resume."
    )
