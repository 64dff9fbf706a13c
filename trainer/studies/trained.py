"""A cell that trains a network and measures it."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from engines.bundle import ClassInfo
from trainer.cells import Cell, Result, stopped
from trainer.config import DivergedError, FitConfig
from trainer.feeding.feature_cache import CacheRoom
from trainer.feeding.training_set import Originals, originals_of
from trainer.history import LAST_FILE, STATE_FILE, read_history, read_state, time_facts
from trainer.metrics import IntArray, classification_figures
from trainer.runs import HISTORY_FILE, MODEL_FILE
from trainer.studies.pictures import StudyPictures, class_losses
from trainer.studies.settings import StudySettings

Tell = Callable[[Any], None]


@dataclass(frozen=True, slots=True, eq=False)
class Bench:
    """What every study works with."""

    settings: StudySettings
    stop: threading.Event
    tell: Tell
    """Takes the events of a training."""


@dataclass(frozen=True, slots=True, eq=False)
class CellMaterial:
    """Pixels and labels of a cell, and who belongs where."""

    images: Any
    """(N, H, W, C) uint8."""
    labels: IntArray
    split: dict[str, IntArray]
    classes: tuple[ClassInfo, ...]
    digest: str
    """Stands for pixels and labels in the cell's key."""
    originals: Originals | None = None
    """Where the pixels are enhanced, what training varies instead."""


def material_of(pictures: StudyPictures, config: FitConfig) -> CellMaterial:
    """The pictures, split as the configuration says."""
    split = pictures.split(config)
    return CellMaterial(
        pictures.pixels.images,
        pictures.labels,
        split,
        pictures.classes,
        pictures.digest,
        originals_of(pictures.pixels, pictures.spec),
    )


def repeats(settings: StudySettings) -> list[tuple[int, FitConfig]]:
    """(number from 1, configuration with that repeat's seed): of split, weights, order, copies."""
    fit = settings.fit
    return [(r + 1, replace(fit, seed=fit.seed + r)) for r in range(settings.repeats)]


def training_cell(
    bench: Bench,
    name: str,
    config: FitConfig,
    material: Callable[[], CellMaterial],
    facts: dict[str, Any],
    cache: CacheRoom | None = None,
    keep: bool = False,
    may_diverge: bool = False,
) -> Cell:
    """A cell that trains by `config` and measures training, validation and test.

    facts: what else its result depends on: the pictures' digest, the source of the weights. keep:
    leave model.keras in the cell's folder. may_diverge: a loss that is no longer finite is a
    result, `{"diverged": why}`; else the study ends with it.
    """
    body = asdict(config)
    if "weights_from" in facts:
        # The path of weights says less than what they were made from.
        body["model"]["weights"] = facts["weights_from"]

    def run(folder: Path) -> Result:
        try:
            return _train_and_measure(bench, folder, config, material(), cache, keep)
        except DivergedError as error:
            _clear(folder, keep=False)
            if not may_diverge:
                raise DivergedError(f"{name}: {error}") from error
            return {"diverged": str(error)}

    return Cell(name, {"config": json.loads(json.dumps(body)), **facts}, run)


def _train_and_measure(
    bench: Bench,
    folder: Path,
    config: FitConfig,
    material: CellMaterial,
    cache: CacheRoom | None,
    keep: bool,
) -> Result:
    from trainer.feeding.training_set import TrainingSet
    from trainer.training import train

    config = replace(config, model=replace(config.model, classes=len(material.classes)))
    marks = tuple(c.defect for c in material.classes)
    split = material.split
    data = TrainingSet(
        material.images,
        material.labels,
        split["train"],
        split["validation"],
        marks,
        material.originals,
    )
    state = train(folder, config, data, read_state(folder), bench.stop, bench.tell, cache)
    if state is None or bench.stop.is_set():
        raise stopped(bench.settings.out)
    rows = read_history(folder / HISTORY_FILE)
    result: Result = {
        "epochs": state.epoch,
        "best_epoch": state.best_epoch,
        "time": time_facts(rows),
        "history": {
            "loss": [r.loss for r in rows],
            "val_loss": [r.val_loss for r in rows],
            "val_accuracy": [r.val_accuracy for r in rows],
        },
        "pictures": {name: len(indices) for name, indices in split.items()},
        "kept": _measure(folder / MODEL_FILE, material),
    }
    last = state.best_epoch == state.epoch
    result["last"] = result["kept"] if last else _measure(folder / LAST_FILE, material)
    _clear(folder, keep)
    return result


def _measure(path: Path, material: CellMaterial) -> dict[str, Any]:
    """Figures of training, validation and test, in float32."""
    from trainer.precision import as_float32
    from trainer.predictions import load_model, predict

    model = as_float32(load_model(path))
    names = tuple(c.name for c in material.classes)
    found: dict[str, Any] = {}
    for split, indices in material.split.items():
        p = predict(model, material.images, indices).astype(np.float64)
        labels = material.labels[indices]
        found[split] = classification_figures(p, labels, names)
        found[split]["class_losses"] = class_losses(p, labels, names)
        if split == "test":
            found[split]["predictions"] = p.round(6).tolist()
            found[split]["labels"] = labels.tolist()
            found[split]["indices"] = indices.tolist()
    return found


def _clear(folder: Path, keep: bool) -> None:
    """What only a training that goes on needs."""
    for name in (LAST_FILE, STATE_FILE, *(() if keep else (MODEL_FILE,))):
        (folder / name).unlink(missing_ok=True)


def figure(results: list[Result], weights: str, split: str, name: str) -> list[float]:
    """One figure of every repeat that did not diverge: weights `kept` or `last`."""
    return [float(r[weights][split][name]) for r in results if "diverged" not in r]
