"""Which training pictures a bundle carries, for a person to hold a part against.

Of each class those that together lie nearest to all of it: k medoids, added one by one, each the
picture that brings the class's pictures nearer to one that is chosen by most. The first is the most
typical one of all; so even few of them show what the class looks like, and more of them show its
kinds. Farthest points, the other usual choice, are its outliers. Sources: Kaufman and Rousseeuw,
"Finding Groups in Data", 1990, chapter 2 (BUILD); by Nemhauser, Wolsey and Fisher, 1978, the greedy
choice gains 63 % of what the best one could, at least.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePosixPath

import numpy as np

from engines.bundle import ClassInfo
from engines.examples import ExampleSet, encode
from engines.novelty import Spread, logarithms
from engines.prediction import FloatArray
from trainer.config import TrainerError
from trainer.metrics import IntArray, RealArray
from trainer.split_pictures import SplitPictures

PER_CLASS = 24
LEAST_GAIN = 1e-6
"""Of the first one's sum of distances: what gains less is a copy."""
MOST_OF_A_CLASS = 2000
"""More pictures of one class are not looked at: the distances between all would fill the memory."""


def check_per_class(per_class: int) -> None:
    """Raises TrainerError for less than 0."""
    if per_class < 0:
        raise TrainerError(
            f"--examples is {per_class}; expected a number of pictures per class, or 0 for none."
        )


def example_set(
    pictures: SplitPictures,
    features: FloatArray,
    spread: Spread,
    classes: Sequence[ClassInfo],
    per_class: int = PER_CLASS,
) -> ExampleSet | None:
    """Choose from the training pictures; None for `per_class` 0.

    features: (N, C) of the pictures. spread: how far two of them are apart.
    """
    check_per_class(per_class)
    if per_class == 0:
        return None
    chosen: list[int] = []
    for label in range(len(classes)):
        members = np.flatnonzero(pictures.labels == label)[:MOST_OF_A_CLASS]
        distances = _between_all(features[members], spread)
        chosen += [int(members[i]) for i in medoids(distances, per_class)]
    return ExampleSet(
        names=tuple(PurePosixPath(pictures.files[i]).name for i in chosen),
        pictures=tuple(encode(pictures.shown[i]) for i in chosen),
        labels=np.asarray(pictures.labels[chosen], np.int64),
        features=np.asarray(features[chosen], np.float32),
    )


def medoids(distances: RealArray, count: int) -> IntArray:
    """At most `count` of N, the most typical first, from distances (N, N).

    Each is the one that lessens the sum of distances to the nearest chosen by most; of equals the
    first. Copies of what is chosen are not chosen again.
    """
    total = len(distances)
    nearest = np.full(total, np.inf)
    chosen: list[int] = []
    worth = 0.0
    while len(chosen) < min(count, total):
        sums = np.minimum(distances, nearest[None, :]).sum(axis=1)
        best = int(sums.argmin())
        if not chosen:
            worth = LEAST_GAIN * float(sums[best])
        elif float(nearest.sum() - sums[best]) <= worth:
            break
        chosen.append(best)
        nearest = np.minimum(nearest, distances[best])
    return np.array(chosen, np.int64)


def _between_all(features: FloatArray, spread: Spread) -> RealArray:
    """(N, N) distances between pictures, in the unit of novelty."""
    whitened = logarithms(features) @ spread.whitening.T.astype(np.float64)
    squares = (whitened**2).sum(axis=1)
    products = squares[:, None] + squares[None, :] - 2.0 * (whitened @ whitened.T)
    return np.asarray(np.sqrt(np.maximum(products, 0.0)) / spread.limit)
