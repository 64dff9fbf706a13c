"""From defects found and missed to the figures of a POD study: all of them, and by kind."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from engines.backend import OnProgress
from trainer.config import TrainerError
from trainer.counting import OnCount, counting
from trainer.detection.curve import Curve, NoCurveError, fit_curve
from trainer.detection.links import LINKS
from trainer.detection.support import LEAST_DEFECTS, WANTED_POD, advise, floor_of
from trainer.detection.trials import Trials

AUTO = "auto"
POINTS = 61
"""Points of the curve that are kept."""
GROUPS = 10
"""At most, in which the fit is checked against counts."""
GROUP_OF = 10
"""Defects in each of them at least."""


@dataclass(frozen=True, slots=True)
class Request:
    """What is wanted of a POD study."""

    link: str = AUTO
    """`auto`: of all in LINKS, the one of greatest likelihood; each has two parameters."""
    level: float = 0.95
    """One-sided confidence of a90/95 and of the curve's bounds."""
    target_mm: float | None = None
    """a90/95 wanted, for the advice."""

    def __post_init__(self) -> None:
        if self.link != AUTO and self.link not in LINKS:
            raise TrainerError(
                f"--link {self.link!r} is unknown; choose {AUTO} or one of {', '.join(LINKS)}."
            )
        if not 0.5 < self.level < 1.0:
            raise TrainerError(f"--confidence is {self.level}; expected above 0.5 and below 1.")
        if self.target_mm is not None and not self.target_mm > 0:
            raise TrainerError(f"--target is {self.target_mm} mm; expected more than 0.")


def analyse(
    trials: Trials,
    kinds: Sequence[str | None],
    request: Request,
    on_group: OnProgress | None = None,
) -> dict[str, Any]:
    """Figures of all defects under `all`, and of each kind under `kinds`. JSON-able.

    kinds: (N,) in the order of `trials`; None or empty: unknown, counted under `all` only.
    on_group(what, done, total) hears of slow steps.
    """
    names = np.array([kind or "" for kind in kinds])
    present = [str(name) for name in np.unique(names) if name]
    rows = []
    for name in present:
        chosen = names == name
        part = Trials(trials.sizes_mm[chosen], trials.hits[chosen])
        told = counting(on_group, f"how many more ({name})")
        rows.append({"kind": name, **figures_of(part, request, told)})
    told = counting(on_group, "how many more (all)")
    return {"all": figures_of(trials, request, told), "kinds": rows}


def figures_of(trials: Trials, request: Request, on_step: OnCount | None = None) -> dict[str, Any]:
    """Every figure of one set of defects; JSON-able, null where there is none."""
    curves, trouble = _curves(trials, request)
    curve = max(curves.values(), key=lambda c: c.log_likelihood) if curves else None
    advice = advise(trials, curve, trouble, request.level, request.target_mm, on_step)
    floor = floor_of(trials, request.level)
    return {
        "defects": len(trials),
        "hits": int(trials.hits.sum()),
        "smallest_mm": float(trials.sizes_mm[0]) if len(trials) else None,
        "largest_mm": float(trials.sizes_mm[-1]) if len(trials) else None,
        "few": len(trials) < LEAST_DEFECTS,
        "curve": None if curve is None else _describe(trials, curve),
        **_sizes(trials, curve),
        "links": {
            name: {"log_likelihood": each.log_likelihood, **_sizes(trials, each)}
            for name, each in curves.items()
        },
        "floor": None if floor is None else asdict(floor),
        "advice": advice.as_dict(),
        "found_mm": np.round(trials.found, 4).tolist(),
        "missed_mm": np.round(trials.missed, 4).tolist(),
    }


def _curves(trials: Trials, request: Request) -> tuple[dict[str, Curve], str]:
    """The curve of each link that fits, and why none does."""
    curves: dict[str, Curve] = {}
    trouble = ""
    for link in LINKS if request.link == AUTO else (request.link,):
        try:
            curves[link] = fit_curve(trials, link, request.level)
        except NoCurveError as error:
            trouble = str(error)
    return curves, trouble


def _sizes(trials: Trials, curve: Curve | None) -> dict[str, float | None]:
    """a50, a90 and a90/95 in mm; null where they lie beyond the largest defect that was tried.

    Nothing is claimed below the smallest defect either: a size that comes out smaller is given as
    the smallest.
    """
    if curve is None:
        return {"a50_mm": None, "a90_mm": None, "a90_95_mm": None}
    smallest, largest = float(trials.sizes_mm[0]), float(trials.sizes_mm[-1])

    def within(size_mm: float | None) -> float | None:
        if size_mm is None or size_mm > largest:
            return None
        return max(size_mm, smallest)

    return {
        "a50_mm": within(curve.size_mm(0.5)),
        "a90_mm": within(curve.size_mm(WANTED_POD)),
        "a90_95_mm": within(curve.size_bound_mm(WANTED_POD)),
    }


def _describe(trials: Trials, curve: Curve) -> dict[str, Any]:
    sizes = np.geomspace(trials.sizes_mm[0], trials.sizes_mm[-1], POINTS)
    low, high = curve.bounds(sizes)
    return {
        "link": curve.link,
        "intercept": curve.intercept,
        "slope": curve.slope,
        "log_likelihood": curve.log_likelihood,
        "rises": curve.rises,
        "fit_p": fit_p(trials, curve),
        "size_mm": np.round(sizes, 5).tolist(),
        "pod": np.round(curve.pod(sizes), 5).tolist(),
        "low": np.round(low, 5).tolist(),
        "high": np.round(high, 5).tolist(),
    }


def fit_p(trials: Trials, curve: Curve) -> float | None:
    """Probability that counts stray from the curve as far as here, were it true; null if too few.

    Source: Hosmer and Lemeshow, "Goodness of fit tests for the multiple logistic regression model",
    Communications in Statistics 1980: groups of equal number by size, chi-square with two degrees
    of freedom fewer than groups.
    """
    from scipy.stats import chi2

    groups = min(GROUPS, len(trials) // GROUP_OF)
    if groups < 3:
        return None
    pod = curve.pod(trials.sizes_mm)
    total = 0.0
    for part in np.array_split(np.arange(len(trials)), groups):
        mean = float(pod[part].mean())
        variance = len(part) * max(mean * (1.0 - mean), 1e-12)
        total += float(trials.hits[part].sum() - pod[part].sum()) ** 2 / variance
    return float(chi2.sf(total, groups - 2))
