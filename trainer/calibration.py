"""Temperature scaling: probabilities that mean what they say."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from trainer.metrics import TINY, IntArray, RealArray

LOWEST, HIGHEST = 0.05, 20.0
"""Bounds of the search: a set without a single mistake has its optimum at 0, which is no use."""


def apply_temperature(
    probabilities: npt.NDArray[np.floating[Any]], temperature: float
) -> RealArray:
    """softmax(log(p) / T): (N, K) -> (N, K) float64.

    Equal to dividing the logits by T, because log p is the logits up to a constant per row.
    """
    scaled = np.log(np.maximum(np.asarray(probabilities, np.float64), TINY)) / temperature
    scaled -= scaled.max(axis=1, keepdims=True)
    powers = np.exp(scaled)
    return np.asarray(powers / powers.sum(axis=1, keepdims=True), dtype=np.float64)


def fit_temperature(probabilities: npt.NDArray[np.floating[Any]], labels: IntArray) -> float:
    """The temperature with the least log loss on these pictures, between 0.05 and 20.

    Never below 1 where no picture is misclassified: such a set asks for ever sharper answers, and
    says nothing about how sharp they may be. Source: Guo et al., "On Calibration of Modern Neural
    Networks", ICML 2017, section 4.2.
    """
    from scipy.optimize import minimize_scalar

    log_p = np.log(np.maximum(np.asarray(probabilities, np.float64), TINY))
    rows = np.arange(len(labels))

    def loss(log_t: float) -> float:
        scaled = log_p / math.exp(log_t)
        top = scaled.max(axis=1)
        total = top + np.log(np.exp(scaled - top[:, None]).sum(axis=1))
        return float((total - scaled[rows, labels]).mean())

    bounds = (math.log(LOWEST), math.log(HIGHEST))
    found = minimize_scalar(loss, bounds=bounds, method="bounded", options={"xatol": 1e-4})
    temperature = math.exp(float(found.x))
    faultless = bool((log_p.argmax(axis=1) == labels).all())
    return max(temperature, 1.0) if faultless else temperature
