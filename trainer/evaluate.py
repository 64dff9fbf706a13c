"""What a trained run is worth: figures on its test pictures, or on a fresh labelled folder."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from engines.bundle import InputSpec
from engines.prediction import ImageArray
from trainer.calibration import apply_temperature
from trainer.config import ModelConfig, TrainerError
from trainer.counting import OnCount
from trainer.datasets import Picture, read_input, scan
from trainer.intervals import rate_of
from trainer.limits.review_share import at_review
from trainer.metrics import (
    BoolArray,
    IntArray,
    RealArray,
    classification_figures,
    defect_probability,
    log_loss,
)
from trainer.pixels import read_pixels
from trainer.predictions import PASS, REJECT, REVIEW, decide, load_float32, predict
from trainer.runs import FRESH, REVIEW_LIMITS, SPLIT_FILE, Run, data_of, save_metrics
from trainer.splits import read_split

SIZE_BINS_MM = ((0.0, 0.5), (0.5, 1.0), (1.0, 2.0), (2.0, 5.0), (5.0, 10.0), (10.0, float("inf")))


@dataclass(frozen=True, slots=True, eq=False)
class Scored:
    """Labelled pictures with what the model said, in one order."""

    pictures: tuple[Picture, ...]
    images: ImageArray
    """The pixels of these pictures among others: not copied, they may be larger than memory."""
    shown: ImageArray
    """As `images`, for people; the same unless these are enhanced."""
    rows: IntArray
    """(N,) where in both each picture is."""
    labels: IntArray
    raw: RealArray
    """(N, K) probabilities before temperature scaling."""
    skipped: tuple[tuple[str, str], ...] = ()
    """(file, reason) of pictures that could not be read."""


def evaluate(
    run: Run,
    data: Path | None = None,
    *,
    run_data: Path | None = None,
    skip_bad: bool = False,
    on_read: OnCount | None = None,
    on_picture: OnCount | None = None,
) -> dict[str, Any]:
    """Figures of a finished run, JSON-able: of its own test pictures, which may have moved to
    `run_data`, or of the folder `data`.

    Probabilities are those of the float32 model, temperature-scaled, decided at the run's
    operating point: what the exported bundle does. Raises TrainerError.
    """
    metrics = run.metrics()
    scored = score(
        run, data, run_data=run_data, skip_bad=skip_bad, on_read=on_read, on_picture=on_picture
    )
    point = metrics["thresholds"]
    figures = assess(
        scored, run, metrics["temperature"], point["pass_below"], point["reject_from"],
        metrics.get(REVIEW_LIMITS, ()),
    )  # fmt: skip
    return {
        "run": str(run.path),
        "data": str(data) if data is not None else f"{run.data} (test pictures)",
        "temperature": metrics["temperature"],
        "thresholds": point,
        "operating_point": metrics["operating_point"],
        **figures,
    }


def record_fresh(run: Run, figures: dict[str, Any]) -> None:
    """Keep the figures on a fresh set in RUN/metrics.json; the model card shows them.

    Of the folders only the name is kept: the bundle that carries the figures travels.
    """
    kept = {k: v for k, v in figures.items() if k != "run"}
    save_metrics(run, {**run.metrics(), FRESH: {**kept, "data": Path(figures["data"]).name}})


def score(
    run: Run,
    data: Path | None,
    *,
    run_data: Path | None = None,
    skip_bad: bool = False,
    on_read: OnCount | None = None,
    on_picture: OnCount | None = None,
) -> Scored:
    """Read the pictures and put them through the run's model."""
    root = data_of(run, run_data, "--run-data") if data is None else data
    if data is None:
        pictures = _test_pictures(run, root)
    else:
        pictures = fresh_pictures(run.class_names, run.input, root)
    files = [p.file for p in pictures]
    pixels = read_pixels(
        root, files, run.input, skip_bad=skip_bad, scratch=run.path, on_read=on_read
    )
    if not pixels.kept:
        raise TrainerError(f"no picture of {root} could be read; there is nothing to evaluate.")
    if data is None:
        _check_unchanged(run, root, [files[i] for i in pixels.kept], pixels.sha256)
    kept = tuple(pictures[i] for i in pixels.kept)
    rows = np.arange(len(kept), dtype=np.int64)
    raw = predict(load_float32(run), pixels.images, rows, on_picture)
    labels = np.array([p.label for p in kept], np.int64)
    raw64 = raw.astype(np.float64)
    return Scored(kept, pixels.images, pixels.shown, rows, labels, raw64, pixels.bad)


def _test_pictures(run: Run, root: Path) -> list[Picture]:
    kept = {r.file for r in read_split(run.path / SPLIT_FILE) if r.split == "test"}
    catalogue = scan(root)
    found = [p for p in catalogue.pictures if p.file in kept]
    if catalogue.class_names != run.class_names or len(found) < len(kept):
        raise TrainerError(
            f"{root} no longer holds the run's test pictures ({len(found)} of {len(kept)}, classes "
            f"{', '.join(catalogue.class_names)}). Restore it, or give another folder with --data."
        )
    return found


def fresh_pictures(class_names: Sequence[str], spec: InputSpec, root: Path) -> list[Picture]:
    """Pictures of a folder with labels by class name: it may lack some of the classes.

    Raises TrainerError for a class that is not among them, or pictures cropped otherwise.
    """
    catalogue = scan(root, least_classes=1)
    unknown = [n for n in catalogue.class_names if n not in class_names]
    if unknown:
        raise TrainerError(
            f"{root} has the class folders {', '.join(unknown)}, which the run does not know "
            f"({', '.join(class_names)}). Rename them, or start their names with _."
        )
    fresh = read_input(root, ModelConfig(size_px=spec.height))
    if fresh.locate != spec.locate or (fresh.locate == "disc" and fresh.margin != spec.margin):
        raise TrainerError(
            f"{root} holds pictures cropped as {fresh.locate!r} (margin {fresh.margin:g}), the run "
            f"was trained on {spec.locate!r} (margin {spec.margin:g}). "
            "Crop both with the same `station crop`."
        )
    index = [class_names.index(n) for n in catalogue.class_names]
    return [
        Picture(p.file, index[p.label], p.part_id, p.kind, p.size_mm) for p in catalogue.pictures
    ]


def _check_unchanged(run: Run, root: Path, files: Sequence[str], sha256: Sequence[str]) -> None:
    expected = {r.file: r.sha256 for r in read_split(run.path / SPLIT_FILE)}
    changed = [f for f, d in zip(files, sha256, strict=True) if expected[f] != d]
    if changed:
        raise TrainerError(
            f"{len(changed)} test pictures in {root} changed since the run, {changed[0]} first. "
            "Restore them, or give the folder with --data to take it as a new set."
        )


def assess(
    scored: Scored,
    run: Run,
    temperature: float,
    pass_below: float,
    reject_from: float,
    review_limits: Sequence[dict[str, float]] = (),
) -> dict[str, Any]:
    """Every figure of one scored set at one operating point, JSON-able.

    review_limits: of `review_share.choose_limits`, chosen on validation.
    """
    probabilities = apply_temperature(scored.raw, temperature)
    defect = np.array([c.defect for c in run.classes])
    p = defect_probability(probabilities, defect)
    decisions = decide(p, pass_below, reject_from)
    is_defect = defect[scored.labels]
    level = run.config.confidence_level
    return {
        **classification_figures(probabilities, scored.labels, run.class_names),
        "skipped": [f"{file}: {reason}" for file, reason in scored.skipped],
        "loss_before_calibration": log_loss(scored.raw, scored.labels),
        "escapes": _rate(decisions[is_defect] == PASS, level),
        "overkill": _rate(decisions[~is_defect] == REJECT, level),
        "review_defects": _rate(decisions[is_defect] == REVIEW, level),
        "review_good": _rate(decisions[~is_defect] == REVIEW, level),
        "at_review": at_review(review_limits, p, is_defect, level),
        "by_size": _by_size(scored.pictures, is_defect, decisions, level),
        "by_kind": _by_kind(scored.pictures, is_defect, decisions, level),
    }


def _rate(hits: BoolArray, level: float) -> dict[str, Any]:
    return rate_of(int(hits.sum()), len(hits), level)


def _row(chosen: IntArray, level: float) -> dict[str, Any]:
    return {
        "defects": len(chosen),
        "pass": int((chosen == PASS).sum()),
        "review": int((chosen == REVIEW).sum()),
        "reject": int((chosen == REJECT).sum()),
        "escapes": _rate(chosen == PASS, level),
    }


def _by_size(
    pictures: Sequence[Picture],
    is_defect: np.ndarray[Any, np.dtype[np.bool_]],
    decisions: IntArray,
    level: float,
) -> list[dict[str, Any]]:
    """Defects with a known size, by size; empty bins are left out."""
    sizes = np.array([np.nan if p.size_mm is None else p.size_mm for p in pictures])
    rows = []
    for low, high in SIZE_BINS_MM:
        chosen = decisions[is_defect & (sizes >= low) & (sizes < high)]
        if len(chosen):
            name = f"{low:g}-{high:g} mm" if np.isfinite(high) else f"{low:g} mm and more"
            rows.append({"size": name, "from_mm": low, **_row(chosen, level)})
    return rows


def _by_kind(
    pictures: Sequence[Picture],
    is_defect: np.ndarray[Any, np.dtype[np.bool_]],
    decisions: IntArray,
    level: float,
) -> list[dict[str, Any]]:
    kinds = np.array([p.kind or "" for p in pictures])
    return [
        {"kind": str(kind), **_row(decisions[is_defect & (kinds == kind)], level)}
        for kind in np.unique(kinds[is_defect])
        if kind
    ]
