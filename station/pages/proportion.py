"""A share counted in a sample, and how far it may lie from the process's own."""

from __future__ import annotations

import math
from dataclasses import dataclass

Z_95 = 1.959963984540054
"""97.5 % quantile of the standard normal distribution: both sides together leave 5 %."""


@dataclass(frozen=True, slots=True)
class Proportion:
    """`count` of `total`. Raises ValueError where that cannot be."""

    count: int
    total: int

    def __post_init__(self) -> None:
        if not 0 <= self.count <= self.total:
            raise ValueError(f"{self.count} of {self.total} is no share; give 0 <= count <= total.")

    @property
    def share(self) -> float | None:
        """In [0, 1]; None of nothing."""
        return self.count / self.total if self.total else None

    @property
    def interval(self) -> tuple[float, float] | None:
        """Wilson's 95 % score interval, in [0, 1]; None of nothing.

        Source: Wilson, "Probable inference, the law of succession, and statistical inference",
        J. Am. Stat. Assoc. 22 (1927), without a correction for continuity.
        """
        n = self.total
        if n == 0:
            return None
        p, zz = self.count / n, Z_95**2
        middle = (p + zz / (2 * n)) / (1 + zz / n)
        half = Z_95 / (1 + zz / n) * math.sqrt(p * (1 - p) / n + zz / (4 * n * n))
        # Exact at both ends, where rounding would leave 1e-17 of nothing.
        low = 0.0 if self.count == 0 else max(0.0, middle - half)
        high = 1.0 if self.count == n else min(1.0, middle + half)
        return low, high
