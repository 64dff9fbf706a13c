"""What a training is given: pixels, labels, and who belongs where."""

from __future__ import annotations

from dataclasses import dataclass

from engines.prediction import ImageArray
from trainer.metrics import IntArray


@dataclass(frozen=True, slots=True, eq=False)
class TrainingSet:
    """Pictures in memory and who belongs where."""

    images: ImageArray
    """(N, H, W, C) uint8."""
    labels: IntArray
    train: IntArray
    """Indices."""
    validation: IntArray
    defect: tuple[bool, ...]
    """Per class."""
