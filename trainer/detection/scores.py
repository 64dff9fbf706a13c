"""Defect probabilities of labelled pictures: of a run, by Keras; of a bundle, by its engine."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from engines.backend import OnProgress
from engines.bundle import MANIFEST, Bundle, ClassInfo, InputSpec, load_bundle
from engines.engine import open_engine
from engines.prediction import ImageArray
from trainer.calibration import apply_temperature
from trainer.config import TrainerError
from trainer.counting import OnCount, counting
from trainer.datasets import Picture
from trainer.evaluate import fresh_pictures
from trainer.metrics import BoolArray, RealArray, defect_probability
from trainer.pixels import read_pixels
from trainer.predictions import load_float32, predict
from trainer.runs import Run, load_run
from trainer.split_pictures import read_split_pictures

BATCH = 16


@dataclass(frozen=True, slots=True, eq=False)
class Scores:
    """N pictures with what was said about them."""

    p: RealArray
    """(N,) defect probability, temperature-scaled."""
    defect: BoolArray
    """(N,) the truth."""
    pictures: tuple[Picture, ...] = ()
    """(N,), or none where sizes and kinds are not asked for."""
    skipped: tuple[tuple[str, str], ...] = ()
    """(file, reason) of pictures that could not be read."""
    answered_by: str = "the trained network in float32"
    margin: float = 0.0
    """By which the engine tightens the thresholds it decides by."""


@dataclass(frozen=True, slots=True)
class Source:
    """Whose answers are studied: a run's, or a bundle's. Made by `open_source`."""

    path: Path
    run: Run | None
    bundle: Bundle | None

    @property
    def classes(self) -> tuple[ClassInfo, ...]:
        """Names, and whether each is a defect."""
        return self._either.classes

    @property
    def input(self) -> InputSpec:
        """What the graph takes."""
        return self._either.input

    @property
    def _either(self) -> Run | Bundle:
        either = self.run or self.bundle
        assert either is not None  # open_source sees to it
        return either


def open_source(path: Path) -> Source:
    """A run folder or a bundle folder. Raises TrainerError, or BundleError for a damaged bundle."""
    if (path / MANIFEST).is_file():
        return Source(path, None, load_bundle(path))
    return Source(path, load_run(path), None)


def score_folder(
    source: Source,
    root: Path,
    *,
    only_good: bool = False,
    skip_bad: bool = False,
    device: str = "auto",
    on_progress: OnProgress | None = None,
) -> Scores:
    """Answers to the pictures of a labelled folder, cropped like the training's.

    only_good: pictures of good classes alone. device: where a bundle's engine runs. Raises
    TrainerError, EngineError.
    """
    names = tuple(c.name for c in source.classes)
    defect = np.array([c.defect for c in source.classes])
    pictures = fresh_pictures(names, source.input, root)
    if only_good:
        pictures = [p for p in pictures if not defect[p.label]]
    if not pictures:
        raise TrainerError(f"{root} holds no picture of a good class; false calls need some.")
    files = [p.file for p in pictures]
    scratch = None if source.run is None else source.path
    pixels = read_pixels(
        root, files, source.input, skip_bad=skip_bad, scratch=scratch,
        on_read=counting(on_progress, f"reading {root.name}"),
    )  # fmt: skip
    if not pixels.kept:
        raise TrainerError(f"no picture of {root} could be read.")
    kept = tuple(pictures[i] for i in pixels.kept)
    told = counting(on_progress, f"looking at {root.name}")
    truth = defect[[picture.label for picture in kept]]
    if source.bundle is None:
        return Scores(_by_keras(source, pixels.images, told), truth, kept, pixels.bad)
    answers = []
    with open_engine(source.bundle, device) as engine:
        for start in range(0, len(kept), BATCH):
            crops = list(pixels.images[start : start + BATCH])
            answers += [each.probabilities for each in engine.predict(crops)]
            if told is not None:
                told(len(answers), len(kept))
        name, margin = engine.certificate.name, engine.certificate.margin
    p = defect_probability(np.stack(answers), defect)
    return Scores(p, truth, kept, pixels.bad, f"the bundle's engine, {name}", margin)


def score_validation(
    run: Run, data: Path | None, on_progress: OnProgress | None = None
) -> RealArray:
    """(N,) defect probabilities of the good parts among a run's validation pictures.

    data: where the run's pictures lie, if they have moved. Raises TrainerError.
    """
    told = counting(on_progress, "reading validation")
    found = read_split_pictures(run, "validation", data, on_read=told, moved="--run-data")
    defect = np.array([c.defect for c in run.classes])
    rows = np.flatnonzero(~defect[found.labels])
    if not len(rows):
        raise TrainerError(f"{run.path} has no good part among its validation pictures.")
    source = Source(run.path, run, None)
    return _by_keras(source, found.images[rows], counting(on_progress, "looking at validation"))


def _by_keras(source: Source, images: ImageArray, told: OnCount | None) -> RealArray:
    run = source.run
    assert run is not None
    rows = np.arange(len(images), dtype=np.int64)
    raw = predict(load_float32(run), images, rows, told).astype(np.float64)
    calibrated = apply_temperature(raw, run.metrics()["temperature"])
    return defect_probability(calibrated, [c.defect for c in run.classes])
