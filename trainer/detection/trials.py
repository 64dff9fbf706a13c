"""Defects of known size, each found or missed: what a POD curve is fitted to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from trainer.config import TrainerError
from trainer.metrics import BoolArray, RealArray


@dataclass(frozen=True, slots=True, eq=False)
class Trials:
    """N defects, sorted by size. Made by `trials_of`."""

    sizes_mm: RealArray
    """(N,) above 0, ascending."""
    hits: BoolArray
    """(N,) True: found."""

    def __len__(self) -> int:
        return len(self.sizes_mm)

    @property
    def found(self) -> RealArray:
        """Sizes in mm of the defects that were found, ascending."""
        return self.sizes_mm[self.hits]

    @property
    def missed(self) -> RealArray:
        """Sizes in mm of the defects that were missed, ascending."""
        return self.sizes_mm[~self.hits]


def trials_of(sizes_mm: Sequence[float] | RealArray, hits: Sequence[bool] | BoolArray) -> Trials:
    """Trials from sizes in mm (N,) and whether each was found (N,). Raises TrainerError."""
    sizes, found = np.asarray(sizes_mm, np.float64), np.asarray(hits, np.bool_)
    if sizes.ndim != 1 or sizes.shape != found.shape:
        raise TrainerError(f"{sizes.shape} sizes and {found.shape} hits; expected one each.")
    if not (np.isfinite(sizes) & (sizes > 0)).all():
        raise TrainerError("a defect has no size above 0 mm; a POD curve needs the size of each.")
    order = np.argsort(sizes, kind="stable")
    return Trials(sizes[order], found[order])
