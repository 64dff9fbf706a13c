"""What the epochs are fed with: pictures to the whole network, or kept features to what learns."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import Any

import numpy as np

from engines.prediction import FloatArray
from trainer.config import FitConfig, TrainerError
from trainer.feeding.augmentation import Augmentation, augmentation_of
from trainer.feeding.augmented_copies import filled_up
from trainer.feeding.batches import ahead, epoch_order, training_batches, turn_of, varied_input
from trainer.feeding.feature_cache import CacheRoom, Features, keep_features, storage_for, versions
from trainer.feeding.frozen import cut_after
from trainer.feeding.training_set import TrainingSet
from trainer.metrics import IntArray
from trainer.predictions import CHUNK, predict

Batches = Generator[tuple[Any, IntArray], None, None]


@dataclass(frozen=True, slots=True, eq=False)
class Feed:
    """Input of the epochs, and the model that takes it."""

    learner: Any
    """A Keras model with all that learns: the whole network, or what follows its frozen blocks."""
    batches: Callable[[int], Batches]
    """Of an epoch, from 1: (input, picture indices) per batch."""
    validate: Callable[[], FloatArray]
    """Probabilities (M, K) of the validation pictures."""


def pictures_of(config: FitConfig, data: TrainingSet, epoch: int) -> tuple[IntArray, IntArray]:
    """(M,) indices of the pictures of an epoch and (M,) which copy each is: as many every epoch."""
    turn = turn_of(epoch, config.copies)
    return filled_up(data.train, data.labels, config.per_class, config.seed, turn)


def feed_pictures(model: Any, config: FitConfig, data: TrainingSet) -> Feed:
    """Every picture goes through the whole network, every time."""
    augmentation = augmentation_of(config)

    def batches(epoch: int) -> Batches:
        pictures, copies = pictures_of(config, data, epoch)
        return training_batches(
            data.images,
            pictures,
            batch_size=config.batch_size,
            augment=augmentation,
            seed=config.seed,
            epoch=epoch,
            copies=copies,
            turn=turn_of(epoch, config.copies),
            originals=data.enhanced_from,
        )

    return Feed(model, batches, lambda: predict(model, data.images, data.validation))


def feed_features(
    model: Any,
    config: FitConfig,
    freeze: int,
    data: TrainingSet,
    room: CacheRoom,
    tell: Callable[[str], None],
    stop_event: threading.Event,
) -> Feed | None:
    """The answers of blocks 1..freeze are kept; only what follows is computed. None when stopped.

    The batches hold the same copies of the same pictures in the same order as `feed_pictures`.
    Raises TrainerError where nothing is frozen or the copies have no end.
    """
    turns = check_cached(config)
    prefix, rest = cut_after(model, freeze)
    features = _features(prefix, config, freeze, data, room, turns, tell, stop_event)
    if features is None:
        return None
    many = len(pictures_of(config, data, 1)[0])
    validation = turns * many + np.arange(len(data.validation))

    def batches(epoch: int) -> Batches:
        pictures, _copies = pictures_of(config, data, epoch)
        first = (turn_of(epoch, turns) - 1) * many

        def prepare(places: IntArray) -> tuple[Any, IntArray]:
            return features.take(first + places), pictures[places]

        return ahead(epoch_order(np.arange(many), config.batch_size, config.seed, epoch), prepare)

    def validate() -> FloatArray:
        parts = [validation[start : start + CHUNK] for start in range(0, len(validation), CHUNK)]
        answers = [np.asarray(rest.predict_on_batch(features.take(p)), np.float32) for p in parts]
        return np.concatenate(answers)

    return Feed(rest, batches, validate)


def check_cached(config: FitConfig) -> int:
    """How many copies of each picture a cache holds. Raises TrainerError where there is nothing to
    keep."""
    turns = 1 if augmentation_of(config).is_none else config.copies
    if config.model.freeze == 0:
        raise TrainerError(
            "--freeze is 0: --cache has no frozen part to compute once. Give --freeze, such as 3, "
            "or leave --cache out."
        )
    if turns == 0:
        raise TrainerError(
            "--cache keeps what the frozen blocks make of a fixed number of varied copies, and "
            "--copies is 0 (a new one every epoch). Give --copies, such as 5, or --augment none."
        )
    return turns


def _features(
    prefix: Any,
    config: FitConfig,
    freeze: int,
    data: TrainingSet,
    room: CacheRoom,
    turns: int,
    tell: Callable[[str], None],
    stop_event: threading.Event,
) -> Features | None:
    """Rows: the pictures of turn 1, of turn 2, ..., then the validation pictures as they are."""
    train, validation = data.train, data.validation
    policy = str(prefix.layers[-1].dtype_policy.name)
    augmentation = augmentation_of(config)
    shown = [pictures_of(config, data, turn) for turn in range(1, turns + 1)]
    many = len(shown[0][0])

    def picture(row: int) -> Any:
        turn, place = divmod(row, many)
        if turn >= turns:
            return data.images[validation[row - turns * many]]
        index, copy = (int(numbers[place]) for numbers in shown[turn])
        return varied_input(
            data.images, data.enhanced_from, augmentation, config.seed, turn + 1, index, copy
        )

    def source(start: int, end: int) -> Any:
        batch = np.stack([picture(row) for row in range(start, end)])
        return np.asarray(prefix.predict_on_batch(batch))

    facts = {
        "layers": hashlib.sha256(_layers(prefix).encode()).hexdigest(),
        "blocks": freeze,
        "weights": _digest(*(weight.numpy() for weight in prefix.weights)),
        "pictures": _digest(train, validation, *(data.images[i] for i in (*train, *validation))),
        "originals": _originals(data, augmentation),
        "labels": _digest(data.labels[train]) if config.per_class else "",
        "augment": str(augmentation),
        "seed": 0 if augmentation.is_none else config.seed,
        "copies": turns,
        "per_class": config.per_class,
        "policy": policy,
        "storage": storage_for(policy, room.half),
        "versions": versions(),
    }
    shape = (turns * many + len(validation), *prefix.output.shape[1:])
    return keep_features(room, facts, shape, source, tell, stop_event.is_set)


def _originals(data: TrainingSet, how: Augmentation) -> str:
    """What is varied in place of enhanced pictures: two that differ may be enhanced to one."""
    if data.enhanced_from is None or how.is_none:
        return ""
    return _digest(*(data.enhanced_from.pictures[i] for i in data.train))


def _layers(prefix: Any) -> str:
    layers = [(type(layer).__name__, layer.get_config()) for layer in prefix.layers]
    return json.dumps(layers, sort_keys=True, default=str)


def _digest(*arrays: Any) -> str:
    digest = hashlib.sha256()
    for array in arrays:
        digest.update(str(array.shape).encode())
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()
