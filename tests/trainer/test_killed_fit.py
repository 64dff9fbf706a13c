"""A fit killed between any two of its writes goes on as if it had not been."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from builders import disc_folder, small_fit

from trainer import training
from trainer.config import TrainerError
from trainer.fit import fit
from trainer.history import LAST_FILE, STATE_FILE, read_state
from trainer.runs import HISTORY_FILE, MODEL_FILE, RUN_FILE, SPLIT_FILE, Run


class Killed(BaseException):
    """Nothing of ours catches it."""


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return disc_folder(tmp_path_factory.mktemp("data"), 6)


@pytest.fixture(scope="module")
def whole(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    return fit(data, tmp_path_factory.mktemp("whole") / "run", small_fit(epochs=2))


def _losses(run: Path) -> list[str]:
    rows = (run / HISTORY_FILE).read_text().splitlines()[1:]
    return [",".join(row.split(",")[:3]) for row in rows]


@pytest.mark.parametrize("at", ["write_state", "settle"])
def test_an_epoch_is_done_whole_or_not_at_all(
    at: str, data: Path, whole: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out, config = tmp_path / "run", small_fit(epochs=2)
    done = getattr(training, at)

    def killed(folder: Path, what: Any) -> None:
        # Before the state of epoch 2 is written, or just after it.
        if (what == 2) if at == "settle" else (what.epoch == 2):
            raise Killed
        done(folder, what)

    with monkeypatch.context() as patch:
        patch.setattr(training, at, killed)
        with pytest.raises(Killed):
            fit(data, out, config)
    state = read_state(out)
    assert state is not None
    assert state.epoch == (1 if at == "write_state" else 2)
    with pytest.raises(TrainerError, match="already holds a run"):
        fit(data, out, config)
    run = fit(data, out, replace(config, model=whole.config.model), resume=True)
    # Trained twice from the weights of epoch 2, its loss would be another.
    assert _losses(run.path) == _losses(whole.path)
    assert run.metrics()["test"]["loss"] == pytest.approx(whole.metrics()["test"]["loss"], rel=1e-3)
    assert sorted(p.name for p in out.iterdir()) == sorted(p.name for p in whole.path.iterdir())


def test_what_was_stopped_in_its_first_epoch_is_begun_anew_by_the_same_words(
    data: Path, tmp_path: Path
) -> None:
    out = tmp_path / "run"
    out.mkdir()
    (out / SPLIT_FILE).write_text("file,label\n")
    (out / RUN_FILE).write_text("{}")
    (out / f".{Path(LAST_FILE).stem}-1.part.keras").write_bytes(b"half")
    run = fit(data, out, small_fit(epochs=1))
    assert run.metrics()["epochs"] == 1
    assert {p.name for p in out.iterdir()} >= {MODEL_FILE, LAST_FILE, STATE_FILE}
    assert not [p.name for p in out.iterdir() if p.name.startswith(".")]
