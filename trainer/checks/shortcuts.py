"""Can the class be told from something that is no part: size, way of storing, light, border?

A tiny classifier is asked, on pictures it was not trained on. Where it does well, so may a network,
for the same wrong reason.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from trainer.checks.facts import Facts, rows
from trainer.metrics import IntArray, RealArray

ASPECTS = {
    "size": Facts.extent,
    "format": Facts.storing,
    "brightness": Facts.light,
    "border": Facts.border,
}
FOLDS = 5
DEPTH = 4
LEVEL = 0.95
DRAWS = 20_000
BEYOND_CHANCE = 0.10
"""A shortcut is told where the interval's lower end lies so far above chance."""


@dataclass(frozen=True, slots=True)
class Shortcut:
    """How well one aspect alone tells the class."""

    aspect: str
    balanced_accuracy: float
    """Out of fold, 0 to 1."""
    low: float
    high: float
    chance: float
    recalls: tuple[float, ...]
    """Per class."""

    @property
    def warns(self) -> bool:
        """Whether it tells clearly more than chance."""
        return self.low > self.chance + BEYOND_CHANCE


def find_shortcuts(
    facts: Sequence[Facts], labels: IntArray, groups: IntArray, seed: int = 0
) -> list[Shortcut]:
    """Every aspect's figure; none where a class has fewer than FOLDS independent groups.

    labels, groups: (N,); pictures of a group are never on both sides of a fold. A decision tree of
    DEPTH, classes weighed alike, in FOLDS stratified folds. The interval of the balanced accuracy:
    each class's recall drawn from its Jeffreys posterior, Beta(hits + 1/2, misses + 1/2), and
    averaged; at LEVEL over all aspects together (Bonferroni).
    """
    names = np.unique(labels)
    if len(names) < 2 or any(len(np.unique(groups[labels == k])) < FOLDS for k in names):
        return []
    return [
        _measure(aspect, rows(facts, of), labels, groups, seed) for aspect, of in ASPECTS.items()
    ]


def _measure(
    aspect: str, values: RealArray, labels: IntArray, groups: IntArray, seed: int
) -> Shortcut:
    predicted = _out_of_fold(values, labels, groups, seed)
    names = np.unique(labels)
    totals = np.array([(labels == k).sum() for k in names])
    hits = np.array([(predicted[labels == k] == k).sum() for k in names])
    rng = np.random.default_rng(seed)
    drawn = rng.beta(hits + 0.5, totals - hits + 0.5, (DRAWS, len(names))).mean(axis=1)
    tail = (1.0 - LEVEL) / len(ASPECTS) / 2.0
    low, high = np.quantile(drawn, (tail, 1.0 - tail))
    recalls = hits / totals
    mean = float(recalls.mean())
    recall = tuple(float(r) for r in recalls)
    # The posterior's interval may miss a share at its very end by half a picture.
    return Shortcut(
        aspect, mean, min(float(low), mean), max(float(high), mean), 1.0 / len(names), recall
    )


def _out_of_fold(values: RealArray, labels: IntArray, groups: IntArray, seed: int) -> IntArray:
    from sklearn.model_selection import StratifiedGroupKFold
    from sklearn.tree import DecisionTreeClassifier

    predicted = np.full(len(labels), -1, np.int64)
    folds = StratifiedGroupKFold(FOLDS, shuffle=True, random_state=seed)
    for train, held in folds.split(values, labels, groups):
        tree = DecisionTreeClassifier(
            max_depth=DEPTH,
            min_samples_leaf=max(3, len(train) // 200),
            class_weight="balanced",
            random_state=seed,
        )
        predicted[held] = tree.fit(values[train], labels[train]).predict(values[held])
    return predicted
