"""The pictures on which ranges are measured before values are rounded to fewer bits."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from engines.decode import IMAGE_SUFFIXES
from engines.picture_files import pictures_below
from engines.prediction import ImageArray
from trainer.config import TrainerError
from trainer.counting import OnCount
from trainer.pixels import read_pixels
from trainer.runs import Run
from trainer.split_pictures import balanced, read_split_pictures

COUNT = 192
"""More changed nothing that could be measured."""


def check_folder(folder: Path | None) -> None:
    """Raises TrainerError for what is given and is no folder."""
    if folder is not None and not folder.is_dir():
        raise TrainerError(f"--calibration {folder} is not a folder. Give one with pictures.")


def calibration_pictures(
    run: Run,
    folder: Path | None = None,
    data: Path | None = None,
    on_read: OnCount | None = None,
) -> ImageArray:
    """At most COUNT pictures, uint8 (N, height, width, channels): a seeded sample, as many of each
    class, or of each subfolder, as there are.

    folder: pictures to take; None takes the run's training pictures, which lie in `data` if they
    have moved. Raises TrainerError where there is none, or one cannot be read.
    """
    if folder is None:
        return read_split_pictures(run, "train", data, COUNT, on_read).images
    check_folder(folder)
    shown = pictures_below(folder)
    if not shown:
        raise TrainerError(
            f"--calibration {folder} holds no picture ({', '.join(IMAGE_SUFFIXES)}). Give a folder "
            "of pictures cropped like those of the run."
        )
    groups = [p.relative_to(folder).parts[0] if p.parent != folder else "" for p in shown]
    chosen = balanced(groups, COUNT, run.config.seed)
    names = [shown[i].relative_to(folder).as_posix() for i in np.sort(chosen)]
    return read_pixels(folder, names, run.input, on_read=on_read).images
