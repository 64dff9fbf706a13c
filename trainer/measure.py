"""What a trained run is worth, and where PASS ends and REJECT begins: metrics.json, report.html."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from trainer.calibration import apply_temperature, fit_temperature
from trainer.config import FitConfig, TrainerError
from trainer.datasets import Picture
from trainer.evaluate import Scored, assess
from trainer.limits.operating_point import choose_operating_point
from trainer.limits.review_share import choose_limits
from trainer.material import Material, reload
from trainer.metrics import BoolArray, defect_probability, log_odds
from trainer.predictions import load_float32, predict
from trainer.runs import EXPLANATIONS, REVIEW_LIMITS, Run, data_of, save_metrics, save_run
from trainer.training import Progress

KEPT = ("epochs", "best_epoch", "complete", "time", EXPLANATIONS)
"""What another operating point leaves as it is."""


def measure_run(run: Run, material: Material, facts: dict[str, Any], tell: Progress) -> None:
    """Calibrate and choose the operating point on validation, measure on test, write it all.

    facts: what else metrics.json says of the training.
    """
    from trainer.report import write_report

    tell("measuring the best weights in float32")
    began = time.monotonic()
    model = load_float32(run)
    scored = {name: _score(model, material, name) for name in ("validation", "test")}
    seconds = time.monotonic() - began
    metrics = measure(run, scored["validation"], scored["test"])
    save_metrics(run, {**metrics, **facts, "seconds_to_measure": round(seconds, 2)})
    tell("writing the report")
    write_report(run, scored["test"], scored["validation"], model)


def decide_again(run: Run, config: FitConfig, tell: Progress, data: Path | None = None) -> Run:
    """Choose another operating point for a finished run, by the budgets in `config`.

    data: where the run's pictures lie, if they moved. The weights stay; figures on a fresh set are
    dropped, for they hold for the old thresholds.
    Raises TrainerError where the run's pictures are gone or changed.
    """
    before = run.metrics()
    material = reload(run, data_of(run, data, "--data"), tell)
    decided = replace(run, config=config)
    measure_run(decided, material, {k: before[k] for k in KEPT if k in before}, tell)
    save_run(decided)  # last: budgets that nothing can be chosen by leave the run as it was
    return decided


def report_again(run: Run, model: Any, data: Path | None, tell: Progress) -> None:
    """Write report.html anew after metrics.json gained something. Raises TrainerError."""
    from trainer.report import write_report

    material = reload(run, Path(run.data) if data is None else data, tell)
    scored = {name: _score(model, material, name) for name in ("validation", "test")}
    tell("writing the report")
    write_report(run, scored["test"], scored["validation"], model)


def _score(model: Any, material: Material, name: str) -> Scored:
    indices = material.indices(name)
    kept = tuple(material.pictures[i] for i in indices)
    raw = predict(model, material.pixels.images, indices).astype(np.float64)
    pixels = material.pixels
    labels = material.labels[indices]
    return Scored(kept, pixels.images, pixels.shown, indices, labels, raw)


def check_promise(run: Run, material: Material) -> None:
    """Before any training: raise TrainerError where no validation defect is one that the escape
    budget counts, so that there would be nothing to choose limits by."""
    chosen = material.indices("validation")
    is_defect = np.array([c.defect for c in run.classes])[material.labels[chosen]]
    _promised([material.pictures[i] for i in chosen], is_defect, run.config.escape_from_mm)


def _promised(pictures: Sequence[Picture], is_defect: BoolArray, from_mm: float) -> BoolArray:
    """(N,) defects that the escape budget counts: of that size and more, or of unknown size."""
    sizes = np.array([p.size_mm or np.inf for p in pictures])
    found = is_defect & (sizes >= from_mm)
    if is_defect.any() and not found.any():
        raise TrainerError(
            f"--escape-from-mm is {from_mm:g}, and the largest of the {int(is_defect.sum())} "
            f"validation defects has {sizes[is_defect].max():g} mm. Lower it."
        )
    return found


def measure(run: Run, validation: Scored, test: Scored) -> dict[str, Any]:
    """Temperature and operating point from validation; figures of both sets. JSON-able.

    The operating point counts defects of `escape_from_mm` and more, and those of unknown size.
    """
    config = run.config
    temperature = fit_temperature(validation.raw, validation.labels)
    marks = [c.defect for c in run.classes]
    is_defect = np.array(marks)[validation.labels]
    counts = ~is_defect | _promised(validation.pictures, is_defect, config.escape_from_mm)
    point = choose_operating_point(
        log_odds(apply_temperature(validation.raw, temperature), marks)[counts],
        is_defect[counts],
        config.escape_budget,
        config.overkill_budget,
        config.confidence_level,
    )
    if config.escape_from_mm > 0:
        left_out = int((~counts).sum())
        point = replace(
            point,
            statement=f"{point.statement} Counted were defects of {config.escape_from_mm:g} mm and "
            f"more; of the {left_out} smaller ones nothing is promised.",
        )
    low, high = point.pass_below, point.reject_from
    calibrated = apply_temperature(validation.raw, temperature)
    limits = choose_limits(defect_probability(calibrated, marks), is_defect)
    return {
        "temperature": temperature,
        "thresholds": {"pass_below": low, "reject_from": high},
        "operating_point": point.as_dict(),
        REVIEW_LIMITS: limits,
        "validation": assess(validation, run, temperature, low, high, limits),
        "test": assess(test, run, temperature, low, high, limits),
    }
