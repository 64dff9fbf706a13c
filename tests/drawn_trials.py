"""Defects of known size, found as a known curve says."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from trainer.detection.trials import Trials


def drawn(link: str, intercept: float, slope: float, count: int, seed: int) -> Trials:
    """Defects of 0.25 to 6 mm, log-uniform, found as the curve says."""
    from trainer.detection.links import LINKS
    from trainer.detection.trials import trials_of

    rng = np.random.default_rng(seed)
    sizes = np.exp(rng.uniform(np.log(0.25), np.log(6.0), count))
    form = LINKS[link]
    return trials_of(
        sizes, rng.random(count) < form.probability(intercept + slope * form.axis(sizes))
    )
