"""Labels that a trained run doubts: confident learning in its simplest form.

Northcutt, Jiang and Chuang, "Confident learning: estimating uncertainty in dataset labels", JAIR
70, 2021: equations 1 (the confident joint) and 2 (a class's threshold is the mean probability that
its own pictures get), off-diagonal entries, ranked by margin.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from trainer.metrics import IntArray, RealArray


@dataclass(frozen=True, slots=True)
class Suspect:
    """A picture that is confidently of another class than its folder says."""

    index: int
    given: int
    """Class index, as is the next."""
    likely: int
    given_probability: float
    likely_probability: float


def find_suspects(probabilities: RealArray, labels: IntArray) -> list[Suspect]:
    """The most doubtful first; probabilities (N, K) must be out of sample, labels (N,)."""
    classes = probabilities.shape[1]
    limits = np.full(classes, np.inf)
    for k in np.unique(labels):
        limits[k] = probabilities[labels == k, k].mean()
    confident = np.where(probabilities >= limits, probabilities, -1.0)
    likely = confident.argmax(axis=1)
    doubted = np.flatnonzero((confident.max(axis=1) >= 0.0) & (likely != labels))
    found = [
        Suspect(
            int(i),
            int(labels[i]),
            int(likely[i]),
            float(probabilities[i, labels[i]]),
            float(probabilities[i, likely[i]]),
        )
        for i in doubted
    ]
    return sorted(found, key=lambda s: s.given_probability - s.likely_probability)
