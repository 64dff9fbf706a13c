"""Which validation pictures make the golden set, and what the trained network says about them.

A bench replays the set and compares. Half of each class are the pictures nearest to a threshold,
where a small error of an engine first turns a verdict; the other half is drawn at random, so that
rates over the whole validation set can be estimated: each drawn picture stands for several.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from engines.bundle import ClassInfo, InputSpec, Thresholds
from engines.golden import Golden, decode, encode
from engines.novelty import Novelty
from engines.preprocess import graph_input
from trainer.config import TrainerError
from trainer.explain.defect_map import defect_maps
from trainer.explain.grad_cam import class_maps, normalised
from trainer.metrics import IntArray, RealArray
from trainer.parity import pooled_features, softmax
from trainer.split_pictures import SplitPictures

PER_CLASS = 32
MAP_BATCH = 2


def check_per_class(per_class: int) -> None:
    """Raises TrainerError for fewer than 2."""
    if per_class < 2:
        raise TrainerError(f"--golden is {per_class}; expected at least 2 pictures per class.")


def choose(
    defect_probability: RealArray,
    labels: IntArray,
    thresholds: Thresholds,
    per_class: int,
    seed: int,
) -> tuple[IntArray, RealArray]:
    """Which of N pictures to take, in order, and how many pictures each one stands for.

    defect_probability, labels: (N,). A class of `per_class` pictures or fewer is taken whole. The
    weights sum to N. Raises TrainerError for fewer than 2 per class.
    """
    check_per_class(per_class)
    limits = np.array([thresholds.pass_below, thresholds.reject_from])
    distance = np.abs(np.asarray(defect_probability)[:, None] - limits).min(axis=1)
    rng = np.random.default_rng(seed)
    weights = np.zeros(len(labels))
    for label in np.unique(labels):
        members = np.flatnonzero(labels == label)
        if len(members) <= per_class:
            weights[members] = 1.0
            continue
        members = members[np.argsort(distance[members], kind="stable")]
        near, rest = members[: per_class // 2], members[per_class // 2 :]
        drawn = rng.choice(rest, per_class - len(near), replace=False)
        weights[near] = 1.0
        weights[drawn] = len(rest) / len(drawn)
    chosen = np.flatnonzero(weights)
    return chosen, weights[chosen]


def golden_set(
    model: Any,
    layer: str,
    pictures: SplitPictures,
    spec: InputSpec,
    defect_probability: RealArray,
    classes: Sequence[ClassInfo],
    novelty: Novelty,
    temperature: float,
    thresholds: Thresholds,
    per_class: int = PER_CLASS,
    seed: int = 0,
) -> Golden:
    """Choose from the validation pictures, and answer for them by Keras and GradientTape.

    model: in float32. layer: the last convolution. spec: of the graph. defect_probability: (N,) of
    the pictures, by which they are chosen. The answers are those to the picture as the set holds
    it, after its compression.
    """
    chosen, weights = choose(defect_probability, pictures.labels, thresholds, per_class, seed)
    files = tuple(encode(pictures.shown[i]) for i in chosen)
    seen = np.stack([graph_input(decode(file), spec) for file in files])
    maps = class_maps(model, seen, layer, batch_size=MAP_BATCH)
    defect = defect_maps(model, seen, classes, temperature, layer, batch_size=MAP_BATCH)
    return Golden(
        names=tuple(pictures.files[i] for i in chosen),
        pictures=files,
        labels=pictures.labels[chosen],
        weights=weights,
        probabilities=softmax(maps.logits, temperature).astype(np.float32),
        heatmaps=normalised(maps.signed),
        defect_heatmaps=normalised(defect.signed),
        novelty=novelty.distances(pooled_features(model, seen)),
    )
