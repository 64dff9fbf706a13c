"""Two phases: a frozen base first, then more of it at a low rate; stopped anywhere and gone on."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from builders import disc_picture, small_fit

from trainer import training
from trainer.config import FitConfig, ModelConfig, TrainerError
from trainer.fit import fit
from trainer.history import EpochRow, State, read_history, read_state, write_history
from trainer.models import build_model
from trainer.phases import phase_of, second_phase_text
from trainer.predictions import load_model
from trainer.runs import HISTORY_FILE
from trainer.training import EpochDone, Step, TrainingSet, train

COUNT = 24


def discs() -> TrainingSet:
    bad = [i % 2 == 1 for i in range(COUNT)]
    images = np.stack([disc_picture(i, b, 32) for i, b in enumerate(bad)])
    order = np.arange(COUNT)
    return TrainingSet(
        images, np.array([0 if b else 1 for b in bad], np.int64), order[:16], order[16:],
        (True, False),
    )  # fmt: skip


def two_phases(**changes: object) -> FitConfig:
    model = ModelConfig(name="kecnn", size_px=32, freeze=2)
    config = small_fit(
        model=model, epochs=2, then_epochs=2, learning_rate=0.01, then_lr=0.004, warmup_epochs=0,
        schedule="constant", weight_decay=0.0, precision="float32",
    )  # fmt: skip
    return replace(config, **changes)  # type: ignore[arg-type]


def run_in(folder: Path, config: FitConfig, stop_at: int = 0) -> dict[int, list[np.ndarray]]:
    """Train from where `folder` is; the weights of block 1 and of block 2 after each epoch."""
    folder.mkdir(exist_ok=True)
    stop, weights = threading.Event(), {}

    def watch(event: Step | EpochDone | str) -> None:
        if isinstance(event, Step) and event.epoch == stop_at:
            stop.set()
        if isinstance(event, EpochDone):
            last = load_model(folder / "last.keras")
            weights[event.row.epoch] = [
                last.get_layer(f"block{b}_conv1").get_weights()[0] for b in (1, 2)
            ]

    train(folder, config, discs(), read_state(folder), stop, watch)
    return weights


def rows(folder: Path) -> list[EpochRow]:
    return read_history(folder / HISTORY_FILE)


def test_the_base_is_frozen_first_and_moves_then(tmp_path: Path) -> None:
    config = two_phases(then_freeze=1)
    weights = run_in(tmp_path, config)
    import keras

    keras.utils.set_random_seed(config.seed)
    fresh = build_model(config.model)
    for block in (0, 1):
        begun = fresh.get_layer(f"block{block + 1}_conv1").get_weights()[0]
        assert np.array_equal(weights[1][block], begun)
        assert np.array_equal(weights[2][block], begun)
    assert np.array_equal(weights[4][0], weights[2][0]), "block 1 stays frozen"
    assert np.abs(weights[3][1] - weights[2][1]).max() > 1e-6
    assert np.abs(weights[4][1] - weights[3][1]).max() > 1e-6
    history = rows(tmp_path)
    assert [r.phase for r in history] == [1, 1, 2, 2]
    assert [r.lr for r in history] == pytest.approx([0.01, 0.01, 0.004, 0.004])


@pytest.mark.parametrize("stop_at", [3, 4], ids=["at the border", "behind it"])
def test_stopped_in_the_second_phase_it_goes_on_as_if_it_had_not(
    tmp_path: Path, stop_at: int
) -> None:
    run_in(tmp_path / "whole", two_phases())
    run_in(tmp_path / "parts", two_phases(), stop_at=stop_at)
    assert [r.epoch for r in rows(tmp_path / "parts")] == list(range(1, stop_at))
    run_in(tmp_path / "parts", two_phases())
    found, expected = (
        np.array([[r.epoch, r.phase, r.loss, r.val_loss, r.lr] for r in rows(tmp_path / name)])
        for name in ("parts", "whole")
    )
    assert len(found) == 4
    assert found == pytest.approx(expected, rel=1e-3)


def test_killed_at_the_second_phases_beginning_it_goes_on_as_if_it_had_not_been(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its first weights lie beside those that it begins with, and must not be begun with."""
    run_in(tmp_path / "whole", two_phases(), stop_at=4)
    real = training.write_state

    def kill(folder: Path, state: State) -> None:
        if state.epoch == 3:
            raise KeyboardInterrupt
        real(folder, state)

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(training, "write_state", kill)
        run_in(tmp_path / "parts", two_phases())
    run_in(tmp_path / "parts", two_phases(), stop_at=4)
    found, expected = (
        np.array([[r.epoch, r.phase, r.loss, r.val_loss] for r in rows(tmp_path / name)])
        for name in ("parts", "whole")
    )
    assert found == pytest.approx(expected, rel=1e-3)
    assert list((tmp_path / "parts").glob(".*")) == []


def test_the_second_phase_has_a_schedule_of_its_own() -> None:
    config = two_phases(then_lr=0.0, then_freeze=1)
    assert phase_of(config, 2).learning_rate == 0.01
    second = phase_of(config, 3)
    assert (second.number, second.before, second.epochs, second.freeze) == (2, 2, 2, 1)
    assert second.learning_rate == pytest.approx(0.001)
    assert config.all_epochs == 4
    assert "from epoch 3 on, 2 epochs with blocks 1 to 1 still frozen" in second_phase_text(config)


def test_a_history_from_before_the_phases_is_read(tmp_path: Path) -> None:
    row = EpochRow(1, 0.5, 0.7, 0.6, 0.7, 0.7, 0.1, 0.2, 0.01, 3.0, 2)
    write_history(tmp_path / "new.csv", [row])
    assert read_history(tmp_path / "new.csv") == [row]
    # The phase, and the seconds of data and steps behind it, were not told.
    old = [line.rsplit(",", 3)[0] for line in (tmp_path / "new.csv").read_text().splitlines()]
    (tmp_path / "old.csv").write_text("\n".join(old) + "\n")
    assert read_history(tmp_path / "old.csv") == [replace(row, phase=1)]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"then_lr": 0.1}, "--then-epochs too"),
        ({"then_epochs": 3, "then_freeze": 2}, "--then-freeze is 2, --freeze 0"),
        ({"then_epochs": -1}, "none may be negative"),
    ],
)
def test_phases_that_make_no_sense_are_refused(changes: dict[str, object], words: str) -> None:
    with pytest.raises(TrainerError, match=words):
        FitConfig(**changes)  # type: ignore[arg-type]


def test_a_fit_in_two_phases_is_told_and_may_be_lengthened(tmp_path: Path, disc_data: Path) -> None:
    model = ModelConfig(name="kevgg", size_px=32, freeze=1)
    config = small_fit(model=model, epochs=1, then_epochs=1)
    run = fit(disc_data, tmp_path / "run", config)
    report = (run.path / "report.html").read_text()
    assert "2 of 2 epochs" in report
    assert "1 epochs with blocks 1 to 1 frozen, then, from epoch 2 on, 1 epochs" in report
    with pytest.raises(TrainerError, match="has begun its second phase after 1 epochs"):
        fit(disc_data, run.path, replace(run.config, epochs=2), resume=True)
    with pytest.raises(TrainerError, match="give --resume with more --then-epochs"):
        fit(disc_data, run.path, run.config, resume=True)
    longer = fit(disc_data, run.path, replace(run.config, then_epochs=2), resume=True)
    assert longer.metrics()["epochs"] == 3
    assert [r.phase for r in read_history(run.path / HISTORY_FILE)] == [1, 2, 2]
