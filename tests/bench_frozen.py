"""How long frozen blocks take: `trainer fit --cache` beside plain Keras `model.fit` in float32.

    PYTHONPATH=.:tests python tests/bench_frozen.py DATA [--size 224 --epochs 20 --copies 4 ...]

Both train the same network from the same weights on the same copies of the same pictures in the
same order, by the same optimizer at the same rate, and validate after every epoch. Plain is what
Keras gives: its own batch normalisation, and with --fused ours, the same function by a faster
kernel. Ours counts everything from nothing: computing the cache, and saving after every epoch,
which the other does not do. Prints seconds of the clock and of the processor (which other programs
disturb less), their ratios, accuracy, and the time spent waiting for data. Accuracy: on the test
pictures by the last weights, and on the validation pictures, mean of the last five epochs (a rate
that stays constant lets it swing from one epoch to the next).
"""

# ruff: noqa: T201

from __future__ import annotations

import argparse
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])  # type: ignore[union-attr]
    parser.add_argument("data", type=Path)
    parser.add_argument("--size", type=int, default=224)
    parser.add_argument("--width", type=float, default=0.25)
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--plain-epochs", type=int, default=0, help="of model.fit; 0: as many")
    parser.add_argument("--copies", type=int, default=4)
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--freeze", type=int, default=3)
    parser.add_argument("--most", type=int, default=0, help="pictures of each class; 0: all")
    parser.add_argument("--weights", default="none")
    parser.add_argument("--rate", type=float, default=0.005)
    parser.add_argument("--fused", action="store_true", help="batch norm of plain as ours")
    arguments = parser.parse_args()
    from trainer.backend import import_keras

    import_keras()
    from trainer.config import FitConfig, ModelConfig
    from trainer.feeding.training_set import TrainingSet
    from trainer.studies.pictures import read_study_pictures

    model = ModelConfig(
        size_px=arguments.size,
        width=arguments.width,
        freeze=arguments.freeze,
        weights=arguments.weights,
    )
    config = FitConfig(
        model=model,
        epochs=arguments.epochs,
        copies=arguments.copies,
        batch_size=arguments.batch,
        learning_rate=arguments.rate,
        schedule="constant",
        warmup_epochs=0.0,
    )
    pictures = read_study_pictures(arguments.data, config, arguments.most)
    config = replace(config, model=replace(model, classes=len(pictures.classes)))
    split = pictures.split(config)
    marks = tuple(c.defect for c in pictures.classes)
    data = TrainingSet(
        pictures.pixels.images, pictures.labels, split["train"], split["validation"], marks
    )
    counts = " / ".join(str(len(split[name])) for name in ("train", "validation", "test"))
    print(
        f"{arguments.data.name}: {counts} pictures, {arguments.size} px, {arguments.epochs} epochs"
    )
    ours = _ours(config, data, split["test"])
    plain_epochs = arguments.plain_epochs or arguments.epochs
    plain = _plain(replace(config, epochs=plain_epochs), data, split["test"], arguments.fused)
    note = "" if plain_epochs == arguments.epochs else f" (from {plain_epochs} epochs)"
    wall, processor = (
        _whole(column, arguments.epochs) for column in zip(*plain["epochs"], strict=True)
    )
    print(
        f"plain model.fit, float32: {wall:.1f} s, processor {processor:.1f} s{note}, accuracy "
        f"{plain['accuracy']:.4f}, validation {plain['validation']:.4f}"
    )
    print(
        f"trainer fit --cache: {ours['seconds']:.1f} s, processor {ours['processor']:.1f} s, of "
        f"these {ours['cache']:.1f} s for its cache of {ours['bytes'] / 1e9:.2f} GB, accuracy "
        f"{ours['accuracy']:.4f}, validation {ours['validation']:.4f}"
    )
    print(f"ratio {wall / ours['seconds']:.2f}, processor {processor / ours['processor']:.2f}")
    for name in ("cached", "uncached"):
        told = ours[name]
        print(
            f"{name}: {told['step_seconds']:.2f} s in steps, {told['data_seconds']:.2f} s waiting "
            f"for data ({told['waiting_share']:.1%}) of {told['seconds']:.2f} s"
        )


def _whole(seconds: Sequence[float], epochs: int) -> float:
    """Of so many epochs. The first holds building and tracing, which more would not repeat."""
    others = seconds[1:] or seconds
    return sum(seconds) + (epochs - len(seconds)) * sum(others) / len(others)


def _ours(config: Any, data: Any, test: Any) -> dict[str, Any]:
    """Train with the cache, then two epochs without it for its time in data."""
    from trainer.feeding.feature_cache import CacheRoom, list_caches
    from trainer.history import LAST_FILE, read_history, time_facts
    from trainer.predictions import load_model
    from trainer.runs import HISTORY_FILE
    from trainer.training import train

    with tempfile.TemporaryDirectory(prefix="bench-frozen") as name:
        folder = Path(name)
        room = CacheRoom(folder / "cache")
        first = [0.0]

        def tell(event: Any) -> None:
            if not isinstance(event, str) and not first[0]:
                first[0] = time.monotonic()

        began, busy = time.monotonic(), time.process_time()
        train(folder, config, data, None, threading.Event(), tell, room)
        seconds, processor = time.monotonic() - began, time.process_time() - busy
        rows = read_history(folder / HISTORY_FILE)
        plain = folder / "plain"
        plain.mkdir()
        short = replace(config, epochs=2)
        train(plain, short, data, None, threading.Event(), lambda _event: None)
        return {
            "seconds": seconds,
            "processor": processor,
            "cache": first[0] - began,
            "bytes": sum(each["bytes"] for each in list_caches(room.folder)),
            "accuracy": _accuracy(load_model(folder / LAST_FILE), data, test),
            "validation": float(np.mean([row.val_accuracy for row in rows[-5:]])),
            "cached": time_facts(rows),
            "uncached": time_facts(read_history(plain / HISTORY_FILE)),
        }


def _plain(config: Any, data: Any, test: Any, fused: bool) -> dict[str, Any]:
    """Keras's own loop over the same copies, in float32; seconds of clock and processor."""
    import keras

    from trainer.losses import build_loss
    from trainer.models import build_model
    from trainer.optimizers import build_optimizer

    keras.utils.set_random_seed(config.seed)
    times = [(time.monotonic(), time.process_time())]
    model = build_model(config.model)
    if not fused:
        model = _with_keras_norm(model)
    model.compile(
        optimizer=build_optimizer(config),
        loss=build_loss(config),
        metrics=["accuracy"],
        jit_compile=False,
    )
    found = model.fit(
        _copies(config, data),
        validation_data=(data.images[data.validation], data.labels[data.validation]),
        epochs=config.epochs,
        verbose=0,
        callbacks=[
            keras.callbacks.LambdaCallback(
                on_epoch_end=lambda *_: times.append((time.monotonic(), time.process_time()))
            )
        ],
    )
    return {
        "epochs": np.diff(times, axis=0).tolist(),
        "accuracy": _accuracy(model, data, test),
        "validation": float(np.mean(found.history["val_accuracy"][-5:])),
    }


def _with_keras_norm(model: Any) -> Any:
    """A copy with the same weights whose batch normalisation is Keras's own."""
    import keras

    from trainer.models.batch_norm import FusedBatchNormalization

    def plainly(layer: Any) -> Any:
        fused = isinstance(layer, FusedBatchNormalization)
        kind = keras.layers.BatchNormalization if fused else type(layer)
        return kind.from_config(layer.get_config())

    copy = keras.models.clone_model(model, clone_function=plainly)
    copy.set_weights(model.get_weights())
    return copy


def _copies(config: Any, data: Any) -> Any:
    """The same batches as `trainer fit --copies` makes, as Keras takes them."""
    import keras

    from trainer.feeding.augment import augment_picture
    from trainer.feeding.augmentation import augmentation_of
    from trainer.feeding.batches import epoch_order, turn_of

    how = augmentation_of(config)

    class Copies(keras.utils.PyDataset):  # type: ignore[misc]
        """One epoch after another."""

        def __init__(self) -> None:
            super().__init__(workers=1)
            self.epoch = 1
            self.order = epoch_order(data.train, config.batch_size, config.seed, 1)

        def __len__(self) -> int:
            return len(self.order)

        def __getitem__(self, index: int) -> Any:
            turn, chosen = turn_of(self.epoch, config.copies), self.order[index]
            pictures = [
                augment_picture(data.images[i], how, config.seed, turn, int(i)) for i in chosen
            ]
            return np.stack(pictures), data.labels[chosen]

        def on_epoch_end(self) -> None:
            self.epoch += 1
            self.order = epoch_order(data.train, config.batch_size, config.seed, self.epoch)

    return Copies()


def _accuracy(model: Any, data: Any, indices: Any) -> float:
    from trainer.precision import as_float32
    from trainer.predictions import predict

    answers = predict(as_float32(model), data.images, indices)
    return float((answers.argmax(axis=1) == data.labels[indices]).mean())


if __name__ == "__main__":
    main()
