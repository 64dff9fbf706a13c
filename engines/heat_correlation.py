"""How alike two sets of heatmaps are: what certification, the trainer and the bench all ask."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from engines.prediction import FloatArray


def correlations(expected: FloatArray, got: FloatArray) -> npt.NDArray[np.float64]:
    """Pearson's, map by map of (N, h, w): (N,).

    NaN where `expected` is empty; 0 where `got` alone is flat, or not finite.
    """
    a = expected.reshape(len(expected), -1).astype(np.float64)
    b = np.nan_to_num(got.reshape(len(got), -1).astype(np.float64), nan=0.0, posinf=0.0, neginf=0.0)
    a -= a.mean(axis=1, keepdims=True)
    b -= b.mean(axis=1, keepdims=True)
    norm = np.sqrt((a * a).sum(axis=1) * (b * b).sum(axis=1))
    found = np.divide((a * b).sum(axis=1), norm, out=np.zeros(len(a)), where=norm > 0)
    # A map of one value throughout cannot correlate: there they agree when both are flat.
    found[(a == 0).all(axis=1) & (b == 0).all(axis=1)] = 1.0
    found[empty(expected)] = np.nan
    return np.asarray(found)


def shown_correlations(
    expected: tuple[FloatArray, FloatArray],
    got: tuple[FloatArray, FloatArray],
    suspected: npt.NDArray[np.bool_],
) -> npt.NDArray[np.float64]:
    """The worse of two maps' correlations: (N,).

    expected, got: (N, h, w) of the predicted class, and of what speaks for a defect. suspected:
    (N,) where the second one counts; elsewhere nobody is shown it. NaN where all that counts is
    empty.
    """
    predicted, defect = (correlations(e, g) for e, g in zip(expected, got, strict=True))
    return np.asarray(np.fmin(predicted, np.where(suspected, defect, np.nan)))


def empty(heatmaps: FloatArray) -> npt.NDArray[np.bool_]:
    """(N,) which maps hold no heat at all."""
    return np.asarray(~heatmaps.any(axis=(1, 2)))
