"""The epochs: it learns, it stops where it is told, and goes on as if it never had."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
import pytest
from builders import disc_picture, small_fit

from trainer.config import FitConfig, ModelConfig, TrainerError
from trainer.history import EpochRow, State, read_history, read_state, write_state
from trainer.metrics import log_loss
from trainer.predictions import load_model, predict
from trainer.runs import HISTORY_FILE, MODEL_FILE
from trainer.training import EpochDone, Step, TrainingSet, train

COUNT = 48


def _discs(defective_every: int = 2, size_px: int = 32) -> TrainingSet:
    marks = [i % defective_every == 1 for i in range(COUNT)]
    images = np.stack([disc_picture(i, bad, size_px) for i, bad in enumerate(marks)])
    order = np.arange(COUNT)
    labels = np.array([0 if bad else 1 for bad in marks], np.int64)
    return TrainingSet(images, labels, order[:32], order[32:], (True, False))


def _config(**changes: object) -> FitConfig:
    model = ModelConfig(size_px=32, width=0.125, dropout=0.5)
    return replace(small_fit(model=model, epochs=4), **changes)  # type: ignore[arg-type]


def _train(
    folder: Path, config: FitConfig, data: TrainingSet | None = None, stop_at: int = 0
) -> State | None:
    """Train from where `folder` is; stop_at: raise the flag in the first step of that epoch."""
    folder.mkdir(exist_ok=True)
    stop = threading.Event()

    def watch(event: Step | EpochDone | str) -> None:
        if isinstance(event, Step) and event.epoch == stop_at:
            stop.set()

    return train(folder, config, data or _discs(), read_state(folder), stop, watch)


def _rows(folder: Path) -> list[EpochRow]:
    return read_history(folder / HISTORY_FILE)


def _numbers(rows: list[EpochRow]) -> np.ndarray:  # type: ignore[type-arg]
    return np.array([[r.epoch, r.loss, r.val_loss, r.val_accuracy, r.lr] for r in rows])


def test_a_stopped_run_goes_on_as_if_it_had_not_been_stopped(tmp_path: Path) -> None:
    whole = _train(tmp_path / "whole", _config())
    stopped = _train(tmp_path / "parts", _config(), stop_at=3)
    assert stopped is not None
    assert stopped.epoch == 2
    assert [r.epoch for r in _rows(tmp_path / "parts")] == [1, 2]
    assert _train(tmp_path / "parts", _config()) == whole
    # Order, augmentation, dropout, momentum and rate all come back: the same numbers.
    assert _numbers(_rows(tmp_path / "parts")) == pytest.approx(
        _numbers(_rows(tmp_path / "whole")), rel=1e-3
    )


def test_the_kept_weights_are_those_of_the_best_epoch(tmp_path: Path) -> None:
    data = _discs()
    state = _train(tmp_path, _config(epochs=5, learning_rate=0.05), data)
    rows = _rows(tmp_path)
    best = max(rows, key=lambda r: r.rank)
    assert state is not None
    assert state.best_epoch == best.epoch
    answers = predict(load_model(tmp_path / MODEL_FILE), data.images, data.validation)
    right = (answers.argmax(axis=1) == data.labels[data.validation]).mean()
    assert right == pytest.approx(best.val_accuracy)
    loss = log_loss(answers.astype(np.float64), data.labels[data.validation])
    assert loss == pytest.approx(best.val_loss, rel=1e-3)


def test_a_worse_epoch_does_not_replace_the_kept_weights(tmp_path: Path) -> None:
    _train(tmp_path, _config(epochs=1))
    kept = (tmp_path / MODEL_FILE).read_bytes()
    unbeatable = State(epoch=1, best_epoch=1, best_rank=(2.0, 0.0))
    write_state(tmp_path, unbeatable)
    assert _train(tmp_path, _config(epochs=2)) == replace(unbeatable, epoch=2)
    assert (tmp_path / MODEL_FILE).read_bytes() == kept


def test_stopping_before_the_first_epoch_ends_leaves_nothing(tmp_path: Path) -> None:
    assert _train(tmp_path, _config(), stop_at=1) is None
    assert list(tmp_path.iterdir()) == []


def test_both_cross_entropies_train_alike(tmp_path: Path) -> None:
    for name in ("categorical_crossentropy", "sparse_categorical_crossentropy"):
        _train(tmp_path / name, _config(epochs=1, loss=name))
    one, other = (_numbers(_rows(folder)) for folder in sorted(tmp_path.iterdir()))
    assert one == pytest.approx(other, rel=1e-3)


def test_the_moving_average_is_validated_and_leaves_the_training_alone(tmp_path: Path) -> None:
    _train(tmp_path / "plain", _config(epochs=2))
    _train(tmp_path / "averaged", _config(epochs=2, ema=0.9))
    plain, averaged = _rows(tmp_path / "plain"), _rows(tmp_path / "averaged")
    assert [r.loss for r in averaged] == pytest.approx([r.loss for r in plain], rel=1e-3)
    assert abs(averaged[0].val_loss - plain[0].val_loss) > 1e-3
    _train(tmp_path / "parts", _config(epochs=2, ema=0.9), stop_at=2)
    _train(tmp_path / "parts", _config(epochs=2, ema=0.9))
    parts = _rows(tmp_path / "parts")
    assert _numbers(parts) == pytest.approx(_numbers(averaged), rel=1e-3)


def test_balanced_weights_change_what_an_unbalanced_set_teaches(tmp_path: Path) -> None:
    data = _discs(defective_every=6)
    _train(tmp_path / "none", _config(epochs=1), data)
    _train(tmp_path / "balanced", _config(epochs=1, class_weights="balanced"), data)
    none, balanced = _rows(tmp_path / "none")[0], _rows(tmp_path / "balanced")[0]
    assert abs(none.loss - balanced.loss) > 0.01


def test_a_diverging_loss_ends_the_run_and_says_what_to_do(tmp_path: Path) -> None:
    # Decay this strong multiplies every kernel by -98 a step, until float32 overflows.
    config = _config(learning_rate=99.0, weight_decay=1.0, warmup_epochs=0.0, epochs=20)
    with pytest.raises(TrainerError, match=r"diverged\. Lower --lr \(now 99\)"):
        _train(tmp_path, config)


def test_mixed_precision_learns_too(tmp_path: Path) -> None:
    model = ModelConfig(size_px=64, width=0.125, dropout=0.0)
    config = _config(model=model, precision="mixed_bfloat16", epochs=14)
    _train(tmp_path, config, _discs(size_px=64))
    model = load_model(tmp_path / MODEL_FILE)
    assert model.get_layer("block1_conv1").compute_dtype == "bfloat16"
    assert max(r.val_balanced_accuracy for r in _rows(tmp_path)) == 1.0
    assert keras.config.dtype_policy().name == "float32"


def test_a_network_that_answers_no_numbers_has_diverged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The loss of the last step was still a number; what the step made of the weights is none.
    def no_numbers(_model: object, _images: object, rows: np.ndarray) -> np.ndarray:  # type: ignore[type-arg]
        return np.full((len(rows), 2), np.nan, np.float32)

    monkeypatch.setattr("trainer.feeding.feeds.predict", no_numbers)
    with pytest.raises(TrainerError, match=r"validation is no number at epoch 1: .* diverged"):
        _train(tmp_path, _config(epochs=1))
    assert list(tmp_path.iterdir()) == []
