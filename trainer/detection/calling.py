"""When a part is called defective: by the operating point's limits, or at a rate of false calls."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from engines.bundle import Thresholds
from trainer.config import TrainerError
from trainer.metrics import RealArray

HITS = {
    "review": "not passed (REVIEW or REJECT), so that a person sees it",
    "reject": "rejected by the network alone",
}
VERDICT_HITS = {
    "review": "not passed by the station (REVIEW, REJECT or ERROR), so that a person sees it",
    "reject": "rejected by the station without a person",
}


@dataclass(frozen=True, slots=True)
class Calling:
    """p >= threshold: the part is called defective."""

    name: str
    """A key of HITS, or `false-calls`."""
    threshold: float
    """On the defect probability."""
    asked: float | None = None
    """Share of good parts that may be called defective; None: not what was asked for."""
    count: int = 0
    """Good parts called defective among those that the threshold was chosen on."""
    of: int = 0

    @property
    def says(self) -> str:
        """What counts as found, in words."""
        if self.asked is None:
            return HITS[self.name]
        return (
            f"a defect probability of {self.threshold:.4g} or more: false calls on "
            f"{self.count} of {self.of} good parts that it was chosen on, {self.asked:.1%} asked"
        )

    def as_dict(self) -> dict[str, Any]:
        """JSON-able."""
        return {**asdict(self), "says": self.says}


def by_limits(name: str, thresholds: Thresholds) -> Calling:
    """Called from `pass_below` on (`review`), or from `reject_from` on (`reject`)."""
    if name not in HITS:
        raise TrainerError(f"--hit {name!r} is unknown; choose one of {', '.join(HITS)}.")
    limit = thresholds.pass_below if name == "review" else thresholds.reject_from
    return Calling(name, limit)


def by_verdict(name: str) -> dict[str, Any]:
    """Called by the station's own verdict, a key of HITS: as `Calling.as_dict`, no threshold."""
    if name not in VERDICT_HITS:
        raise TrainerError(f"--hit {name!r} is unknown; choose one of {', '.join(VERDICT_HITS)}.")
    return {"name": name, "threshold": None, "says": VERDICT_HITS[name]}


def at_false_calls(p_good: RealArray, share: float) -> Calling:
    """The lowest threshold that calls at most `share` of good parts defective.

    p_good: (N,) defect probabilities of good parts. Raises TrainerError where there are too few of
    them for the share to be met by any but none.
    """
    if not 0.0 < share < 1.0:
        raise TrainerError(f"--false-calls is {share}; expected a share such as 0.02.")
    allowed = int(np.floor(share * len(p_good) + 1e-9))
    if allowed < 1:
        raise TrainerError(
            f"{len(p_good)} good parts cannot show a rate of {share:.2%}; give at least "
            f"{int(np.ceil(1.0 / share))}, with --validation or a larger run."
        )
    high = np.sort(p_good)[::-1]
    if allowed >= len(high):
        return Calling("false-calls", 0.0, share, len(high), len(high))
    below, above = float(high[allowed]), float(high[allowed - 1])
    # Midway in log-odds would be finer near 1; what matters is that it lies between the two.
    threshold = 0.5 * (below + above)
    if not below < threshold:
        threshold = float(np.nextafter(below, 2.0))
    return Calling("false-calls", threshold, share, int((p_good >= threshold).sum()), len(p_good))
