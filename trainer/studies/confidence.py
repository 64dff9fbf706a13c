"""Means over repeats, with Student's interval (Student, Biometrika 1908)."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

LEVEL = 0.95


@dataclass(frozen=True, slots=True)
class Mean:
    """A mean over repeats. Made by `mean_of`."""

    value: float
    half: float | None
    """Half the interval's length; None of a single repeat, which shows no spread."""
    count: int

    def text(self, scale: float = 100.0, digits: int = 1) -> str:
        """For a table: `97.3 ± 1.2`, in percent unless scaled otherwise."""
        value = f"{scale * self.value:.{digits}f}"
        return value if self.half is None else f"{value} ± {scale * self.half:.{digits}f}"


def mean_of(values: Sequence[float], level: float = LEVEL) -> Mean:
    """Mean of n repeats and t(n - 1, (1 + level) / 2) s / sqrt(n), s their standard deviation.

    The repeats share pictures, so the interval is somewhat too short as one for new data (Nadeau
    and Bengio, Machine Learning 2003); between two settings of the same repeats take `paired`.
    """
    value = statistics.fmean(values)
    if len(values) < 2:
        return Mean(value, None, len(values))
    from scipy.stats import t

    quantile = float(t.ppf(0.5 + level / 2.0, len(values) - 1))
    half = quantile * statistics.stdev(values) / math.sqrt(len(values))
    return Mean(value, half, len(values))


def paired(values: Sequence[float], others: Sequence[float], level: float = LEVEL) -> Mean:
    """Mean and interval of the differences, repeat by repeat: values minus others."""
    return mean_of([a - b for a, b in zip(values, others, strict=True)], level)
