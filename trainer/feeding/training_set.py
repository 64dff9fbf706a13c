"""What a training is given: pixels, labels, and who belongs where."""

from __future__ import annotations

from dataclasses import dataclass

from engines.bundle import InputSpec
from engines.prediction import ImageArray
from trainer.metrics import IntArray
from trainer.pixels import Pixels


@dataclass(frozen=True, slots=True, eq=False)
class Originals:
    """Pictures before they were enhanced."""

    pictures: ImageArray
    """(N, H, W, 3) uint8 RGB."""
    spec: InputSpec


def originals_of(pixels: Pixels, spec: InputSpec) -> Originals | None:
    """None where the network is shown the pictures as they are."""
    return Originals(pixels.shown, spec) if spec.kind == "enh" else None


@dataclass(frozen=True, slots=True, eq=False)
class TrainingSet:
    """Pictures in memory and who belongs where."""

    images: ImageArray
    """(N, H, W, C) uint8, as the graph takes them."""
    labels: IntArray
    train: IntArray
    """Indices."""
    validation: IntArray
    defect: tuple[bool, ...]
    """Per class."""
    enhanced_from: Originals | None = None
    """Where `images` are enhanced, what training varies instead."""
