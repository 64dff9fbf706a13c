"""Heat over a picture: blended into it, or as a layer of its own whose opacity is chosen later.

The colours are those of inferno, whose lightness rises with the heat; cold areas stay unveiled.
"""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np

from engines.prediction import FloatArray, ImageArray

HEAT_OPACITY = 0.55
"""Of the hottest place, where nobody chose another; transparency grows as the heat falls."""
Box = tuple[int, int, int, int]


def place_heat(
    heatmap: FloatArray, box_px: Box, scale: float, size_px: tuple[int, int]
) -> FloatArray:
    """A heatmap (h, w) in [0, 1] stretched over a part's box in a picture that is `scale` times
    its frame: float32 in [0, 1], of size_px, width and height."""
    x, y, width, height = box_px
    left, top = round(x * scale), round(y * scale)
    right = max(left + 1, round((x + width) * scale))
    bottom = max(top + 1, round((y + height) * scale))
    # Cubic: the cells of a 14x14 map would show as diamonds under linear interpolation.
    stretched = cv2.resize(heatmap, (right - left, bottom - top), interpolation=cv2.INTER_CUBIC)
    placed: FloatArray = np.zeros((size_px[1], size_px[0]), np.float32)
    x0, x1 = max(left, 0), min(right, size_px[0])
    y0, y1 = max(top, 0), min(bottom, size_px[1])
    if x0 < x1 and y0 < y1:
        inside = stretched[y0 - top : y1 - top, x0 - left : x1 - left]
        np.clip(inside, 0.0, 1.0, out=placed[y0:y1, x0:x1])
    return placed


def blend_heat(picture: ImageArray, heat: FloatArray) -> None:
    """Lay the heat, (h, w) in [0, 1], over a picture of that size in place, at HEAT_OPACITY."""
    levels = cv2.convertScaleAbs(heat, alpha=255.0)
    x, y, width, height = cv2.boundingRect(levels)
    if width == 0:
        return
    place = picture[y : y + height, x : x + width]
    deep = cv2.cvtColor(levels[y : y + height, x : x + width], cv2.COLOR_GRAY2RGB)
    kept, laid = _veil()
    place[:] = cv2.add(cv2.multiply(place, cv2.LUT(deep, kept), scale=1 / 255), cv2.LUT(deep, laid))


def heat_layer(heatmap: FloatArray, box_px: Box, size_px: tuple[int, int]) -> ImageArray:
    """The heat as a picture of its own: uint8 (H, W, 4), RGB and alpha, not premultiplied.

    heatmap: (h, w) in [0, 1] over the part's box, x, y, width, height in frame pixels; size_px: of
    the frame, width and height. Alpha is the heat itself: whoever draws it chooses the opacity.
    """
    levels = cv2.convertScaleAbs(place_heat(heatmap, box_px, 1.0, size_px), alpha=255.0)
    colours = cv2.cvtColor(cv2.applyColorMap(levels, cv2.COLORMAP_INFERNO), cv2.COLOR_BGR2RGB)
    return np.dstack([colours, levels])


@lru_cache(maxsize=1)
def _veil() -> tuple[ImageArray, ImageArray]:
    """For each level of heat, uint8 (256, 1, 3): the share kept of the picture, what is laid on."""
    levels = np.arange(256, dtype=np.uint8)[:, None]
    colours = cv2.cvtColor(cv2.applyColorMap(levels, cv2.COLORMAP_INFERNO), cv2.COLOR_BGR2RGB)
    weight = HEAT_OPACITY * levels[..., None] / 255.0
    kept = np.broadcast_to(np.round(255.0 * (1.0 - weight)), colours.shape)
    return kept.astype(np.uint8), np.round(colours * weight).astype(np.uint8)
