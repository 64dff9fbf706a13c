"""Which pictures are explained: those that were named, or some of the run's own test pictures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from engines.decode import IMAGE_SUFFIXES
from engines.picture_files import pictures_below
from engines.prediction import ImageArray
from trainer.calibration import apply_temperature
from trainer.config import TrainerError
from trainer.counting import OnCount
from trainer.metrics import IntArray, RealArray
from trainer.pixels import Pixels, read_pixels
from trainer.predictions import predict
from trainer.runs import Run
from trainer.split_pictures import SplitPictures, read_split_pictures

PREDICTED = "predicted"


@dataclass(frozen=True, slots=True, eq=False)
class Subjects:
    """Pictures with what the model says of them."""

    files: tuple[str, ...]
    """As they were named, or below the data folder."""
    root: Path
    """What `files` lie under."""
    images: ImageArray
    """(N, height, width, channels) uint8, as the graph takes them."""
    labels: IntArray
    """(N,) true classes; -1 where the picture's folder is not named as a class."""
    probabilities: RealArray
    """(N, K), scaled by the run's temperature."""
    originals: ImageArray | None = None
    """(N, height, width, 3) the same pictures as people see them, where `images` are enhanced."""

    def __len__(self) -> int:
        return len(self.files)

    @property
    def shown(self) -> ImageArray:
        """(N, height, width, 1 or 3) uint8, as people see them."""
        return self.images if self.originals is None else self.originals

    @property
    def predicted(self) -> IntArray:
        """(N,) the most probable class."""
        return np.asarray(self.probabilities.argmax(axis=1), np.int64)

    def chosen(self, indices: IntArray) -> Subjects:
        """Some of them, in the order of `indices`."""
        files = tuple(self.files[i] for i in indices)
        return Subjects(
            files,
            self.root,
            self.images[indices],
            self.labels[indices],
            self.probabilities[indices],
            None if self.originals is None else self.originals[indices],
        )


def named_subjects(
    run: Run, model: Any, paths: Sequence[Path], on_picture: OnCount | None = None
) -> Subjects:
    """Files, and every picture below folders; cropped as the training pictures were.

    Raises TrainerError for a path without pictures, or pictures that cannot be read.
    """
    files = [str(file) for path in paths for file in _pictures_of(path)]
    pixels = read_pixels(Path(), files, run.input, scratch=run.path)
    names = list(run.class_names)
    folders = [Path(file).resolve().parent.name for file in files]
    labels = np.array([names.index(f) if f in names else -1 for f in folders], np.int64)
    return _answered(run, model, tuple(files), Path(), pixels, labels, on_picture)


def tested_subjects(
    run: Run,
    model: Any,
    data: Path | None = None,
    most: int | None = None,
    on_picture: OnCount | None = None,
) -> Subjects:
    """The run's test pictures; `most`: a seeded sample, as many of each class as there are."""
    found = read_split_pictures(run, "test", data, most)
    root = Path(run.data) if data is None else data
    return _answered(run, model, found.files, root, found, found.labels, on_picture)


def worst_and_best(subjects: Subjects, count: int) -> IntArray:
    """Indices: half of them where the true class got the least probability, then the surest."""
    true = subjects.probabilities[np.arange(len(subjects)), subjects.labels]
    order = np.argsort(true, kind="stable")
    count = min(count, len(order))
    worst = count - count // 2
    return np.concatenate([order[:worst], order[len(order) - count // 2 :][::-1]]).astype(np.int64)


def asked_class(run: Run, name: str, subjects: Subjects) -> IntArray:
    """(N,) the class to explain: `predicted`, or one by name. Raises TrainerError."""
    if name == PREDICTED:
        return subjects.predicted
    if name not in run.class_names:
        raise TrainerError(
            f"--class {name}: the run knows {', '.join(run.class_names)}; or `{PREDICTED}`."
        )
    return np.full(len(subjects), run.class_names.index(name), np.int64)


def _pictures_of(path: Path) -> list[Path]:
    if path.is_file():
        return [path]
    if not path.is_dir():
        raise TrainerError(f"{path} is neither a picture nor a folder. Check the name.")
    found = pictures_below(path)
    if not found:
        raise TrainerError(
            f"{path} holds no picture ({', '.join(IMAGE_SUFFIXES)}). Name files, or another folder."
        )
    return found


def _answered(
    run: Run,
    model: Any,
    files: tuple[str, ...],
    root: Path,
    pictures: Pixels | SplitPictures,
    labels: IntArray,
    on_picture: OnCount | None,
) -> Subjects:
    images, shown = pictures.images, pictures.shown
    raw = predict(model, images, np.arange(len(files), dtype=np.int64), on_picture)
    calibrated = apply_temperature(raw.astype(np.float64), run.metrics()["temperature"])
    originals = shown if run.input.kind == "enh" else None
    return Subjects(files, root, images, labels, calibrated, originals)
