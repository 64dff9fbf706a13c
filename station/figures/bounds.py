"""One-sided exact bounds on a rate from a count, without SciPy, which a bench does not have."""

from __future__ import annotations

import math

LEVEL = 0.95
"""How sure a bound is."""
MOST_STEPS = 500
TINY = 1e-300


def rate_upper(count: int, total: int, level: float = LEVEL) -> float:
    """The largest rate at which `count` or fewer of `total` are seen with probability 1 - level;
    1 where there is no sample. In [0, 1]. Raises ValueError for counts that cannot be.

    Source: Clopper and Pearson, "The use of confidence or fiducial limits illustrated in the case
    of the binomial", Biometrika 26 (1934), one side of it.
    """
    if not 0 <= count <= total:
        raise ValueError(f"{count} of {total} is no share; give 0 <= count <= total.")
    if count == total:
        return 1.0
    if count == 0:
        return -math.expm1(math.log1p(-level) / total)
    low, high = count / total, 1.0
    for _ in range(100):
        middle = 0.5 * (low + high)
        # P(X <= count | rate) = 1 - I_rate(count + 1, total - count).
        if 1.0 - _beta_share(middle, count + 1, total - count) > 1.0 - level:
            low = middle
        else:
            high = middle
        if high - low <= 1e-12 * high:
            break
    return high


def rate_lower(count: int, total: int, level: float = LEVEL) -> float:
    """The smallest rate at which `count` or more are seen with probability 1 - level; 0 where
    there is no sample."""
    return 1.0 - rate_upper(total - count, total, level) if total else 0.0


def sample_needed(rate: float, level: float = LEVEL) -> int:
    """So many without one found show that the rate is at most that: the least n with
    (1 - rate)^n <= 1 - level."""
    return math.ceil(math.log1p(-level) / math.log1p(-rate))


def _beta_share(x: float, a: float, b: float) -> float:
    """The regularised incomplete beta function I_x(a, b).

    Source: its continued fraction, DLMF 8.17.22, evaluated by Lentz's method as modified by
    Thompson and Barnett (J. Comput. Phys. 64, 1986); DLMF 8.17.4 for the other side of the mean.
    """
    if x <= 0.0 or x >= 1.0:
        return float(x >= 1.0)
    if x > (a + 1.0) / (a + b + 2.0):
        return 1.0 - _beta_share(1.0 - x, b, a)
    front = math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b)
    front += a * math.log(x) + b * math.log1p(-x)
    c, d = 1.0, 1.0 / _away(1.0 - (a + b) * x / (a + 1.0))
    value = d
    for m in range(1, MOST_STEPS):
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        change = 1.0
        for factor in (even, odd):
            d = 1.0 / _away(1.0 + factor * d)
            c = _away(1.0 + factor / c)
            change = c * d
            value *= change
        if abs(change - 1.0) < 1e-15:
            break
    return math.exp(front) * value / a


def _away(value: float) -> float:
    """Off zero, as Lentz's method wants it."""
    return value if abs(value) > TINY else TINY
