"""What an engine says about one crop."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from engines.errors import EngineError

FloatArray = npt.NDArray[np.float32]
ImageArray = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True, eq=False)
class Prediction:
    """One crop's answer, checked at birth.

    Raises EngineError for a wrong shape, a value that is not finite, or probabilities that do not
    sum to one: such an answer must never become a verdict.
    """

    probabilities: FloatArray
    """(K,) float32, calibrated, sums to 1; order as in the bundle's classes."""
    heatmap: FloatArray
    """(h, w) float32 in [0, 1]: Grad-CAM of the predicted class over the crop; zeros if none."""
    features: FloatArray
    """(C,) float32: the pooled last convolution."""
    defect_heatmap: FloatArray
    """(h, w) float32 in [0, 1]: what speaks for a defect rather than a good part, whatever class is
    predicted and however unlikely a defect is (see trainer.graph.heat); zeros if nothing does."""

    def __post_init__(self) -> None:
        for name, array, ndim in (
            ("probabilities", self.probabilities, 1),
            ("heatmap", self.heatmap, 2),
            ("features", self.features, 1),
            ("defect_heatmap", self.defect_heatmap, 2),
        ):
            if array.ndim != ndim or array.size == 0:
                raise EngineError(
                    "the engine returned {name} of shape {shape}, expected {ndim} axes. "
                    "Export the bundle again, or restore it from its original.",
                    name=name,
                    shape=array.shape,
                    ndim=ndim,
                )
            if not np.isfinite(array).all():
                raise EngineError(
                    "the engine returned {name} with values that are not finite. Do not "
                    "use this engine on this machine; try --device CPU.",
                    name=name,
                )
        total = float(self.probabilities.sum())
        if abs(total - 1.0) > 0.02 or float(self.probabilities.min()) < 0.0:
            raise EngineError(
                "the engine returned probabilities that sum to {total:.4f}, expected 1. "
                "Export the bundle again, or restore it from its original.",
                total=total,
            )
        for heat in (self.heatmap, self.defect_heatmap):
            low, high = float(heat.min()), float(heat.max())
            if low < -0.01 or high > 1.01:
                raise EngineError(
                    "the engine returned a heatmap in [{low:.3f}, {high:.3f}], expected "
                    "[0, 1]. Export the bundle again, or restore it from its original.",
                    low=low,
                    high=high,
                )
        if self.heatmap.shape != self.defect_heatmap.shape:
            raise EngineError(
                "the engine returned heatmaps of shape {heatmap_shape} and "
                "{defect_heatmap_shape}, expected two of one shape. Export the bundle "
                "again.",
                heatmap_shape=self.heatmap.shape,
                defect_heatmap_shape=self.defect_heatmap.shape,
            )

    @property
    def top(self) -> int:
        """Index of the most probable class."""
        return int(self.probabilities.argmax())
