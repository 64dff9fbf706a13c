"""How good a live picture must be: about as good as those that the network was trained with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from engines.bounds import MEASURES, Bounds
from engines.bundle import InputSpec
from engines.prediction import ImageArray
from engines.quality import Quality, measure
from trainer.metrics import RealArray

TAIL = 0.001
"""Share of the training pictures that may lie beyond each bound before it is widened."""
UNSHARP = 0.01
"""The least sharp training pictures, such a share of them, count as blurred. The bound is not
widened: blurred by two pixels, the demo network passed four times as many defects."""
WIDER = 0.05
"""Of the range between the bounds: so far each is moved out. Live pictures lie a little beyond."""
CLIPPED = 0.02
"""A share of clipped pixels up to this much more than in training is allowed."""
COARSER = 0.75
"""Of the training pictures' side: a part so much smaller has lost a quarter of its sharpness."""


def measure_pictures(
    images: ImageArray, sides_px: Sequence[int] | RealArray, spec: InputSpec
) -> list[Quality]:
    """Of pictures at the graph's size, uint8 (N, H, W, C), whose crops had these shorter sides."""
    found = []
    for image, side_px in zip(images, sides_px, strict=True):
        colour = image if image.shape[2] == 3 else np.repeat(image, 3, axis=2)
        found.append(measure(colour, spec, float(side_px)))
    return found


def quality_bounds(measured: Sequence[Quality]) -> dict[str, Bounds]:
    """Measure -> bounds, from the qualities of training pictures, at least one.

    A picture cannot be too sharp, nor a part too large in it: the graph's size bounds both. Nor can
    it have too few clipped pixels.
    """
    values = {name: np.array([each.as_dict()[name] for each in measured]) for name in MEASURES}
    light, contrast = _widened(values["brightness"]), _widened(values["contrast"])
    return {
        "focus": Bounds(float(np.quantile(values["focus"], UNSHARP)), None),
        "brightness": Bounds(*light),
        "contrast": Bounds(contrast[0], None),
        "dark_share": Bounds(None, _allowed(values["dark_share"])),
        "bright_share": Bounds(None, _allowed(values["bright_share"])),
        "side_px": Bounds(COARSER * float(values["side_px"].min()), None),
    }


def _widened(values: RealArray) -> tuple[float, float]:
    low, high = (float(v) for v in np.quantile(values, (TAIL, 1.0 - TAIL)))
    wider = WIDER * (high - low)
    return max(0.0, low - wider), high + wider


def _allowed(shares: RealArray) -> float:
    return min(1.0, float(np.quantile(shares, 1.0 - TAIL)) + CLIPPED)


def count_beyond(measured: Sequence[Quality], bounds: Mapping[str, Bounds]) -> dict[str, int]:
    """Measure -> how many of the pictures lie out of its bounds."""
    return {
        name: sum(not bound.hold(each.as_dict()[name]) for each in measured)
        for name, bound in bounds.items()
    }
