"""Does a peer answer as ours does? Asked before it is timed: else the bench compares nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from engines.backend import Precision
from engines.heat_correlation import correlations, empty
from engines.peers.peer import Said
from engines.prediction import FloatArray


@dataclass(frozen=True, slots=True)
class Limits:
    """What a contender may differ by and still be timed."""

    max_dp: float
    heatmap_median: float


LIMITS: dict[Precision, Limits] = {"fp32": Limits(1e-3, 0.99)}
COARSE = Limits(0.1, 0.8)
"""For the other precisions: two runtimes round differently. Whether such an engine may decide is
for its certificate to say, not for the bench."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """A contender's answers beside ours, over all pictures of the bench."""

    pictures: int
    max_dp: float
    """Largest difference of any probability; nan where an answer is not a number."""
    same_class: float
    """Share of pictures with the same most probable class."""
    heatmaps: int
    """Maps that were compared: those with heat in at least one of the two."""
    heatmap_median: float | None
    """Median correlation; None where there was no map to compare."""

    def refusal(self, precision: Precision) -> str | None:
        """Why it must not be timed beside ours; None where it may."""
        limits = LIMITS.get(precision, COARSE)
        if not self.max_dp <= limits.max_dp:
            return (
                f"its probabilities differ from ours by up to {self.max_dp:.2g}, at most "
                f"{limits.max_dp:g} is the same network"
            )
        if self.heatmap_median is not None and not self.heatmap_median >= limits.heatmap_median:
            return (
                f"its heatmaps correlate with ours by {self.heatmap_median:.3f}, at least "
                f"{limits.heatmap_median:g} is the same map"
            )
        return None


def compare(found: Sequence[Said], ours: Sequence[Said]) -> Agreement:
    """Batch by batch, in order."""
    p, q = (np.concatenate([said.probabilities for said in side]) for side in (found, ours))
    if p.shape != q.shape:
        return Agreement(len(q), float("nan"), 0.0, 0, None)
    scores: list[float] = []
    for a, b in zip(found, ours, strict=True):
        if a.heatmaps is not None and b.heatmaps is not None:
            scores += _scores(a.heatmaps, b.heatmaps)
    return Agreement(
        pictures=len(q),
        max_dp=float(np.abs(p.astype(np.float64) - q).max()),
        same_class=float((p.argmax(axis=1) == q.argmax(axis=1)).mean()),
        heatmaps=len(scores),
        heatmap_median=float(np.median(scores)) if scores else None,
    )


def _scores(found: FloatArray, ours: FloatArray) -> list[float]:
    """Correlation of each pair of maps with heat in one at least; 0 where shapes differ, or only
    the other has any."""
    if found.shape != ours.shape:
        return [0.0] * len(ours)
    scores = correlations(ours, found)
    scores[np.isnan(scores) & ~empty(found)] = 0.0
    return [float(score) for score in scores if not np.isnan(score)]
