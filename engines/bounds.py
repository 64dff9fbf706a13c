"""Between which values a measure of a picture may lie, as a bundle carries it for each measure."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from engines.errors import BundleError

MEASURES = ("focus", "brightness", "contrast", "dark_share", "bright_share", "side_px")
"""What engines.quality measures; bounds for other names are refused."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """A closed range; None: no bound on that side. Raises BundleError where it is none."""

    low: float | None
    high: float | None

    def __post_init__(self) -> None:
        for side in (self.low, self.high):
            if side is not None and (isinstance(side, bool) or not math.isfinite(side)):
                raise BundleError(
                    "bounds are {low!r} to {high!r}; expected finite numbers or none. "
                    "Export the bundle again.",
                    low=self.low,
                    high=self.high,
                )
        if self.low is not None and self.high is not None and self.low > self.high:
            raise BundleError(
                "bounds are {low} to {high}; expected the lower one first. Export the "
                "bundle again.",
                low=self.low,
                high=self.high,
            )

    def hold(self, value: float) -> bool:
        """Whether a value lies within; one that is not a number never does."""
        above = self.low is None or value >= self.low
        return above and (self.high is None or value <= self.high) and not math.isnan(value)


def read_bounds(body: Mapping[str, Any]) -> dict[str, Bounds]:
    """Measure -> [low, high] as in bundle.json, checked. Raises BundleError."""
    unknown = sorted(set(body) - set(MEASURES))
    if unknown:
        raise BundleError(
            "the bundle bounds {unknown}; this version measures {measures}. Update the "
            "station, or export the bundle again.",
            unknown=", ".join(unknown),
            measures=", ".join(MEASURES),
        )
    return {name: Bounds(*sides) for name, sides in body.items()}


def write_bounds(bounds: Mapping[str, Bounds]) -> dict[str, list[float | None]]:
    """The same as bundle.json holds it."""
    return {name: [each.low, each.high] for name, each in bounds.items()}
