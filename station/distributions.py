"""F, t and chi-square: tails and quantiles, from the incomplete beta and gamma functions.

Continued fractions by the modified Lentz method (Thompson and Barnett 1986); the fractions are
DLMF 8.17.22 (beta) and 8.9.2 (gamma), the gamma's series 8.11.4. Checked against another program's
to 1e-10 in the tests.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import count

TINY, ENOUGH, MOST = 1e-300, 1e-15, 10_000


def _lentz(first: float, terms: Iterator[tuple[float, float]]) -> float:
    """first + a1 / (b1 + a2 / (b2 + ...)) for terms (a, b)."""
    value = front = first or TINY
    back = 0.0
    for _, (a, b) in zip(range(MOST), terms, strict=False):
        back = 1.0 / ((b + a * back) or TINY)
        front = (b + a / front) or TINY
        change = front * back
        value *= change
        if abs(change - 1.0) < ENOUGH:
            break
    return value


def beta_share(a: float, b: float, x: float) -> float:
    """The regularized incomplete beta function I_x(a, b); a, b > 0, x in [0, 1]."""
    if not (a > 0.0 and b > 0.0 and 0.0 <= x <= 1.0):
        raise ValueError(f"I_x(a, b) of a {a}, b {b}, x {x}; expected a, b > 0 and x in [0, 1].")
    if x in (0.0, 1.0):
        return x
    if x > (a + 1.0) / (a + b + 2.0):
        return 1.0 - beta_share(b, a, 1.0 - x)

    def terms() -> Iterator[tuple[float, float]]:
        for m in count():
            if m:
                yield m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)), 1.0
            yield -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)), 1.0

    log_front = a * math.log(x) + b * math.log1p(-x)
    log_front += math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b)
    return math.exp(log_front) / (a * _lentz(1.0, terms()))


def f_tail(value: float, df_above: float, df_below: float) -> float:
    """Probability that an F with these degrees of freedom exceeds a value >= 0."""
    if math.isinf(value):
        return 0.0
    return beta_share(
        0.5 * df_below, 0.5 * df_above, df_below / (df_below + df_above * max(0.0, value))
    )


def t_quantile(probability: float, df: float) -> float:
    """The value below which Student's t lies with that probability, in [0.5, 1)."""
    if not (0.5 <= probability < 1.0 and df > 0.0):
        raise ValueError(f"t quantile of {probability} at {df}; expected [0.5, 1) and df > 0.")
    tail, high = 2.0 * (1.0 - probability), 1.0
    while f_tail(high * high, 1.0, df) > tail:
        high *= 2.0
    low = 0.0
    for _ in range(200):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if f_tail(middle**2, 1.0, df) > tail else (low, middle)
    return 0.5 * (low + high)


def normal_tail(value: float) -> float:
    """Probability that a standard normal variable exceeds a value."""
    return 0.5 * math.erfc(value / math.sqrt(2.0))


def chi_square_tail(value: float, df: float) -> float:
    """Probability that a chi-square with `df` degrees of freedom exceeds a value."""
    a, x = 0.5 * df, 0.5 * value
    if x <= 0.0:
        return 1.0
    log_front = a * math.log(x) - x - math.lgamma(a)
    if x < a + 1.0:
        total = term = 1.0 / a
        for n in range(1, MOST):
            term *= x / (a + n)
            total += term
            if term < total * ENOUGH:
                break
        return 1.0 - total * math.exp(log_front)

    def terms() -> Iterator[tuple[float, float]]:
        for n in count(1):
            yield n * (a - n), x + 2 * n + 1 - a

    return math.exp(log_front) / _lentz(x + 1.0 - a, terms())


def chi_square_quantile(probability: float, df: float) -> float:
    """The value below which a chi-square lies with that probability, in (0, 1)."""
    if not (0.0 < probability < 1.0 and df > 0.0):
        raise ValueError(f"chi-square quantile of {probability} at {df}; expected (0, 1), df > 0.")
    low, high = 0.0, 1.0
    while 1.0 - chi_square_tail(high, df) < probability:
        high *= 2.0
    for _ in range(200):
        middle = 0.5 * (low + high)
        below = 1.0 - chi_square_tail(middle, df) < probability
        low, high = (middle, high) if below else (low, middle)
    return 0.5 * (low + high)
