"""Means and shares with their intervals, JSON-able."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from trainer.intervals import rate_interval
from trainer.metrics import RealArray

RESAMPLES = 2000


def mean_of(values: RealArray, level: float) -> dict[str, Any]:
    """Mean of (N,) over pictures, with a bootstrap interval (percentiles; Efron, 1979)."""
    rng = np.random.default_rng(0)
    drawn = rng.choice(values, (RESAMPLES, len(values))).mean(axis=1)
    tail = 50.0 * (1.0 - level)
    low, high = np.percentile(drawn, [tail, 100.0 - tail])
    return {"mean": float(values.mean()), "interval": [float(low), float(high)], "of": len(values)}


def share_of(hits: npt.NDArray[np.bool_], level: float) -> dict[str, Any]:
    """Share of True with its exact interval (Clopper and Pearson)."""
    count, total = int(hits.sum()), len(hits)
    return {
        "count": count,
        "of": total,
        "share": count / total,
        "interval": list(rate_interval(count, total, level)),
    }
