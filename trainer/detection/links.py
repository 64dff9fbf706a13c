"""How a size becomes a probability of detection: POD(a) = F(b0 + b1 x), x = a or log a.

F is logistic or normal. Both are symmetric, F(-z) = 1 - F(z), so that one function gives the
likelihood of hits and of misses.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from trainer.metrics import RealArray


@dataclass(frozen=True, slots=True)
class Link:
    """One form of the curve; functions of z take and give arrays of one shape."""

    logarithmic: bool
    """x is the natural logarithm of the size, which sizes over decades call for."""
    probability: Callable[[RealArray], RealArray]
    """F(z)."""
    quantile: Callable[[float], float]
    """z of a probability."""
    log_probability: Callable[[RealArray], RealArray]
    """log F(z)."""
    score: Callable[[RealArray], RealArray]
    """Its first derivative by z."""
    curvature: Callable[[RealArray], RealArray]
    """Its second derivative by z, below 0: the log-likelihood is concave."""

    def axis(self, sizes_mm: RealArray) -> RealArray:
        """x of sizes in mm."""
        return np.log(sizes_mm) if self.logarithmic else np.asarray(sizes_mm, np.float64)

    def size(self, x: float) -> float:
        """Size in mm of an x; a linear one may be below 0."""
        return float(np.exp(min(x, 700.0))) if self.logarithmic else float(x)


def _logistic(z: RealArray) -> RealArray:
    from scipy.special import expit

    return np.asarray(expit(z))


def _log_logistic(z: RealArray) -> RealArray:
    from scipy.special import log_expit

    return np.asarray(log_expit(z))


def _logit(p: float) -> float:
    return float(np.log(p) - np.log1p(-p))


def _logistic_curvature(z: RealArray) -> RealArray:
    return -_logistic(z) * _logistic(-z)


def _normal(z: RealArray) -> RealArray:
    from scipy.special import ndtr

    return np.asarray(ndtr(z))


def _log_normal(z: RealArray) -> RealArray:
    from scipy.special import log_ndtr

    return np.asarray(log_ndtr(z))


def _probit(p: float) -> float:
    from scipy.special import ndtri

    return float(ndtri(p))


def _normal_score(z: RealArray) -> RealArray:
    """The inverse Mills ratio, by logarithms: the density and F vanish together."""
    return np.asarray(np.exp(-0.5 * z**2 - 0.5 * np.log(2.0 * np.pi) - _log_normal(z)))


def _normal_curvature(z: RealArray) -> RealArray:
    ratio = _normal_score(z)
    return -ratio * (ratio + z)


def _logistic_link(logarithmic: bool) -> Link:
    return Link(
        logarithmic, _logistic, _logit, _log_logistic, lambda z: _logistic(-z), _logistic_curvature
    )


def _normal_link(logarithmic: bool) -> Link:
    return Link(logarithmic, _normal, _probit, _log_normal, _normal_score, _normal_curvature)


LINKS: dict[str, Link] = {
    "logit": _logistic_link(False),
    "log-logit": _logistic_link(True),
    "probit": _normal_link(False),
    "log-probit": _normal_link(True),
}
