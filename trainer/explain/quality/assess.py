"""Every measure of every explanation, beside maps that know nothing: `explanations` of a run."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from engines.backend import OnProgress
from engines.prediction import FloatArray, ImageArray
from trainer.cells import Cell, CellBegun, CellDone, run_cells
from trainer.explain import EXPLAINERS
from trainer.explain.gallery import CAM, GRAD_CAM, LIME, Ways
from trainer.explain.layers import layer_name
from trainer.explain.lime import Superpixels, explain_one
from trainer.explain.quality.baselines import BASELINES
from trainer.explain.quality.energy import energy
from trainer.explain.quality.places import Places
from trainer.explain.quality.pointing import pointing
from trainer.explain.quality.randomisation import Stage, randomisation
from trainer.explain.quality.removal import removal
from trainer.explain.quality.stability import stability
from trainer.explain.quality.summary import mean_of, share_of
from trainer.explain.subjects import Subjects
from trainer.explain.superpixels import superpixels
from trainer.metrics import IntArray

LEVEL = 0.95
FEW = {GRAD_CAM: 16, CAM: 16, LIME: 4}
"""Pictures of the randomisation check, which explains each of them once per group of layers."""
SEEDS = 3
STABLE = 12
"""Pictures whose LIME is asked SEEDS times."""
ALIKE = 0.5
"""A map that keeps this rank correlation without any learned weight does not show the model."""
EXTRAS = ("randomisation", "stability")
"""What is asked of explanations besides their figures; pieces of their own."""
Explanation = Callable[[Any, ImageArray, IntArray], FloatArray]


@dataclass(frozen=True, slots=True)
class Kept:
    """Where what is finished is kept until all of it is."""

    folder: Path
    facts: dict[str, Any]
    """What the figures depend on besides pictures, classes and ways: the model's file."""


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """Pictures, what is explained of each, and where the defects of some are."""

    subjects: Subjects
    classes: IntArray
    places: Places | None


def assess_explanations(
    model: Any, sample: Sample, how: Ways, tell: OnProgress, kept: Kept
) -> dict[str, Any]:
    """The body of `explanations` in metrics.json.

    Localisation counts pictures with a known place whose class was predicted rightly: a map of a
    wrong class has no reason to lie in the defect. Each piece is computed once and kept, so that a
    killed measurement goes on.
    """
    subjects = sample.subjects
    pieces = _pieces(model, sample, how)
    tell("measuring explanations", 0, len(pieces))
    facts = kept.facts | {
        "how": asdict(how),
        "classes": sample.classes.tolist(),
        "pictures": _digest(subjects.images),
        "places": _digest(sample.places.truths) if sample.places is not None else "",
    }
    cells = [
        Cell(name, facts | {"piece": name}, lambda _folder, compute=compute: compute())  # type: ignore[misc]
        for name, compute in pieces.items()
    ]

    def show(event: CellBegun | CellDone) -> None:
        if isinstance(event, CellDone) or event.found:
            tell("measuring explanations", event.number, event.of)

    found = run_cells(kept.folder, cells, threading.Event(), show)
    rows = {name: dict(found[name]) for name in (*_explanations(model, how), *BASELINES)}
    for name, row in rows.items():
        row |= {kind: found[f"{name} {kind}"] for kind in EXTRAS if f"{name} {kind}" in found}
    return {
        "pictures": len(subjects),
        "wrong": int((subjects.predicted != subjects.labels).sum()),
        "level": LEVEL,
        "seed": how.seed,
        "lime_samples": how.samples,
        "places": _places(sample),
        "explained": {n: row for n, row in rows.items() if n not in BASELINES},
        "baselines": {n: rows[n] for n in BASELINES},
    }


def _pieces(model: Any, sample: Sample, how: Ways) -> dict[str, Callable[[], dict[str, Any]]]:
    """What is computed, by name, in order: figures of each explanation, then what else is asked of
    it."""
    images = sample.subjects.images

    def figures(maps: Callable[[], FloatArray]) -> Callable[[], dict[str, Any]]:
        return lambda: _figures(model, sample, maps())

    pieces: dict[str, Callable[[], dict[str, Any]]] = {}
    for name, explain in _explanations(model, how).items():
        pieces[name] = figures(partial(explain, model, images, sample.classes))
        pieces[f"{name} randomisation"] = partial(_randomised, model, sample, how, name, explain)
    for name, draw in BASELINES.items():
        pieces[name] = figures(partial(draw, images, how.seed))
    if LIME in how.methods:
        pieces[f"{LIME} stability"] = partial(_stability, model, sample, how)
    return pieces


def _randomised(
    model: Any, sample: Sample, how: Ways, name: str, explain: Explanation
) -> dict[str, Any]:
    few = _spread(len(sample.subjects), FEW[name.split()[0]])
    explained = _of_classes(explain, sample.classes[few])
    return _stages(list(randomisation(model, sample.subjects.images[few], explained, how.seed)))


def _digest(array: Any) -> str:
    return hashlib.sha256(np.ascontiguousarray(array).tobytes()).hexdigest()


def _explanations(model: Any, how: Ways) -> dict[str, Explanation]:
    """Name -> function(model, images, classes) -> maps."""
    found: dict[str, Explanation] = {}
    for method in how.methods:
        if method == LIME:
            found[method] = partial(_lime_maps, how)
        elif method == GRAD_CAM:
            for layer in how.layers:
                found[f"{method} {layer}"] = partial(_maps, method, layer_name(model, layer))
        else:
            found[method] = partial(_maps, method, None)
    return found


def _of_classes(explain: Explanation, classes: IntArray) -> Callable[[Any, ImageArray], FloatArray]:
    return lambda model, images: explain(model, images, classes)


def _maps(
    method: str, layer: str | None, model: Any, images: ImageArray, classes: IntArray
) -> FloatArray:
    return np.asarray(EXPLAINERS[method](model, images, layer, classes), np.float32)


def _lime_maps(how: Ways, model: Any, images: ImageArray, classes: IntArray) -> FloatArray:
    maps = []
    for image, label in zip(images, classes, strict=True):
        heat = _explain_one(how, model, image, how.seed).heat(int(label))
        maps.append(heat.clip(min=0) / max(float(heat.max()), 1e-12))
    return np.stack(maps)


def _explain_one(how: Ways, model: Any, image: ImageArray, seed: int) -> Superpixels:
    segments = superpixels(image, how.segmenter)
    return explain_one(model, image, samples=how.samples, seed=seed, segments=segments)


def _figures(model: Any, sample: Sample, maps: FloatArray) -> dict[str, Any]:
    walks = removal(model, sample.subjects.images, maps, sample.classes)
    figures = {
        "deletion": mean_of(walks.deletion_area, LEVEL),
        "insertion": mean_of(walks.insertion_area, LEVEL),
        "empty": int((maps.reshape(len(maps), -1).max(axis=1) <= 0).sum()),
    }
    rows, truths = _located(sample)
    if len(rows):
        figures["energy"] = mean_of(energy(maps[rows], truths), LEVEL)
        figures["pointing"] = share_of(pointing(maps[rows], truths), LEVEL)
    return figures


def _located(sample: Sample) -> tuple[IntArray, Any]:
    """Pictures with a known place and a right answer, and their truths."""
    if sample.places is None:
        return np.zeros(0, np.int64), None
    rows = np.array(sample.places.rows, np.int64)
    subjects = sample.subjects
    right = (subjects.predicted == subjects.labels)[rows] & (sample.classes == subjects.labels)[
        rows
    ]
    return rows[right], sample.places.truths[right]


def _places(sample: Sample) -> dict[str, Any] | None:
    rows, truths = _located(sample)
    if sample.places is None or len(rows) == 0:
        return None
    area = truths.mean(axis=(1, 2))
    return {"kind": sample.places.kind, "of": len(rows), "area": mean_of(area, LEVEL)}


def _spread(count: int, most: int) -> IntArray:
    """At most `most` of `count` indices, evenly."""
    return np.unique(np.linspace(0, count - 1, min(count, most)).round().astype(np.int64))


def _stages(stages: list[Stage]) -> dict[str, Any]:
    last = mean_of(stages[-1].spearman, LEVEL)
    return {
        "stages": [
            {
                "random_down_to": stage.group,
                "spearman": mean_of(stage.spearman, LEVEL),
                "ssim": mean_of(stage.ssim, LEVEL),
            }
            for stage in stages
        ],
        "depends_on_weights": last["interval"][1] < ALIKE,
    }


def _stability(model: Any, sample: Sample, how: Ways) -> dict[str, Any]:
    few = _spread(len(sample.subjects), STABLE)
    found = []
    for index in few:
        label, image = int(sample.classes[index]), sample.subjects.images[index]
        weights = [
            _explain_one(how, model, image, how.seed + seed).weights[:, label]
            for seed in range(SEEDS)
        ]
        found.append(stability(weights))
    return {
        "seeds": SEEDS,
        "jaccard": mean_of(np.array([f.jaccard for f in found]), LEVEL),
        "by_chance": float(np.mean([f.by_chance for f in found])),
        "spearman": mean_of(np.array([f.spearman for f in found]), LEVEL),
    }
