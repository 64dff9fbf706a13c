"""What a live part may pass with besides its score: familiar, and well pictured. Fitted on training
pictures, and counted on the validation pictures, which no fit has seen."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engines.backend import OnProgress
from engines.bounds import Bounds, write_bounds
from engines.novelty import NAMES, Novelty
from engines.prediction import FloatArray
from trainer.counting import counting
from trainer.graph.precision_study import answers
from trainer.intervals import rate_upper
from trainer.limits.novelty import MOST_PICTURES, fit_novelty
from trainer.limits.quality import count_beyond, measure_pictures, quality_bounds
from trainer.runs import Run
from trainer.split_pictures import SplitPictures, read_split_pictures


@dataclass(frozen=True, slots=True, eq=False)
class Training:
    """Training pictures and what the graph makes of them. Made by `read_training`."""

    pictures: SplitPictures
    features: FloatArray
    """(N, C) in float32."""


@dataclass(frozen=True, slots=True, eq=False)
class Limits:
    """Made by `fit_limits`."""

    novelty: Novelty
    quality: Mapping[str, Bounds]
    figures: Mapping[str, Any]
    """JSON-able: what they were fitted on, and how many validation pictures lie beyond them."""


def read_training(
    run: Run,
    graph: Path,
    data: Path | None,
    say: Callable[[str], None],
    on_progress: OnProgress | None = None,
) -> Training:
    """At most MOST_PICTURES training pictures of a run, as many of each class as there are.

    graph: in float32. data: where the run's pictures lie, if they have moved. Raises TrainerError.
    """
    pictures = read_split_pictures(run, "train", data, MOST_PICTURES)
    say(f"Running it over {len(pictures)} training pictures")
    told = counting(on_progress, "measuring features")
    return Training(pictures, answers(graph, pictures.images, "f32", told).features)


def fit_limits(
    run: Run, training: Training, validation: SplitPictures, features: FloatArray
) -> Limits:
    """features: (N, C) of the validation pictures by the float32 graph. Raises TrainerError."""
    seen = training.pictures
    novelty = fit_novelty(training.features, seen.labels, features, validation.labels, run.classes)
    quality = quality_bounds(measure_pictures(seen.shown, seen.sides_px, run.input))
    measured = measure_pictures(validation.shown, validation.sides_px, run.input)
    beyond = count_beyond(measured, quality)
    level = run.config.confidence_level
    figures = {
        "novelty": {
            name: {
                "fitted": spread.fitted,
                "checked": spread.checked,
                "beyond": spread.beyond,
                "upper": rate_upper(spread.beyond, spread.checked, level),
            }
            for name in NAMES
            if (spread := getattr(novelty, name)) is not None
        },
        "quality": {
            name: {"bounds": sides, "beyond": beyond[name], "checked": len(measured)}
            for name, sides in write_bounds(quality).items()
        },
    }
    return Limits(novelty, quality, figures)
