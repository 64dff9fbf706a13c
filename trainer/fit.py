"""From a folder of pictures to a run folder: read, split, train, measure, report."""

from __future__ import annotations

import importlib.metadata
import logging
import platform
import threading
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import numpy as np

from trainer.config import FitConfig, StoppedError, TrainerError
from trainer.datasets import Catalogue, Picture, check_folder, mark_classes, read_input, scan
from trainer.feeding.augmentation import augmentation_of
from trainer.feeding.feature_cache import CacheRoom
from trainer.feeding.feeds import check_cached
from trainer.feeding.training_set import TrainingSet, originals_of
from trainer.history import State, read_history, read_state, time_facts
from trainer.material import Material, reading, reload
from trainer.measure import check_promise, measure_run
from trainer.pixels import Pixels, read_pixels
from trainer.precision import choose_precision
from trainer.run_lock import alone_in
from trainer.runs import HISTORY_FILE, REPORT_FILE, RUN_FILE, SPLIT_FILE, Run, load_run, save_run
from trainer.splits import (
    SPLITS,
    SplitRow,
    groups_of,
    split_groups,
    too_few,
    write_split,
)
from trainer.training import Progress, fresh_model, train

log = logging.getLogger(__name__)
PACKAGES = ("keras", "tensorflow", "numpy", "opencv-python-headless", "scipy")


def fit(
    data: Path,
    out: Path,
    config: FitConfig,
    *,
    resume: bool = False,
    skip_bad: bool = False,
    stop_event: threading.Event | None = None,
    on_progress: Progress | None = None,
    cache: CacheRoom | None = None,
) -> Run:
    """Train a model on `data` and leave everything about it in `out`.

    A stop keeps the best weights so far and still measures and reports them. With `resume` the run
    in `out` goes on after its last whole epoch, with its own split; `config` may then differ from
    the run's in `epochs` and `then_epochs` alone. cache: where the frozen blocks' features are
    kept, so that they are computed once. Raises TrainerError, also where another training is at
    work in `out`.
    """
    augmentation_of(config)  # refused before any picture is read
    if cache is not None:
        check_cached(config)
    stop = stop_event or threading.Event()
    tell: Progress = on_progress or (lambda _event: None)
    check_folder(data)  # before the run's folder is made, which may lie in it
    with alone_in(out):
        return _fit(data, out, config, resume, skip_bad, stop, tell, cache)


def _fit(
    data: Path,
    out: Path,
    config: FitConfig,
    resume: bool,
    skip_bad: bool,
    stop: threading.Event,
    tell: Progress,
    cache: CacheRoom | None,
) -> Run:
    fresh = None
    if resume:
        run, material = _reopen(data, out, config, tell)
    else:
        run, material, fresh = _open(data, out, config, skip_bad, tell)
    check_promise(run, material)
    marks = tuple(c.defect for c in run.classes)
    training = TrainingSet(
        material.pixels.images,
        material.labels,
        material.indices("train"),
        material.indices("validation"),
        marks,
        originals_of(material.pixels, run.input),
    )
    tell(_summary(run, material))
    state = train(run.path, run.config, training, read_state(out), stop, tell, cache, fresh)
    if state is None:
        raise StoppedError(
            f"stopped before the first epoch ended: there is nothing to keep in {out}. "
            "Start it again with --resume."
        )
    complete = state.epoch >= run.config.all_epochs
    facts = {
        "epochs": state.epoch,
        "best_epoch": state.best_epoch,
        "complete": complete,
        "time": time_facts(read_history(out / HISTORY_FILE)[: state.epoch]),
    }
    measure_run(run, material, facts, tell)
    return run


def _open(
    data: Path, out: Path, config: FitConfig, skip_bad: bool, tell: Progress
) -> tuple[Run, Material, Any]:
    """A new run: every picture read and hashed, split, and written down before training.

    The third is the network as it begins.
    """
    _check_place(data, out)
    catalogue = scan(data)
    classes = mark_classes(catalogue.class_names, config.good)
    config = replace(config, model=replace(config.model, classes=len(classes)))
    spec = read_input(data, config.model)
    _check_counts(catalogue)
    fresh = fresh_model(config)
    files = [p.file for p in catalogue.pictures]
    pixels = read_pixels(data, files, spec, skip_bad=skip_bad, scratch=out, on_read=reading(tell))
    pictures = tuple(catalogue.pictures[i] for i in pixels.kept)
    groups = groups_of(pictures, pixels.sha256)
    labels = np.array([p.label for p in pictures], np.int64)
    split = split_groups(labels, groups, config.split, config.seed, catalogue.class_names)
    _warn_of_copies(pictures, pixels.sha256)
    digest = write_split(out / SPLIT_FILE, _split_rows(pictures, catalogue, split, pixels.sha256))
    provenance = _provenance(config, digest, pixels)
    run = Run(out, config, classes, spec, str(data), provenance)
    save_run(run)
    return run, Material(pictures, pixels, split), fresh


def _check_place(data: Path, out: Path) -> None:
    """Raises TrainerError where a run must not be begun. One that was stopped before its first
    epoch ended has learned nothing, and is begun anew."""
    held = {p.name for p in out.iterdir() if p.name[0] != "."}
    if held - {RUN_FILE, SPLIT_FILE}:
        if RUN_FILE in held:
            raise TrainerError(
                f"{out} already holds a run. Go on with it by --resume, or choose another --out."
            )
        raise TrainerError(f"{out} is not an empty folder. Choose another --out.")
    place, root = out.resolve(), data.resolve()
    below = place.relative_to(root).parts if place.is_relative_to(root) else ()
    if below and below[0][0] not in "_.":
        raise TrainerError(
            f"{out} lies in {data}, where it would be taken for a class. Choose another --out."
        )


def _check_counts(catalogue: Catalogue) -> None:
    """Refuse before the reading what the split would refuse after it."""
    for name, count in catalogue.counts().items():
        if count < len(SPLITS):
            raise too_few(name, count, "pictures")


def _split_rows(
    pictures: Sequence[Picture],
    catalogue: Catalogue,
    split: np.ndarray[Any, np.dtype[np.int64]],
    sha256: Sequence[str],
) -> list[SplitRow]:
    return [
        SplitRow(p.file, catalogue.class_names[p.label], p.part_id or "", SPLITS[s], digest)
        for p, s, digest in zip(pictures, split, sha256, strict=True)
    ]


def _reopen(data: Path, out: Path, config: FitConfig, tell: Progress) -> tuple[Run, Material]:
    """The run in `out`, its pictures checked against the hashes of its split.csv."""
    run = load_run(out)
    old = run.config
    if replace(config, epochs=old.epochs, then_epochs=old.then_epochs) != old:
        raise TrainerError(
            f"--resume goes on with the settings in {out / RUN_FILE}; only --epochs and "
            "--then-epochs may change. Leave the other options out, or start a new run."
        )
    state = read_state(out)
    if state is not None:
        _check_epochs(run, config, state)
    material = reload(run, data, tell)
    run = replace(run, config=config)
    save_run(run)
    return run, material


def _check_epochs(run: Run, config: FitConfig, state: State) -> None:
    """Whether a run that has come to `state` can go on to the epochs of `config`."""
    done, before = state.epoch, run.config.epochs
    if done > before != config.epochs:
        raise TrainerError(
            f"{run.path} has begun its second phase after {before} epochs. To train on, give "
            "--resume with more --then-epochs, and leave --epochs as it was."
        )
    if config.epochs < done <= before and done < config.all_epochs:
        raise TrainerError(
            f"{run.path} has trained {done} epochs of its first phase, and --epochs "
            f"{config.epochs} would have ended that earlier. Give {done} or more."
        )
    if done >= config.all_epochs and _measured(run, state):
        raise TrainerError(
            f"{run.path} has finished its {done} epochs. To train on, give --resume with more "
            f"{'--then-epochs' if config.then_epochs else '--epochs'}."
        )


def _measured(run: Run, state: State) -> bool:
    """Whether its last epoch was measured and reported: a kill may have come before."""
    try:
        metrics = run.metrics()
    except TrainerError:
        return False
    return metrics.get("epochs") == state.epoch and (run.path / REPORT_FILE).exists()


def _warn_of_copies(pictures: Sequence[Picture], sha256: Sequence[str]) -> None:
    """The same file in two classes is a labelling mistake worth saying aloud."""
    first: dict[str, Picture] = {}
    for picture, digest in zip(pictures, sha256, strict=True):
        other = first.setdefault(digest, picture)
        if other.label != picture.label:
            log.warning("%s and %s are the same file in two classes", other.file, picture.file)


def _provenance(config: FitConfig, digest: str, pixels: Pixels) -> dict[str, Any]:
    versions = {}
    for name in PACKAGES:
        try:
            versions[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return {
        "started": datetime.now(timezone.utc).isoformat(timespec="seconds"),
        "seed": config.seed,
        "python": platform.python_version(),
        "machine": platform.machine(),
        "system": platform.system(),
        "versions": versions,
        "precision": choose_precision(config.precision),
        "pictures": len(pixels.kept),
        "data_sha256": digest,
        "skipped": [list(entry) for entry in pixels.bad],
    }


def _summary(run: Run, material: Material) -> str:
    parts = [material.labels[material.indices(split)] for split in SPLITS]
    counts = [
        f"{name} {' / '.join(str(int((labels == k).sum())) for labels in parts)}"
        for k, name in enumerate(run.class_names)
    ]
    bad = material.pixels.bad
    skipped = f"; {len(bad)} skipped" if bad else ""
    size = f"{run.input.height}x{run.input.width} px"
    return (
        f"training / validation / test: {', '.join(counts)}{skipped}; "
        f"{run.config.model.name}, {size}, {run.provenance['precision']}"
    )
