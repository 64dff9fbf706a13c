"""What the bundle keeps of the training pictures' features, so that a station knows the unknown.

Chosen by measurement on the demo network (128 features) with 500 fresh good parts, and with things
unknown: castings, steel, X-rays, skin, noise. The distance from the good classes alone caught all
of the unknown, at 0.2 % false alarms. From the nearest class of all it let more than half of the
castings through, for a class of defects spreads wide. Logarithms of the features caught more dimmed
and blurred parts than the features themselves. 200 training pictures did nearly as well as 3,500,
and the nearest neighbour, for which a bundle has to carry every picture, no better.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from engines.bundle import ClassInfo
from engines.novelty import Novelty, Spread, logarithms
from engines.prediction import FloatArray
from trainer.config import TrainerError
from trainer.metrics import IntArray, RealArray

MOST_PICTURES = 2000
"""Training pictures that it is fitted on."""
BEYOND = 0.001
"""Share of the validation pictures that may lie beyond the limit."""
HEADROOM = 1.05
"""The limit lies so far beyond the farthest of the rest: an engine's rounding must not turn the
very pictures that set it. What is unknown was 1.9 times as far, at least."""
LEAST_SPREAD = 0.05
"""Of the median feature's: a feature that hardly varies counts as varying by so much, or rounding
would be taken for news."""


def fit_novelty(
    training: FloatArray,
    training_labels: IntArray,
    validation: FloatArray,
    validation_labels: IntArray,
    classes: Sequence[ClassInfo],
) -> Novelty:
    """From features (N, C) and labels (N,) of training and validation pictures.

    Raises TrainerError where there are too few, or all have the same features.
    """
    good = [index for index, info in enumerate(classes) if not info.defect]
    every = list(range(len(classes)))
    return Novelty(
        _spread(training, training_labels, validation, validation_labels, good) if good else None,
        _spread(training, training_labels, validation, validation_labels, every),
    )


def _spread(
    training: FloatArray,
    training_labels: IntArray,
    validation: FloatArray,
    validation_labels: IntArray,
    classes: Sequence[int],
) -> Spread:
    """Of the pictures of some classes, each about the mean of its class."""
    fitted = np.isin(training_labels, classes)
    checked = validation[np.isin(validation_labels, classes)]
    if fitted.sum() < 2 or not len(checked):
        raise TrainerError(
            f"{int(fitted.sum())} training and {len(checked)} validation pictures cannot tell what "
            "is familiar; expected 2 and 1 of the good classes at least. Add pictures."
        )
    values, labels = logarithms(training[fitted]), training_labels[fitted]
    present = np.unique(labels)
    means = np.stack([values[labels == each].mean(axis=0) for each in present])
    residuals = values - means[np.searchsorted(present, labels)]
    whitening = _whitening(residuals).astype(np.float32)
    unlimited = Spread(means, whitening, 1.0, int(fitted.sum()), 0, 0)
    distances = np.sort(unlimited.distances(checked))
    limit = HEADROOM * float(distances[-1 - int(BEYOND * len(distances))])
    if not limit > 0.0:
        raise TrainerError(
            "all validation pictures have the very features of the training pictures' mean. Give "
            "pictures that differ."
        )
    beyond = int((distances > limit).sum())
    return Spread(means, whitening, limit, int(fitted.sum()), len(distances), beyond)


def _whitening(residuals: RealArray) -> RealArray:
    """(C, C) that turns residuals (N, C) into ones without correlation, of unit spread."""
    spread = residuals.std(axis=0)
    floor = LEAST_SPREAD * float(np.median(spread))
    if not floor > 0.0:
        raise TrainerError(
            "most features do not vary over the training pictures: the network is dead, or all "
            "pictures are alike. Train again."
        )
    scale = np.maximum(spread, floor)
    values, vectors = np.linalg.eigh(shrunk_covariance(residuals / scale))
    return np.asarray((vectors / np.sqrt(values)).T / scale)


def shrunk_covariance(residuals: RealArray) -> RealArray:
    """Covariance (C, C) of residuals (N, C) about 0, drawn towards a multiple of the identity.

    So much as makes it likeliest near the true one, however few the pictures. Source: Ledoit and
    Wolf, "A well-conditioned estimator for large-dimensional covariance matrices", 2004, section 3.
    """
    count, channels = residuals.shape
    sample = residuals.T @ residuals / count
    scale = float(np.trace(sample)) / channels
    identity = np.eye(channels)
    apart = float(((sample - scale * identity) ** 2).sum())
    squares = residuals**2
    noise = float((squares.T @ squares / count - sample**2).sum()) / count
    share = min(1.0, noise / apart) if apart > 0.0 else 1.0
    return np.asarray((1.0 - share) * sample + share * scale * identity)
