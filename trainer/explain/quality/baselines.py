"""Maps that know nothing of the model: what an explanation must beat to be worth anything."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np

from engines.prediction import FloatArray, ImageArray

CELLS = 8
"""Cells of the random map along each side: about as coarse as a Grad-CAM."""


def random_maps(images: ImageArray, seed: int = 0) -> FloatArray:
    """(N, 8, 8) uniform noise: no knowledge at all."""
    rng = np.random.default_rng(seed)
    return rng.random((len(images), CELLS, CELLS), dtype=np.float32)


def centre_maps(images: ImageArray, seed: int = 0) -> FloatArray:  # noqa: ARG001
    """(N, 32, 32) one hill in the middle: knows only that parts lie in the middle."""
    place = np.linspace(-1, 1, 32, dtype=np.float32)
    hill = np.exp(-(place[:, None] ** 2 + place**2) / (2 * 0.35**2))
    return np.repeat(hill[None], len(images), axis=0)


def edge_maps(images: ImageArray, seed: int = 0) -> FloatArray:  # noqa: ARG001
    """(N, H, W) Sobel's gradient over its maximum: knows the picture, not the model (Adebayo et
    al., 2018, show that it can look like an explanation).
    """
    maps = []
    for image in images:
        gray = image.mean(axis=2, dtype=np.float32)
        across, down = cv2.Sobel(gray, cv2.CV_32F, 1, 0), cv2.Sobel(gray, cv2.CV_32F, 0, 1)
        edges = np.hypot(across, down)
        maps.append(edges / max(float(edges.max()), 1e-6))
    return np.stack(maps).astype(np.float32)


BASELINES: dict[str, Callable[[ImageArray, int], FloatArray]] = {
    "random": random_maps,
    "centre": centre_maps,
    "edges": edge_maps,
}
"""Name -> function(images (N, H, W, C), seed) -> maps (N, h, w) in [0, 1]."""
