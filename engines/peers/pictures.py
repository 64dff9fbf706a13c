"""What the bench shows to all contenders: the bundle's golden pictures, or a folder's."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from engines.bundle import GOLDEN, Bundle
from engines.decode import IMAGE_SUFFIXES, read_image
from engines.errors import EngineError, ImageError
from engines.golden import read_golden
from engines.picture_files import pictures_below
from engines.prediction import ImageArray
from engines.preprocess import fit_picture

PICTURES = 8
"""Of a larger set so many are taken, evenly spread."""


def golden_crops(bundle: Bundle, count: int = PICTURES) -> list[ImageArray]:
    """uint8 (H, W, 3) of the graph's size, grey as three equal channels. Raises BundleError."""
    golden = read_golden(bundle.path / GOLDEN)
    crops = [golden.image(int(index)) for index in _spread(len(golden), count)]
    return [np.repeat(crop, 3, axis=2) if crop.shape[2] == 1 else crop for crop in crops]


def folder_crops(bundle: Bundle, folder: Path, count: int = PICTURES) -> list[ImageArray]:
    """The pictures of a folder and those below it, each a part by itself, stretched to the graph's
    size: uint8 (H, W, 3). Folders set aside, `_x` or `.x`, hold masks and the like. Raises
    EngineError."""
    paths = pictures_below(folder)
    if not paths:
        raise EngineError(
            f"{folder} holds no pictures ({', '.join(IMAGE_SUFFIXES)}). Give a folder of crops to "
            "--images, or leave it out to take the bundle's golden set."
        )
    rgb = replace(bundle.input, channels=3, kind="rgb")
    try:
        return [fit_picture(read_image(paths[i]), rgb) for i in _spread(len(paths), count)]
    except ImageError as error:
        raise EngineError(f"{error} Take it out of the folder given to --images.") from error


def _spread(total: int, count: int) -> list[int]:
    return [int(i) for i in np.unique(np.linspace(0, total - 1, min(total, count)).round())]
