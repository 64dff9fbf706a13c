"""How far a picture is from those of the training: what tells an unknown product.

A network forces whatever it sees into one of its classes, often with full confidence. Its features
tell more: the trainer keeps how those of the training pictures are spread (mean and covariance of
their logarithms), and a picture's novelty is its Mahalanobis distance from that, divided by the
limit that the validation pictures set. 1 is the limit.

There are two of them. `good` measures from the good parts alone, which is what a PASS claims a part
to be like; `known` from the nearest class of all, which is what a REJECT should be like.
"""

from __future__ import annotations

import io
import math
import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from engines.bundle import NOVELTY, Bundle
from engines.errors import BundleError, EngineError
from engines.prediction import FloatArray

Doubles = npt.NDArray[np.float64]
NAMES = ("good", "known")
FIELDS = ("means", "whitening", "limit", "fitted", "checked", "beyond")


@dataclass(frozen=True, slots=True, eq=False)
class Spread:
    """How the features of some training pictures are spread about the means of their classes."""

    means: Doubles
    """(M, C) of the logarithms; one row for each class."""
    whitening: FloatArray
    """(C, C): times a difference from a mean, its length is the Mahalanobis distance."""
    limit: float
    """The distance that counts as 1: but for 0.1 %, no validation picture is further away."""
    fitted: int
    """Training pictures that it was fitted on."""
    checked: int
    """Validation pictures that set the limit."""
    beyond: int
    """Those of them that lie beyond it."""

    def __post_init__(self) -> None:
        channels = self.means.shape[-1] if self.means.ndim == 2 else 0
        arrays = (self.means, self.whitening)
        sound = (
            self.means.size > 0
            and self.whitening.shape == (channels, channels)
            and all(np.isfinite(each).all() for each in arrays)
            and math.isfinite(self.limit)
            and self.limit > 0.0
            and 0 <= self.beyond <= self.checked
        )
        if not sound:
            raise BundleError(
                "the spread of features has means {means_shape}, whitening "
                "{whitening_shape}, limit {limit} and {beyond} of {checked} pictures "
                "beyond it; expected (M, C), (C, C), finite values and a limit above 0. "
                "Export the bundle again.",
                means_shape=self.means.shape,
                whitening_shape=self.whitening.shape,
                limit=self.limit,
                beyond=self.beyond,
                checked=self.checked,
            )

    def distances(self, features: FloatArray) -> Doubles:
        """(N, C) features -> (N,) distance of each from the nearest mean; 1 is the limit.

        Not finite where a feature is not. Raises EngineError for another number of features.
        """
        self._check(features)
        values = logarithms(features)
        nearest = np.full(len(values), np.inf)
        for mean in self.means:
            length = np.linalg.norm((values - mean) @ self.whitening.T.astype(np.float64), axis=1)
            nearest = np.minimum(nearest, length)  # which passes a NaN on
        return np.asarray(nearest / self.limit)

    def apart(self, features: FloatArray, other: FloatArray) -> Doubles:
        """(N, C) features and (C,) of one picture -> (N,) how far each is from that, in the same
        unit. Raises EngineError for another number of features."""
        self._check(features)
        self._check(other[None])
        difference = logarithms(features) - logarithms(other)
        whitened = difference @ self.whitening.T.astype(np.float64)
        return np.asarray(np.linalg.norm(whitened, axis=1) / self.limit)

    def _check(self, features: FloatArray) -> None:
        if features.ndim != 2 or features.shape[1] != self.means.shape[1]:
            raise EngineError(
                "the engine returned features of shape {features_shape}, the bundle knows "
                "{shape_1} of them. Export the bundle again.",
                features_shape=features.shape,
                shape_1=self.means.shape[1],
            )


@dataclass(frozen=True, slots=True, eq=False)
class Novelty:
    """What a bundle knows of its training pictures' features. Made by the trainer."""

    good: Spread | None
    """Of the good classes; None where every class is a defect."""
    known: Spread
    """Of all classes."""

    def distances(self, features: FloatArray) -> Doubles:
        """(N, C) -> (N, 2): from the good parts, and from the nearest class of all."""
        known = self.known.distances(features)
        good = known if self.good is None else self.good.distances(features)
        return np.stack([good, known], axis=1)

    def distance(self, features: FloatArray, *, as_good: bool) -> float:
        """(C,) features of one picture -> its novelty, held against 1.

        as_good: from the good parts alone, as for a PASS; else from the nearest class.
        """
        return float(self.distances(features[None])[0, 0 if as_good else 1])


def logarithms(features: FloatArray) -> Doubles:
    """ln(1 + f) of features that are 0 or more: more light multiplies them, and then only adds.

    Features of a network that ends in a ReLU are never negative; rounding below 0 counts as 0.
    """
    return np.log1p(np.maximum(features.astype(np.float64), 0.0))


def write_novelty(path: Path, novelty: Novelty) -> None:
    """Write it as one .npz file, without pickles."""
    arrays: dict[str, npt.NDArray[np.generic]] = {}
    for name in NAMES:
        spread: Spread | None = getattr(novelty, name)
        if spread is not None:
            arrays |= {f"{name}/{field}": np.asarray(getattr(spread, field)) for field in FIELDS}
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)  # type: ignore[arg-type]
    path.write_bytes(buffer.getvalue())


def read_novelty(path: Path) -> Novelty:
    """Read what `write_novelty` wrote. Raises BundleError."""
    try:
        with np.load(io.BytesIO(path.read_bytes()), allow_pickle=False) as file:
            spreads = {
                name: Spread(
                    means=file[f"{name}/means"].astype(np.float64),
                    whitening=file[f"{name}/whitening"].astype(np.float32),
                    limit=float(file[f"{name}/limit"]),
                    **{field: int(file[f"{name}/{field}"]) for field in FIELDS[3:]},
                )
                for name in NAMES
                if f"{name}/means" in file
            }
            return Novelty(spreads.get("good"), spreads["known"])
    except (OSError, EOFError, KeyError, TypeError, ValueError, zipfile.BadZipFile) as error:
        raise BundleError(
            "what tells an unknown product, {path}, cannot be read ({error}). Restore the "
            "bundle from its original, or export it again.",
            path=path,
            error=error,
        ) from error


def load_novelty(bundle: Bundle) -> Novelty:
    """Of a verified bundle. Raises BundleError where it is damaged."""
    return read_novelty(bundle.path / NOVELTY)
