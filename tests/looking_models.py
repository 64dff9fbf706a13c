"""Models that look where they are told to: the truth that explainers are held against."""

from __future__ import annotations

from typing import Any

import numpy as np

from engines.prediction import ImageArray


def redness_model(size_px: int = 64, quadrant: tuple[int, int] | None = None) -> Any:
    """Class 1 is seen where the picture is truly red, class 0 where blue: p from the mean of both.

    quadrant: (row, column) of the only quarter that counts; layer `looked` is what is left.
    """
    import keras

    image = keras.Input((size_px, size_px, 3), name="image")
    x = keras.layers.Conv2D(2, 1, activation="relu", name="colours")(image)
    x = keras.layers.AveragePooling2D(8, name="cells")(x)
    cells = size_px // 8
    mask = np.ones((cells, cells, 1), "float32")
    if quadrant is not None:
        half = cells // 2
        row, column = (half * part for part in quadrant)
        mask[...] = 0.0
        mask[row : row + half, column : column + half] = 1.0
    x = keras.layers.Rescaling(mask, name="looked")(x)
    x = keras.layers.GlobalAveragePooling2D(name="mean")(x)
    scores = keras.layers.Dense(2, activation="softmax", name="predictions")(x)
    model = keras.Model(image, scores, name="redness")
    red = np.array([[1.0, -0.5], [-0.5, -0.5], [-0.5, 1.0]], "float32")  # of R, G, B; red, blue
    model.get_layer("colours").set_weights([red[None, None] / 255, np.full(2, -0.2, "float32")])
    # A quarter of red counts about 0.13 in the mean: logits of 2 to either side.
    gain = np.array([[-16.0, 16.0], [16.0, -16.0]], "float32")
    model.get_layer("predictions").set_weights([gain, np.zeros(2, "float32")])
    return model


def red_quarter(
    row: int, column: int, size_px: int = 64, blue: tuple[int, int] | None = None
) -> ImageArray:
    """Gray noise with one red quarter, and perhaps a blue one: uint8 (size, size, 3)."""
    rng = np.random.default_rng(5)
    picture = np.repeat(rng.integers(90, 110, (size_px, size_px, 1)), 3, axis=2)
    half = size_px // 2
    for place, channel in (((row, column), 0), (blue, 2)):
        if place is not None:
            part = picture[half * place[0] :, half * place[1] :][:half, :half]
            part[...] = 40
            part[..., channel] = 220
    return picture.astype(np.uint8)


def quarter(row: int, column: int, size_px: int) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """(size, size) True in one quarter."""
    half = size_px // 2
    inside = np.zeros((size_px, size_px), bool)
    inside[half * row : half * (row + 1), half * column : half * (column + 1)] = True
    return inside


def energy_within(heat: np.ndarray[Any, Any], row: int, column: int) -> float:
    """Share of a map's sum that lies in one quarter."""
    return float(heat[quarter(row, column, heat.shape[0])].sum() / heat.sum())
