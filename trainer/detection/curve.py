"""The POD curve of greatest likelihood, with likelihood-ratio bounds.

The bounds are those of MIL-HDBK-1823A for hit/miss data, after Cheng and Iles ("Confidence bands
for cumulative distribution functions of continuous random variables", Technometrics 1983): the
contour of the likelihood-ratio statistic round the best pair (b0, b1) is traced, and the outermost
curves on it are the bounds. The contour lies at the quantile of chi-square with one degree of
freedom that makes each bound a one-sided one, point by point, at the stated confidence: of a
single size such as a90/95. (With two degrees of freedom the whole curve would be held at once, and
a90/95 come out larger than its confidence asks for.)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from trainer.config import TrainerError
from trainer.detection.links import LINKS, Link
from trainer.detection.trials import Trials
from trainer.metrics import RealArray

RAYS = 360
"""Directions in which the contour is traced: bounds come out to 4e-5 of their width."""
STEPS = 60
"""Newton steps to the contour at most; about six are taken."""
TOLERANCE = 1e-10


class NoCurveError(TrainerError):
    """No curve of greatest likelihood exists, or none was reached."""


@dataclass(frozen=True, slots=True, eq=False)
class Curve:
    """POD(a) = F(intercept + slope x). Made by `fit_curve`."""

    link: str
    intercept: float
    slope: float
    log_likelihood: float
    level: float
    """One-sided confidence of the bounds."""
    contour: RealArray
    """(RAYS, 2) pairs of intercept and slope on the contour of that confidence."""

    @property
    def form(self) -> Link:
        """The functions of its link."""
        return LINKS[self.link]

    @property
    def rises(self) -> bool:
        """Whether the data show that larger defects are found more surely."""
        return bool((self.contour[:, 1] > 0).all())

    def pod(self, sizes_mm: RealArray) -> RealArray:
        """(N,) probabilities of detection of sizes in mm (N,)."""
        return self.form.probability(self.intercept + self.slope * self.form.axis(sizes_mm))

    def bounds(self, sizes_mm: RealArray) -> tuple[RealArray, RealArray]:
        """(N,) lower and (N,) upper bound on the POD, each one-sided at `level`."""
        x = self.form.axis(sizes_mm)
        z = self.contour[:, :1] + self.contour[:, 1:] * x
        return self.form.probability(z.min(axis=0)), self.form.probability(z.max(axis=0))

    def size_mm(self, pod: float) -> float | None:
        """The size that is found with probability `pod`; None where the curve does not rise."""
        if self.slope <= 0:
            return None
        return self.form.size((self.form.quantile(pod) - self.intercept) / self.slope)

    def size_bound_mm(self, pod: float) -> float | None:
        """Upper bound on that size at `level`: a90/95 for 0.9 at 0.95. None: there is none."""
        if not self.rises:
            return None
        x = (self.form.quantile(pod) - self.contour[:, 0]) / self.contour[:, 1]
        return self.form.size(float(x.max()))


def fit_curve(trials: Trials, link: str, level: float = 0.95, rays: int = RAYS) -> Curve:
    """The curve of greatest likelihood.

    Raises NoCurveError where none exists, which is so where one size parts hits from misses
    (Silvapulle, "On the existence of maximum likelihood estimators for the binomial response
    models", JRSS B 1981), or where the search does not converge.
    """
    check_overlap(trials)
    form = LINKS[link]
    x = form.axis(trials.sizes_mm)
    middle, spread = float(x.mean()), float(x.std())
    u = (x - middle) / spread
    best, information = _search(form, u, trials.hits)
    signs = np.where(trials.hits, 1.0, -1.0)
    greatest = float(form.log_probability(signs * (best[0] + best[1] * u)).sum())
    contour = _trace(form, u, signs, best, information, greatest, level, rays)
    slopes = contour[:, 1] / spread
    pairs = np.stack((contour[:, 0] - slopes * middle, slopes), axis=1)
    slope = float(best[1]) / spread
    return Curve(link, float(best[0]) - slope * middle, slope, greatest, level, pairs)


def check_overlap(trials: Trials) -> None:
    """Raise NoCurveError, saying which, where the data admit no curve."""
    found, missed = trials.found, trials.missed
    if len(trials) == 0:
        raise NoCurveError("there is no defect of known size")
    if trials.sizes_mm[0] == trials.sizes_mm[-1]:
        raise NoCurveError(f"all {len(trials)} defects have one size, {trials.sizes_mm[0]:g} mm")
    if not len(missed):
        raise NoCurveError(f"all {len(trials)} defects were found, the smallest too")
    if not len(found):
        raise NoCurveError(f"none of the {len(trials)} defects was found, not even the largest")
    if missed[-1] <= found[0]:
        raise NoCurveError(
            f"every defect up to {missed[-1]:.3g} mm was missed and every one from "
            f"{found[0]:.3g} mm on was found, so that any steep curve between them fits"
        )
    if found[-1] <= missed[0]:
        raise NoCurveError(
            f"every defect up to {found[-1]:.3g} mm was found and every one from "
            f"{missed[0]:.3g} mm on was missed: the larger, the worse"
        )


def _search(form: Link, u: RealArray, hits: npt.NDArray[np.bool_]) -> tuple[RealArray, RealArray]:
    """Best (2,) parameters over standardised x, and the observed information (2, 2) there."""
    from scipy.optimize import minimize

    signs = np.where(hits, 1.0, -1.0)
    columns = np.stack((np.ones_like(u), u))

    def cost(b: RealArray) -> float:
        return -float(form.log_probability(signs * (b @ columns)).sum())

    def gradient(b: RealArray) -> RealArray:
        return np.asarray(-(columns @ (signs * form.score(signs * (b @ columns)))))

    def hessian(b: RealArray) -> RealArray:
        return np.asarray(-(columns * form.curvature(signs * (b @ columns))) @ columns.T)

    found: Any = minimize(
        cost, np.zeros(2), method="trust-exact", jac=gradient, hess=hessian,
        options={"gtol": 1e-9 * max(1.0, len(u) / 100.0), "maxiter": 200},
    )  # fmt: skip
    steepest = float(np.abs(gradient(found.x)).max())
    if not np.isfinite(found.x).all() or steepest > 1e-5 * len(u):
        raise NoCurveError(f"the fit did not converge (gradient {steepest:.2g} left)")
    return np.asarray(found.x), hessian(found.x)


def _trace(
    form: Link,
    u: RealArray,
    signs: RealArray,
    best: RealArray,
    information: RealArray,
    greatest: float,
    level: float,
    rays: int,
) -> RealArray:
    """(rays, 2) parameters at which twice the log-likelihood lies the quantile below its height.

    Along a ray from the best pair the drop is convex, so that Newton's steps come down on the
    contour from outside and cannot miss it.
    """
    from scipy.stats import chi2

    drop = float(chi2.ppf(2.0 * level - 1.0, 1))
    angle = np.linspace(0.0, 2.0 * np.pi, rays, endpoint=False)
    round_ = np.stack((np.cos(angle), np.sin(angle)), axis=1)
    # By the information's root the contour is a circle of radius sqrt(drop), to second order.
    rays_b = round_ @ np.linalg.inv(np.linalg.cholesky(information))
    along = rays_b[:, :1] + rays_b[:, 1:] * u
    start = best[0] + best[1] * u
    radius = np.full(rays, np.sqrt(drop))
    for _ in range(STEPS):
        z = signs * (start + radius[:, None] * along)
        fall = 2.0 * (greatest - form.log_probability(z).sum(axis=1)) - drop
        steepness = -2.0 * (form.score(z) * signs * along).sum(axis=1)
        step = fall / steepness
        radius = radius - step
        if np.abs(step).max() < TOLERANCE * radius.max():
            return np.asarray(best + radius[:, None] * rays_b)
    raise NoCurveError("the contour of its bounds was not reached")
