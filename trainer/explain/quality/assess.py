"""Every measure of every explanation, beside maps that know nothing: `explanations` of a run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from engines.prediction import FloatArray, ImageArray
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
OnCount = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """Pictures, what is explained of each, and where the defects of some are."""

    subjects: Subjects
    classes: IntArray
    places: Places | None


def assess_explanations(model: Any, sample: Sample, how: Ways, tell: OnCount) -> dict[str, Any]:
    """The body of `explanations` in metrics.json.

    Localisation counts pictures with a known place whose class was predicted rightly: a map of a
    wrong class has no reason to lie in the defect.
    """
    subjects, images = sample.subjects, sample.subjects.images
    explained = _explanations(model, how)
    steps = len(explained) * 2 + len(BASELINES) + (LIME in how.methods)
    done = 0

    def step() -> None:
        nonlocal done
        done += 1
        tell("measuring explanations", done, steps)

    tell("measuring explanations", 0, steps)
    rows: dict[str, Any] = {}
    for name, explain in explained.items():
        rows[name] = _figures(model, sample, explain(model, images, sample.classes))
        step()
        few = _spread(len(subjects), FEW[name.split()[0]])
        chosen = sample.classes[few]
        stages = randomisation(model, images[few], _of_classes(explain, chosen), how.seed)
        rows[name]["randomisation"] = _stages(list(stages))
        step()
    for name, draw in BASELINES.items():
        rows[name] = _figures(model, sample, draw(images, how.seed))
        step()
    if LIME in how.methods:
        rows[LIME]["stability"] = _stability(model, sample, how)
        step()
    return {
        "pictures": len(subjects),
        "wrong": int((subjects.predicted != subjects.labels).sum()),
        "level": LEVEL,
        "seed": how.seed,
        "lime_samples": how.samples,
        "places": _places(sample),
        "explained": {n: rows[n] for n in explained},
        "baselines": {n: rows[n] for n in BASELINES},
    }


Explanation = Callable[[Any, ImageArray, IntArray], FloatArray]


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
