"""A run's explanations measured on its test pictures, and kept in its metrics.json."""

from __future__ import annotations

import hashlib
import shutil
import time
from pathlib import Path
from typing import Any

from engines.backend import OnProgress
from trainer.datasets import MASKS, check_named_apart, scan
from trainer.explain.gallery import Ways
from trainer.explain.quality.assess import Kept, Sample, assess_explanations
from trainer.explain.quality.places import Places, read_boxes, read_masks
from trainer.explain.subjects import Subjects, asked_class, tested_subjects
from trainer.feeding.feature_cache import versions
from trainer.runs import EXPLANATIONS, MODEL_FILE, Run, save_metrics

UNFINISHED = "explaining"
"""In the run's folder: pieces that are finished, until all of them are."""


def measure_explanations(
    run: Run,
    model: Any,
    how: Ways,
    count: int,
    tell: OnProgress,
    *,
    data: Path | None = None,
    boxes: Path | None = None,
    masks: Path | None = None,
    class_name: str = "predicted",
) -> dict[str, Any]:
    """What `assess_explanations` finds on `count` test pictures, as many of each class as there
    are. masks: else DATA/_masks, where that is. What is finished lies in RUN/explaining until
    `record_explanations`: the same question after a kill goes on from there. Raises TrainerError.
    """
    began = time.monotonic()
    subjects = tested_subjects(
        run, model, data, count, on_picture=lambda done, total: tell("asking", done, total)
    )
    lying = subjects.root / MASKS
    if boxes is None and masks is None and lying.is_dir():
        masks = lying
    places = _places(run, subjects, boxes, masks)
    sample = Sample(subjects, asked_class(run, class_name, subjects), places)
    figures = assess_explanations(model, sample, how, tell, _kept(run))
    return {
        "class": class_name,
        **figures,
        "seconds": round(time.monotonic() - began, 1),
    }


def _places(run: Run, subjects: Subjects, boxes: Path | None, masks: Path | None) -> Places | None:
    """Of the pictures with a defect; a good part's name may be that of a defective one."""
    truths, suffix = (boxes, ".xml") if boxes is not None else (masks, ".png")
    if truths is None:
        return None
    defect = [c.defect for c in run.classes]
    catalogue = scan(subjects.root)
    check_named_apart(truths, suffix, [p.file for p in catalogue.pictures if defect[p.label]])
    named = zip(subjects.files, subjects.labels, strict=True)
    files = [file if defect[label] else None for file, label in named]
    size = (run.input.height, run.input.width)
    if boxes is not None:
        return read_boxes(boxes, files, *size)
    return read_masks(truths, subjects.root, files, *size)


def _kept(run: Run) -> Kept:
    digest = hashlib.sha256((run.path / MODEL_FILE).read_bytes()).hexdigest()
    return Kept(run.path / UNFINISHED, {"model": digest, "versions": versions()})


def record_explanations(run: Run, figures: dict[str, Any]) -> None:
    """Merge into RUN/metrics.json under `explanations`; the pieces are removed. Raises
    TrainerError."""
    save_metrics(run, {**run.metrics(), EXPLANATIONS: figures})
    shutil.rmtree(run.path / UNFINISHED, ignore_errors=True)
