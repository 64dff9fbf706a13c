"""Type-1 study: one part laid down many times; repeatability and bias against a tolerance. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean, stdev

from station.distributions import f_tail
from station.errors import ConfigError

LEAST = 10
SHARE, ENOUGH = 0.2, 1.33
"""Of the tolerance a gauge may use; and the capability from which it is capable."""


@dataclass(frozen=True, slots=True)
class Type1:
    """What a type-1 study says."""

    count: int
    mean: float
    sd: float
    cg: float
    """SHARE of the tolerance over 6 standard deviations."""
    cgk: float | None
    """The same with the bias taken off; None where the true value is not known."""
    bias: float | None
    bias_p: float | None
    """Of no bias, by the t-test."""

    @property
    def capable(self) -> bool:
        """Whether the gauge is fit for the tolerance."""
        return min(self.cg, self.cg if self.cgk is None else self.cgk) >= ENOUGH


def type1(values: Sequence[float], tolerance: float, true_value: float | None = None) -> Type1:
    """tolerance: upper less lower limit. Raises ConfigError for too few values."""
    if len(values) < LEAST or not all(map(math.isfinite, values)):
        raise ConfigError(
            "a type-1 study needs at least {least} values that are numbers; there are "
            "{count}. Lay the part down more often.",
            least=LEAST,
            count=len(values),
        )
    if not (math.isfinite(tolerance) and tolerance > 0.0):
        raise ConfigError(
            "the tolerance is {tolerance}; expected a number above 0.", tolerance=tolerance
        )
    mean, sd = fmean(values), stdev(values)
    cg = SHARE * tolerance / (6.0 * sd) if sd else math.inf
    if true_value is None:
        return Type1(len(values), mean, sd, cg, None, None, None)
    bias = mean - true_value
    room = 0.5 * SHARE * tolerance - abs(bias)
    cgk = room / (3.0 * sd) if sd else math.copysign(math.inf, room)
    t_square = len(values) * (bias / sd) ** 2 if sd else (math.inf if bias else 0.0)
    return Type1(len(values), mean, sd, cg, cgk, bias, f_tail(t_square, 1, len(values) - 1))
