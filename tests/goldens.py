"""Golden sets for the tests' bundles, their reference answers computed without any runtime."""

from __future__ import annotations

import numpy as np
from familiar import familiar

from engines.golden import Golden, decode, encode
from engines.prediction import FloatArray, ImageArray

REDNESS = (0.0, 0.0, 0.0, 0.05, 0.1, 0.2, 0.24, 0.28, 0.32, 0.36, 0.5, 0.9)


def red_mark_answers(images: ImageArray) -> tuple[FloatArray, FloatArray]:
    """What `red_mark_bundle` says, by numpy: probabilities (N, 2) and heatmaps (N, h, w)."""
    rgb = images.astype(np.float64) / 255
    redness = np.maximum(rgb[..., 0] - (rgb[..., 1] + rgb[..., 2]) / 2, 0)
    count, side = len(images), images.shape[1] // 8
    cells = redness.reshape(count, side, 8, side, 8).mean(axis=(2, 4))
    reddest = cells.max(axis=(1, 2))
    p = 1 / (1 + np.exp(-40 * (reddest - 0.3)))
    heat = cells / np.maximum(reddest, 1e-6)[:, None, None]
    return np.stack([1 - p, p], axis=1).astype(np.float32), heat.astype(np.float32)


def red_mark_golden(size_px: int) -> Golden:
    """Grey pictures with a red field, of every redness from none to full."""
    pictures = []
    for number, redness in enumerate(REDNESS):
        image = np.full((size_px, size_px, 3), 120, np.uint8)
        top = 8 * (number % (size_px // 16))
        grey, red = 120 * (1 - redness), 255 * redness
        image[top : top + size_px // 4, : size_px // 3] = (grey + red, grey, grey)
        pictures.append(encode(image))
    seen = np.stack([decode(p) for p in pictures])
    probabilities, heatmaps = red_mark_answers(seen)
    colours = (seen.astype(np.float64) / 255).mean(axis=(1, 2))
    return Golden(
        names=tuple(f"red-{redness:.2f}-{n}.jpg" for n, redness in enumerate(REDNESS)),
        pictures=tuple(pictures),
        labels=np.array([int(redness > 0.3) for redness in REDNESS]),
        weights=np.ones(len(REDNESS)),
        probabilities=probabilities,
        heatmaps=heatmaps,
        defect_heatmaps=heatmaps,
        novelty=familiar(3).distances(colours.astype(np.float32)),
    )
