"""The POD curve that a bundle carries: how large a defect must be for its network to find it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Pod:
    """Fitted by `trainer pod` and kept in metrics.pod; read by `pod_of`.

    Raises ValueError where the numbers cannot be a curve.
    """

    sizes_mm: tuple[float, ...]
    """Ascending, above 0."""
    pod: tuple[float, ...]
    """Probability of detection at each size, in [0, 1]."""
    low: tuple[float, ...]
    """Lower bound at each size, one-sided at `level`."""
    high: tuple[float, ...]
    a50_mm: float | None
    """Found in half of the cases; None: the data do not show it."""
    a90_mm: float | None
    a90_bound_mm: float | None
    """Found in nine of ten cases, at `level`: a90/95 where that is 0.95."""
    level: float
    found_means: str
    """`review`, `reject` or `false-calls`: what the trainer counted as found."""
    defects: int
    false_calls: float | None
    """Share of good parts called defective by the same measure."""

    def __post_init__(self) -> None:
        counts = {len(each) for each in (self.sizes_mm, self.pod, self.low, self.high)}
        shares = (*self.pod, *self.low, *self.high)
        rising = all(a < b for a, b in zip(self.sizes_mm, self.sizes_mm[1:], strict=False))
        if len(counts) != 1 or len(self.sizes_mm) < 2 or not rising or self.sizes_mm[0] <= 0:
            raise ValueError(f"{counts} sizes from {self.sizes_mm[:1]}")
        if not all(0.0 <= share <= 1.0 for share in shares) or not 0.5 < self.level < 1.0:
            raise ValueError("a probability of detection outside 0 to 1")


def pod_of(metrics: Mapping[str, Any]) -> Pod | None:
    """The curve over all kinds in a bundle's metrics; None where there is none to be read."""
    try:
        body = metrics["pod"]
        row, curve = body["all"], body["all"]["curve"]
        return Pod(
            sizes_mm=_numbers(curve["size_mm"]),
            pod=_numbers(curve["pod"]),
            low=_numbers(curve["low"]),
            high=_numbers(curve["high"]),
            a50_mm=_size(row["a50_mm"]),
            a90_mm=_size(row["a90_mm"]),
            a90_bound_mm=_size(row["a90_95_mm"]),
            level=float(body["confidence_level"]),
            found_means=str(body["hit"]["name"]),
            defects=int(row["defects"]),
            false_calls=_size(body["false_calls"]["share"]),
        )
    except (KeyError, TypeError, ValueError):
        return None


def _numbers(values: Sequence[Any]) -> tuple[float, ...]:
    found = tuple(float(value) for value in values)
    if not all(map(math.isfinite, found)):
        raise ValueError("a number that is not finite")
    return found


def _size(value: Any) -> float | None:
    return None if value is None else _numbers((value,))[0]
