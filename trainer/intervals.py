"""Exact bounds on a rate from a count (Clopper and Pearson, Biometrika 1934)."""

from __future__ import annotations

import math
from typing import Any


def rate_upper(count: int, total: int, level: float) -> float:
    """One-sided upper bound on the rate behind `count` of `total`; 1 where there is no sample."""
    if count >= total:
        return 1.0
    from scipy.stats import beta

    return float(beta.ppf(level, count + 1, total - count))


def rate_interval(count: int, total: int, level: float) -> tuple[float, float]:
    """Two-sided interval at `level`; (0, 1) where there is no sample."""
    if total == 0:
        return 0.0, 1.0
    tail = 1.0 - (1.0 - level) / 2.0
    return 1.0 - rate_upper(total - count, total, tail), rate_upper(count, total, tail)


def rate_of(count: int, of: int, level: float) -> dict[str, Any]:
    """A rate, null without a sample, its two-sided interval and one-sided bound. JSON-able."""
    return {
        "count": count,
        "of": of,
        "share": count / of if of else None,
        "interval": list(rate_interval(count, of, level)),
        "upper": rate_upper(count, of, level),
    }


def most_allowed(total: int, budget: float, level: float) -> int | None:
    """The largest count whose upper bound keeps within `budget`; None where not even 0 does."""
    if rate_upper(0, total, level) > budget:
        return None
    low, high = 0, total
    while high - low > 1:
        middle = (low + high) // 2
        if rate_upper(middle, total, level) <= budget:
            low = middle
        else:
            high = middle
    return low


def sample_needed(budget: float, level: float) -> int:
    """Cases without a miss that show the budget: the least n with (1 - budget)^n <= 1 - level."""
    return math.ceil(math.log(1.0 - level) / math.log1p(-budget))
