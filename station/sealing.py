"""A camera's picture as a file: encoded without loss, and known by its hash from then on."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import cv2

from engines.prediction import ImageArray
from station.errors import StationError

PNG = (
    *(cv2.IMWRITE_PNG_STRATEGY, cv2.IMWRITE_PNG_STRATEGY_HUFFMAN_ONLY),
    *(cv2.IMWRITE_PNG_FILTER, cv2.IMWRITE_PNG_FILTER_SUB),
)
"""Differences of neighbours, Huffman-coded: of a noisy picture smaller than what zlib's search for
repetitions finds, in an eighth of its time."""


@dataclass(frozen=True, slots=True)
class Sealed:
    """A picture's file and its sha256, 64 hex digits."""

    file: bytes
    sha256: str


def sealed(image_rgb: ImageArray) -> Sealed:
    """Encode a picture, uint8 (H, W, 3), as PNG. Raises StationError where that cannot be."""
    ok, data = cv2.imencode(".png", cv2.cvtColor(image_rgb, cv2.COLOR_RGB2BGR), PNG)
    if not ok:
        raise StationError(
            "a camera's picture {shape} cannot be encoded as PNG.", shape=image_rgb.shape
        )
    file = data.tobytes()
    return Sealed(file, hashlib.sha256(file).hexdigest())
