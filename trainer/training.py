"""The epochs: train, validate, keep the best weights, leave a place to go on from."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from trainer.checkpoint import save_best, save_last, settle
from trainer.config import DivergedError, FitConfig
from trainer.feeding.feature_cache import CacheRoom
from trainer.feeding.feeds import Feed, feed_features, feed_pictures, pictures_of
from trainer.feeding.training_set import TrainingSet
from trainer.history import (
    LAST_FILE,
    EpochRow,
    State,
    read_history,
    write_history,
    write_state,
)
from trainer.losses import balanced_weights, build_loss, labels_for
from trainer.metrics import RealArray, balanced_accuracy, confusion_matrix, log_loss
from trainer.models import build_model
from trainer.optimizers import build_optimizer, learning_rate
from trainer.phases import Phase, phase_of, second_phase_text
from trainer.precision import choose_precision, dtype_policy
from trainer.predictions import load_model
from trainer.runs import HISTORY_FILE, MODEL_FILE


@dataclass(frozen=True, slots=True)
class Step:
    """One batch done."""

    epoch: int
    epochs: int
    step: int
    steps: int
    loss: float
    """Mean over this epoch so far, as is the accuracy."""
    accuracy: float


@dataclass(frozen=True, slots=True)
class EpochDone:
    """One epoch done."""

    row: EpochRow
    epochs: int
    best: bool
    """The best so far: its weights were kept."""


Progress = Callable[[Step | EpochDone | str], None]
"""Told of steps and epochs, and in words of what takes its time between them."""


def train(
    folder: Path,
    config: FitConfig,
    data: TrainingSet,
    state: State | None,
    stop_event: threading.Event,
    on_progress: Progress,
    cache: CacheRoom | None = None,
    fresh: Any = None,
) -> State | None:
    """Train from `state` to config.all_epochs, or until told to stop; returns how far it came.

    Leaves model.keras (best), last.keras, state.json and history.csv after every epoch. A stop
    takes effect after the batch in hand; an epoch that was begun does not count. None: no epoch was
    finished. cache: the frozen blocks' features are kept there, and not computed again. Raises
    TrainerError when the loss is no longer finite. fresh: from `fresh_model`, where there is no
    state and it was built already.
    """
    if state is not None:
        settle(folder, state.epoch)
    model = _start(config, data, fresh) if state is None else _go_on(config, folder)
    feed: Feed | None = None
    done = state.epoch if state is not None else 0
    rows = [r for r in read_history(folder / HISTORY_FILE) if r.epoch <= done]
    for epoch in range(done + 1, config.all_epochs + 1):
        phase = phase_of(config, epoch)
        if phase.number > 1 and epoch == phase.before + 1:
            on_progress(f"second phase: {second_phase_text(config)}")
            _begin_again(model, config, folder, phase)
            feed = None
        began = time.monotonic()
        feed = feed or _feed(model, config, phase, data, cache, stop_event, on_progress)
        if feed is None:
            return state
        trained = _train_epoch(feed, config, data, epoch, stop_event, on_progress)
        if trained is None:
            return state
        row, best = _close_epoch(model, feed, folder, config, data, epoch, trained, state, began)
        rows.append(row)
        write_history(folder / HISTORY_FILE, rows)
        if best or state is None:
            state = State(epoch, epoch, row.rank)
        else:
            state = State(epoch, state.best_epoch, state.best_rank)
        write_state(folder, state)
        settle(folder, epoch)
        on_progress(EpochDone(row, config.all_epochs, best))
    return state


def _feed(
    model: Any,
    config: FitConfig,
    phase: Phase,
    data: TrainingSet,
    cache: CacheRoom | None,
    stop_event: threading.Event,
    on_progress: Progress,
) -> Feed | None:
    """What a phase's epochs are fed with; None when stopped before it was there."""
    if cache is None or (phase.number > 1 and phase.freeze == 0):
        return feed_pictures(model, config, data)
    feed = feed_features(model, config, phase.freeze, data, cache, on_progress, stop_event)
    if feed is not None:
        # One optimizer for both, so that what is saved with the whole network goes on later.
        feed.learner.compile(
            optimizer=model.optimizer,
            loss=build_loss(config),
            metrics=["accuracy"],
            jit_compile=False,
        )
    return feed


def fresh_model(config: FitConfig) -> Any:
    """The network before its first step, with its weights from elsewhere where it has any.

    Raises TrainerError for settings that do not go together: built before pictures are read, it
    refuses them at once.
    """
    import keras

    build_loss(config)
    build_optimizer(config)
    keras.utils.set_random_seed(config.seed)
    with dtype_policy(choose_precision(config.precision)):
        return build_model(config.model)


def _start(config: FitConfig, data: TrainingSet, fresh: Any) -> Any:
    from trainer.models.settling import settle_batch_norm

    model = fresh_model(config) if fresh is None else fresh
    settle_batch_norm(model, data.images, data.train)
    _compile(model, config)
    return model


def _begin_again(model: Any, config: FitConfig, folder: Path, phase: Phase) -> None:
    """The best weights so far, more of them to be trained, and an optimizer that knows nothing."""
    from trainer.models.freezing import freeze_blocks

    model.set_weights(load_model(folder / MODEL_FILE).get_weights())
    freeze_blocks(model, phase.freeze)
    _compile(model, config)


def _compile(model: Any, config: FitConfig) -> None:
    model.compile(
        optimizer=build_optimizer(config),
        loss=build_loss(config),
        metrics=["accuracy"],
        # On a CPU, XLA would bypass oneDNN and its bfloat16 convolutions.
        jit_compile=False,
    )
    model.optimizer.build(model.trainable_variables)


def _go_on(config: FitConfig, folder: Path) -> Any:
    """The model and its optimizer as they were after the last whole epoch."""
    import keras

    keras.utils.set_random_seed(config.seed)
    model = load_model(folder / LAST_FILE, compiled=True)
    kept = [variable.numpy() for variable in model.optimizer.variables]
    _compile(model, config)
    for variable, value in zip(model.optimizer.variables, kept, strict=True):
        variable.assign(value)
    return model


def _train_epoch(
    feed: Feed,
    config: FitConfig,
    data: TrainingSet,
    epoch: int,
    stop_event: threading.Event,
    on_progress: Progress,
) -> dict[str, float] | None:
    """Mean loss and accuracy of one epoch, its last learning rate, and seconds; None: stopped."""
    model = feed.learner
    pictures, _copies = pictures_of(config, data, epoch)
    weights = np.ones(config.model.classes, np.float32)
    if config.class_weights == "balanced":
        weights = balanced_weights(data.labels[pictures], config.model.classes)
    steps = -(-len(pictures) // min(config.batch_size, len(pictures)))
    _seed_dropout(model, config.seed, epoch)
    phase = phase_of(config, epoch)
    loss = accuracy = rate = waited = 0.0
    began = asked = time.monotonic()
    for step, (images, chosen) in enumerate(feed.batches(epoch)):
        waited += time.monotonic() - asked
        if stop_event.is_set():
            return None
        rate = learning_rate(
            config.schedule,
            phase.learning_rate,
            (epoch - 1 - phase.before) * steps + step,
            phase.epochs * steps,
            config.warmup_epochs * steps,
        )
        model.optimizer.learning_rate = rate
        labels = data.labels[chosen]
        answer = model.train_on_batch(
            images,
            labels_for(config, labels),
            sample_weight=weights[labels],
            return_dict=True,
        )
        if not np.isfinite(answer["loss"]):
            raise _diverged(f"the loss is {answer['loss']}", epoch, phase, f", step {step + 1}")
        # Keras answers for this batch alone; all batches of an epoch have the same length.
        loss += (float(answer["loss"]) - loss) / (step + 1)
        accuracy += (float(answer["accuracy"]) - accuracy) / (step + 1)
        on_progress(Step(epoch, config.all_epochs, step + 1, steps, loss, accuracy))
        asked = time.monotonic()
    return {
        "loss": loss,
        "accuracy": accuracy,
        "lr": rate,
        "data_seconds": waited,
        "step_seconds": asked - began - waited,
    }


def _diverged(what: str, epoch: int, phase: Phase, step: str = "") -> DivergedError:
    return DivergedError(
        f"{what} at epoch {epoch}{step}: training has diverged. Lower {phase.rate_option} (now "
        f"{phase.learning_rate:g}) or give --clip-norm 1."
    )


def _seed_dropout(model: Any, seed: int, epoch: int) -> None:
    """Set every dropout's generator from (seed, epoch): Keras does not save where it was."""
    layers = [layer for layer in model.layers if hasattr(layer, "seed_generator")]
    for index, layer in enumerate(layers):
        state = layer.seed_generator.state
        rng = np.random.default_rng((seed, epoch, index))
        state.assign(rng.integers(0, 2**31, state.shape).astype(state.dtype))


def _close_epoch(
    model: Any,
    feed: Feed,
    folder: Path,
    config: FitConfig,
    data: TrainingSet,
    epoch: int,
    trained: dict[str, float],
    state: State | None,
    began: float,
) -> tuple[EpochRow, bool]:
    """Validate, save the weights if they are the best, and those to go on from."""
    raw = [variable.numpy() for variable in model.trainable_variables] if config.ema > 0 else []
    if config.ema > 0:
        model.optimizer.finalize_variable_values(model.trainable_variables)
    probabilities, phase = feed.validate().astype(np.float64), phase_of(config, epoch)
    if not np.isfinite(probabilities).all():
        raise _diverged("what the network answers on validation is no number", epoch, phase)
    figures = trained | _validate(probabilities, data)
    seconds = time.monotonic() - began
    row = EpochRow(epoch=epoch, seconds=seconds, phase=phase.number, **figures)
    best = state is None or row.rank > state.best_rank
    if best:
        save_best(model, folder, epoch)
    for variable, value in zip(model.trainable_variables, raw, strict=False):
        variable.assign(value)
    save_last(model, folder, epoch)
    return row, best


def _validate(p: RealArray, data: TrainingSet) -> dict[str, float]:
    labels = data.labels[data.validation]
    predicted = p.argmax(axis=1).astype(np.int64)
    marks = np.array(data.defect)
    flagged, is_defect = p[:, marks].sum(axis=1) >= 0.5, marks[labels]
    confusion = confusion_matrix(predicted, labels, p.shape[1])
    return {
        "val_loss": log_loss(p, labels),
        "val_accuracy": float((predicted == labels).mean()),
        "val_balanced_accuracy": balanced_accuracy(confusion),
        "escapes": float((~flagged)[is_defect].mean()),
        "overkill": float(flagged[~is_defect].mean()) if (~is_defect).any() else 0.0,
    }
