"""With kept features an epoch learns what it would learn from the pictures."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from builders import disc_picture, random_model, small_fit

from trainer.config import FitConfig, ModelConfig, TrainerError
from trainer.feeding.feature_cache import CacheRoom, list_caches
from trainer.feeding.feeds import Feed, feed_features, feed_pictures
from trainer.feeding.frozen import cut_after
from trainer.feeding.training_set import TrainingSet
from trainer.history import read_history, read_state
from trainer.precision import dtype_policy
from trainer.predictions import load_model
from trainer.runs import HISTORY_FILE
from trainer.training import EpochDone, Step, train

COUNT = 40


def _discs() -> TrainingSet:
    images = np.stack([disc_picture(i, i % 2 == 1, 32) for i in range(COUNT)])
    labels = np.arange(COUNT) % 2
    order = np.random.default_rng(3).permutation(COUNT)
    return TrainingSet(images, labels, order[:28], order[28:], (False, True))


def _config(**changes: object) -> FitConfig:
    model = ModelConfig(size_px=32, width=0.125, dropout=0.5, freeze=3)
    settings = {"model": model, "epochs": 4, "copies": 2, "learning_rate": 0.01, **changes}
    return replace(small_fit(), **settings)  # type: ignore[arg-type]


def _feeds(tmp_path: Path, config: FitConfig, policy: str) -> tuple[Feed, Feed, object]:
    with dtype_policy(policy):
        model = random_model(config.model)
    data, room = _discs(), CacheRoom(tmp_path)
    kept = feed_features(model, config, 3, data, room, lambda _text: None, threading.Event())
    assert kept is not None
    return feed_pictures(model, config, data), kept, model


@pytest.mark.parametrize(("policy", "rounding"), [("float32", 1e-6), ("mixed_bfloat16", 1e-6)])
def test_kept_features_are_those_of_the_same_copies_in_the_same_order(
    tmp_path: Path, policy: str, rounding: float
) -> None:
    plain, kept, model = _feeds(tmp_path, _config(), policy)
    prefix, _rest = cut_after(model, 3)
    seen = []
    for epoch in (1, 2, 3):
        for (images, chosen), (maps, same) in zip(
            plain.batches(epoch), kept.batches(epoch), strict=True
        ):
            assert (chosen == same).all()
            expected = np.asarray(prefix.predict_on_batch(images), np.float32)
            scale = np.abs(expected).max()
            assert np.abs(np.asarray(maps, np.float32) - expected).max() <= rounding * scale
            seen.append(images.sum())
    assert len(set(seen[:8])) == 8  # epochs 1 and 2 see other copies, epoch 3 those of epoch 1
    assert kept.validate() == pytest.approx(plain.validate(), abs=2e-3)


def _train(folder: Path, config: FitConfig, room: CacheRoom | None, stop_at: int = 0) -> None:
    folder.mkdir(exist_ok=True)
    stop = threading.Event()

    def watch(event: Step | EpochDone | str) -> None:
        if isinstance(event, Step) and event.epoch == stop_at:
            stop.set()

    train(folder, config, _discs(), read_state(folder), stop, watch, room)


def _numbers(folder: Path) -> np.ndarray:  # type: ignore[type-arg]
    rows = read_history(folder / HISTORY_FILE)
    return np.array([[r.epoch, r.loss, r.val_loss, r.val_accuracy, r.lr] for r in rows])


@pytest.mark.parametrize(
    ("changes", "near"),
    [
        ({}, 1e-5),
        ({"precision": "mixed_bfloat16", "copies": 1, "per_class": 16}, 1e-3),
    ],
)
def test_a_training_on_kept_features_is_the_plain_training(
    tmp_path: Path, changes: dict[str, object], near: float
) -> None:
    config = _config(epochs=2, **changes)
    _train(tmp_path / "plain", config, None)
    _train(tmp_path / "kept", config, CacheRoom(tmp_path / "cache"))
    assert _numbers(tmp_path / "kept") == pytest.approx(_numbers(tmp_path / "plain"), rel=near)
    plain, kept = (load_model(tmp_path / f / "last.keras").get_weights() for f in ("plain", "kept"))
    for one, other in zip(kept, plain, strict=True):
        assert one == pytest.approx(other, abs=near)


def test_a_stopped_training_goes_on_from_the_same_cache(tmp_path: Path) -> None:
    room, config = CacheRoom(tmp_path / "cache"), _config(epochs=2)
    _train(tmp_path / "whole", config, room)
    _train(tmp_path / "parts", config, room, stop_at=2)
    assert len(_numbers(tmp_path / "parts")) == 1
    _train(tmp_path / "parts", config, room)
    assert len(list_caches(room.folder)) == 1
    assert _numbers(tmp_path / "parts") == pytest.approx(_numbers(tmp_path / "whole"), rel=1e-3)


def test_what_cannot_be_kept_is_refused(tmp_path: Path) -> None:
    room = CacheRoom(tmp_path / "cache")
    with pytest.raises(TrainerError, match="--copies is 0"):
        _train(tmp_path / "endless", _config(copies=0), room)
    free = replace(_config().model, freeze=0)
    with pytest.raises(TrainerError, match="no frozen part to compute once"):
        _train(tmp_path / "free", _config(model=free), room)
    model = random_model(replace(free, freeze=2))
    with pytest.raises(TrainerError, match=r"block3_conv1.* do not answer alike every time"):
        cut_after(model, 3)


def test_time_in_data_and_time_in_steps_are_told(tmp_path: Path) -> None:
    _train(tmp_path / "run", _config(epochs=1), None)
    for row in read_history(tmp_path / "run" / HISTORY_FILE):
        assert 0.0 < row.data_seconds < row.seconds
        assert 0.0 < row.step_seconds < row.seconds
        assert row.data_seconds + row.step_seconds <= row.seconds
