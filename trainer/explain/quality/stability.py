"""Does LIME say the same twice? Its answers over seeds, on the same superpixels.

Jaccard's index of the strongest superpixels, as in Visani et al., "Statistical stability indices
for LIME", 2020 (variables stability), and Spearman's rank correlation of all weights.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from math import comb

import numpy as np

from trainer.metrics import RealArray

TOP = 5


@dataclass(frozen=True, slots=True)
class Stability:
    """Means over all pairs of seeds, for one picture."""

    jaccard: float
    """Of the TOP superpixels that speak most for the class: 1 is always the same ones."""
    by_chance: float
    """Jaccard of two random choices of as many."""
    spearman: float
    """Of all weights."""


def stability(weights: Sequence[RealArray], top: int = TOP) -> Stability:
    """From one class's weights (S,) under each of two seeds or more."""
    from scipy.stats import spearmanr

    count = len(weights[0])
    top = min(top, count)
    strongest = [set(np.argsort(-w, kind="stable")[:top].tolist()) for w in weights]
    pairs = list(combinations(range(len(weights)), 2))
    jaccard = [
        len(strongest[a] & strongest[b]) / len(strongest[a] | strongest[b]) for a, b in pairs
    ]
    ranks = [_or_zero(float(spearmanr(weights[a], weights[b]).statistic)) for a, b in pairs
             if np.ptp(weights[a]) > 0 and np.ptp(weights[b]) > 0]  # fmt: skip
    return Stability(
        float(np.mean(jaccard)), chance(count, top), float(np.mean(ranks)) if ranks else 0.0
    )


def chance(count: int, top: int) -> float:
    """Mean Jaccard's index of two random choices of `top` out of `count` (hypergeometric)."""
    total = comb(count, top)
    return sum(
        comb(top, both) * comb(count - top, top - both) / total * both / (2 * top - both)
        for both in range(top + 1)
    )


def _or_zero(value: float) -> float:
    return value if np.isfinite(value) else 0.0
