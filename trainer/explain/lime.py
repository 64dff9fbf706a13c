"""LIME on superpixels: which regions speak for a class and which against it, from answers alone.

Source: Ribeiro, Singh and Guestrin, "Why should I trust you? Explaining the predictions of any
classifier", 2016: equation 2 (locally weighted square loss, with an exponential kernel), algorithm
1, and section 3.1 for superpixels as interpretable components. In place of K-Lasso the linear model
is a ridge over all superpixels, as in the authors' own code for images.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from engines.prediction import FloatArray, ImageArray
from trainer.config import TrainerError
from trainer.explain.grad_cam import ClassIndex, chosen_classes, normalised
from trainer.explain.hidden import grayed
from trainer.explain.superpixels import superpixels
from trainer.metrics import IntArray, RealArray

SAMPLES = 400
KERNEL_WIDTH = 0.25
"""Of the cosine distance, as in the authors' code for images."""
RIDGE = 1.0
CHUNK = 32
"""Pictures put through the model at a time."""


@dataclass(frozen=True, slots=True, eq=False)
class Superpixels:
    """A picture's superpixels and what each is worth to every class. Made by `explain_one`."""

    segments: IntArray
    """(H, W): the superpixel of each place, 0..S-1."""
    weights: RealArray
    """(S, K): what showing a superpixel adds to the probability of each class."""
    fit: RealArray
    """(K,): weighted R2 of each class's linear model; how far the weights can be believed."""
    probabilities: RealArray
    """(K,) of the whole picture."""

    def heat(self, label: int) -> FloatArray:
        """(H, W) signed weights of one class, laid out on the picture."""
        return np.asarray(self.weights[self.segments, label], dtype=np.float32)

    def shares(self, label: int) -> tuple[float, float]:
        """Positive and negative weight of one class, shares of the two together; 0, 0 for none."""
        weights = self.weights[:, label]
        whole = float(np.abs(weights).sum())
        if whole == 0.0:
            return 0.0, 0.0
        return float(weights.clip(min=0).sum()) / whole, float((-weights).clip(min=0).sum()) / whole

    def class_shares(self) -> RealArray:
        """(K,) each class's share of all positive weight; zeros where there is none."""
        positive = self.weights.clip(min=0).sum(axis=0)
        whole = positive.sum()
        return np.asarray(positive / (whole if whole > 0 else 1.0), dtype=np.float64)


def lime(
    model: Any,
    images_rgb: npt.NDArray[Any],
    layer: str | None = None,
    class_index: ClassIndex = None,
    batch_size: int = CHUNK,
) -> FloatArray:
    """Superpixels that speak for a class: (N, H, W) float32 in [0, 1], over each map's maximum.

    Parameters as in `grad_cam`; there are no layers, and a `layer` is refused. Raises TrainerError.
    """
    if layer is not None:
        raise TrainerError(f"layer {layer!r} was asked of lime, which looks at no layer. Leave it.")
    if len(images_rgb) == 0:
        raise TrainerError("no pictures were given to explain; expected at least one.")
    wanted = chosen_classes(class_index, len(images_rgb), int(model.output_shape[-1]))
    maps = []
    for index, image in enumerate(images_rgb):
        found = explain_one(model, np.asarray(image, np.uint8), batch_size=batch_size)
        label = int(found.probabilities.argmax()) if wanted is None else int(wanted[index])
        maps.append(found.heat(label))
    return normalised(np.stack(maps))


def explain_one(
    model: Any,
    image_rgb: ImageArray,
    *,
    samples: int = SAMPLES,
    seed: int = 0,
    batch_size: int = CHUNK,
    segments: IntArray | None = None,
) -> Superpixels:
    """Explain one picture, uint8 (H, W, C), for every class at once.

    Superpixels that are switched off show the picture's mean colour. samples: pictures with about
    half of the superpixels off. segments: (H, W) labels 0..S-1, else SLIC's.
    """
    found = superpixels(image_rgb) if segments is None else segments
    count = int(found.max()) + 1
    if count < 2:
        raise TrainerError(
            f"the picture {image_rgb.shape} falls into {count} superpixel; LIME compares several. "
            "Give a picture with more than one colour."
        )
    shown = np.random.default_rng(seed).random((samples, count)) < 0.5
    shown[0] = True
    answers = _ask(model, image_rgb, found, shown, batch_size)
    weights, fit = weighted_ridge(shown.astype(np.float64), answers, kernel(shown))
    return Superpixels(found, weights, fit, answers[0])


def kernel(shown: npt.NDArray[np.bool_]) -> RealArray:
    """(M,) exp(-D^2 / width^2), D the cosine distance of each mask (M, S) to the whole picture."""
    distance = 1.0 - np.sqrt(shown.mean(axis=1))
    return np.asarray(np.exp(-((distance / KERNEL_WIDTH) ** 2)), dtype=np.float64)


def weighted_ridge(
    masks: RealArray, answers: RealArray, weight: RealArray, ridge: float = RIDGE
) -> tuple[RealArray, RealArray]:
    """Coefficients (S, K) and weighted R2 (K,) of answers (M, K) on masks (M, S), weights (M,).

    Minimises sum_m w_m (y_m - b - x_m c)^2 + ridge |c|^2; the intercept b is not penalised.
    """
    total = weight.sum()
    x = masks - (weight @ masks) / total
    y = answers - (weight @ answers) / total
    inner = (x * weight[:, None]).T @ x + ridge * np.eye(x.shape[1])
    found = np.linalg.solve(inner, (x * weight[:, None]).T @ y)
    left, whole = weight @ (y - x @ found) ** 2, weight @ y**2
    fit = 1.0 - left / np.where(whole > 0, whole, 1.0)
    return found, np.where(whole > 0, fit, 0.0)


def _ask(
    model: Any,
    image_rgb: ImageArray,
    segments: IntArray,
    shown: npt.NDArray[np.bool_],
    batch_size: int,
) -> RealArray:
    """Probabilities (M, K) of the picture with only some superpixels shown, masks (M, S)."""
    veiled = grayed(image_rgb)
    parts = []
    for start in range(0, len(shown), batch_size):
        here = shown[start : start + batch_size][:, segments][..., None]
        batch = np.where(here, image_rgb, veiled)
        parts.append(np.asarray(model.predict_on_batch(batch), dtype=np.float64))
    return np.concatenate(parts)
