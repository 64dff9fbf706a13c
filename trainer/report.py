"""report.html: one self-contained page on a run, for people."""

from __future__ import annotations

import base64
from dataclasses import asdict, dataclass
from typing import Any

import cv2
import numpy as np

from engines.atomic_file import write_atomically
from engines.prediction import FloatArray, ImageArray
from trainer.calibration import apply_temperature
from trainer.config import TrainerError
from trainer.evaluate import Scored
from trainer.feeding.augmentation import augmentation_text
from trainer.history import read_history
from trainer.metrics import RealArray, defect_probability, log_odds
from trainer.pages import page
from trainer.phases import second_phase_text
from trainer.plots import plot_curves, plot_scores
from trainer.predictions import DECISIONS, decide
from trainer.runs import HISTORY_FILE, REPORT_FILE, SPLIT_FILE, Run
from trainer.splits import SPLITS, read_split

MOST_SHOWN = 12
"""Pictures in the strip of mistakes."""
SIDE_PX = 224


@dataclass(frozen=True, slots=True)
class Shown:
    """One picture in the strip."""

    file: str
    picture: str
    """Data URI, as is the next."""
    heat: str
    truth: str
    predicted: str
    probability: float
    """Of the true class."""
    decision: str
    facts: str
    wrong: bool


def write_report(run: Run, test: Scored, validation: Scored, model: Any) -> None:
    """Write RUN/report.html from the run's files, its scored pictures and its float32 model."""
    metrics = run.metrics()
    thresholds = metrics["thresholds"]
    marks = [c.defect for c in run.classes]
    plots = {}
    if not all(marks):
        for name, scored in (("validation", validation), ("test", test)):
            calibrated = apply_temperature(scored.raw, metrics["temperature"])
            truth = np.array(marks)[scored.labels]
            plots[name] = plot_scores(log_odds(calibrated, marks), truth, **thresholds)
    history = read_history(run.path / HISTORY_FILE)
    text = page(
        "report",
        {"percent": _percent},
        run=run,
        metrics=metrics,
        curves=plot_curves(history, metrics["best_epoch"]),
        seconds=sum(row.seconds for row in history),
        scores=plots,
        shown=_worst(run, test, model, metrics),
        counts=_counts(run),
        second_phase=second_phase_text(run.config),
        options=_options(run),
    )
    try:
        write_atomically(run.path / REPORT_FILE, text.encode())
    except OSError as error:
        raise TrainerError(f"{run.path / REPORT_FILE} cannot be written: {error}") from error


def _percent(share: float | None, digits: int = 1) -> str:
    return "none" if share is None else f"{share:.{digits}%}"


def _counts(run: Run) -> list[dict[str, Any]]:
    """Pictures of each class in each split."""
    rows = read_split(run.path / SPLIT_FILE)
    return [
        {
            "name": c.name,
            "defect": c.defect,
            **{s: sum(r.label == c.name and r.split == s for r in rows) for s in SPLITS},
        }
        for c in run.classes
    ]


def _options(run: Run) -> list[tuple[str, str]]:
    """The run's settings, name and value, in the order of the configuration."""
    body = asdict(run.config)
    model = body.pop("model")
    del body["vary"]
    body["augment"] = augmentation_text(run.config)
    return [(k.replace("_", " "), str(v)) for k, v in {**model, **body}.items()]


def _worst(run: Run, test: Scored, model: Any, metrics: dict[str, Any]) -> list[Shown]:
    """The test pictures whose true class got the least probability, wrong ones first."""
    from trainer.explain.grad_cam import grad_cam

    calibrated = apply_temperature(test.raw, metrics["temperature"])
    defect = [c.defect for c in run.classes]
    decisions = decide(defect_probability(calibrated, defect), **metrics["thresholds"])
    true = calibrated[np.arange(len(test.labels)), test.labels]
    order = np.argsort(true, kind="stable")[:MOST_SHOWN]
    heats = grad_cam(model, test.images[test.rows[order]])
    return [
        _show(run, test, int(i), heat, calibrated, DECISIONS[decisions[i]])
        for i, heat in zip(order, heats, strict=True)
    ]


def _show(
    run: Run, test: Scored, index: int, heat: FloatArray, calibrated: RealArray, decision: str
) -> Shown:
    from trainer.explain.overlay import as_colour, heat_over

    picture = test.pictures[index]
    image = as_colour(test.shown[test.rows[index]], SIDE_PX)
    predicted = int(calibrated[index].argmax())
    facts = [picture.kind] if picture.kind and picture.kind != "none" else []
    if picture.size_mm:
        facts.append(f"{picture.size_mm:.2g} mm")
    return Shown(
        file=picture.file,
        picture=_jpeg(image),
        heat=_jpeg(heat_over(image, heat)),
        truth=run.class_names[picture.label],
        predicted=run.class_names[predicted],
        probability=float(calibrated[index, picture.label]),
        decision=decision,
        facts=", ".join(facts),
        wrong=predicted != picture.label,
    )


def _jpeg(image: ImageArray) -> str:
    bgr = np.ascontiguousarray(image[..., ::-1])
    ok, data = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, 85])
    if not ok:
        raise TrainerError(f"a picture of {image.shape} could not be encoded as JPEG.")
    return "data:image/jpeg;base64," + base64.b64encode(data.tobytes()).decode("ascii")
