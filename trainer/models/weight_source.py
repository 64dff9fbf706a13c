"""What weights from elsewhere are, wherever they come from: arrays by layer, and their scaling."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy.typing as npt

Arrays = list[npt.NDArray[Any]]
FIRST = "block1_conv1"
"""The only layer that sees the channels of the picture, in every network of ours."""


@dataclass(frozen=True, slots=True)
class Scaling:
    """What a Rescaling layer does to RGB 0..255: x * scale + offset."""

    name: str
    """Of the layer: a weights file keeps no offset, and is recognised by this name."""
    scale: float
    offset: tuple[float, float, float]
    """R, G, B."""


UNIT_SCALING = Scaling("unit_scaling", 1 / 127.5, (-1.0, -1.0, -1.0))
"""0..255 to -1..1: about zero mean, unit range."""
SHARE_SCALING = Scaling("share_scaling", 1 / 255, (0.0, 0.0, 0.0))
"""0..255 to 0..1, as Keras's examples and seed 003 have it."""
IMAGENET_SCALING = Scaling("imagenet_scaling", 1.0, (-123.68, -116.779, -103.939))
"""Means of ImageNet, as in keras.applications.vgg16.preprocess_input (mode "caffe")."""
KNOWN_SCALINGS = (UNIT_SCALING, SHARE_SCALING, IMAGENET_SCALING)


@dataclass(frozen=True, slots=True, eq=False)
class WeightSource:
    """Weights by layer name, and the scaling that they expect."""

    name: str
    arrays: dict[str, Arrays]
    scaling: Scaling
