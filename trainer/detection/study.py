"""The whole POD study of one run or bundle on one folder, as figures that JSON can hold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import numpy as np

from engines.backend import OnProgress
from engines.bundle import Thresholds
from trainer.config import GOOD_NAMES, TrainerError
from trainer.datasets import Picture
from trainer.detection.analysis import Request, analyse
from trainer.detection.calling import Calling, at_false_calls, by_limits, by_verdict
from trainer.detection.scores import (
    Scores,
    Source,
    score_folder,
    score_validation,
)
from trainer.detection.trials import trials_of
from trainer.detection.verdicts import judged
from trainer.intervals import rate_of
from trainer.metrics import BoolArray, IntArray
from trainer.runs import POD, Run, save_metrics


@dataclass(frozen=True, slots=True)
class Choice:
    """What counts as found."""

    hit: str = "review"
    """A key of calling.HITS."""
    false_calls: float | None = None
    """Share of good parts that may be called defective, in place of the operating point."""
    validation: Path | None = None
    """Folder whose good parts choose that threshold; None: the run's validation pictures."""
    run_data: Path | None = None
    """Where the run's own pictures lie, if they have moved."""


def study(
    source: Source,
    data: Path,
    request: Request,
    choice: Choice,
    *,
    skip_bad: bool = False,
    device: str = "auto",
    on_progress: OnProgress | None = None,
) -> dict[str, Any]:
    """POD of a run or a bundle on the labelled folder `data`; see `analyse`. Raises TrainerError.

    One picture is one trial: where a part has several defects, labels.csv names the largest, and
    the part counts as found if any of them makes it be called defective.
    """
    _check(source, choice)
    scores = score_folder(source, data, skip_bad=skip_bad, device=device, on_progress=on_progress)
    calling = _calling(source, scores, choice, device, on_progress)
    called = scores.p >= calling.threshold
    return {
        "source": str(source.path),
        "data": str(data),
        "answered_by": scores.answered_by,
        "hit": calling.as_dict(),
        "skipped": [f"{file}: {reason}" for file, reason in scores.skipped],
        **_figures(called, scores.defect, scores.pictures, data, request, on_progress),
    }


def study_verdicts(
    table: Path,
    data: Path,
    request: Request,
    hit: str,
    good: tuple[str, ...] = GOOD_NAMES,
    on_progress: OnProgress | None = None,
) -> dict[str, Any]:
    """POD of a whole station: of its verdicts, as `station export` tells them. Raises TrainerError.

    data: the photographs that it inspected, by class, with labels.csv. good: names of good classes.
    """
    found = judged(table, data, good, on_progress)
    called = found.called(hit)
    return {
        "source": str(table),
        "data": str(data),
        "answered_by": found.answered_by,
        "hit": by_verdict(hit),
        "skipped": [],
        **_figures(called, found.defect, found.pictures, data, request, on_progress),
    }


def _figures(
    called: BoolArray,
    defect: BoolArray,
    pictures: Sequence[Picture],
    data: Path,
    request: Request,
    on_progress: OnProgress | None,
) -> dict[str, Any]:
    """From (N,) called and (N,) truth of N pictures to every figure."""
    sized, unknown = _sized(pictures, defect, data)
    sizes = np.array([pictures[i].size_mm for i in sized], dtype=np.float64)
    good = called[~defect]
    return {
        "measured_at": datetime.now(timezone.utc).isoformat(timespec="seconds"),
        "false_calls": rate_of(int(good.sum()), len(good), request.level),
        "confidence_level": request.level,
        "target_mm": request.target_mm,
        "unknown_size": unknown,
        **analyse(
            trials_of(sizes, called[sized]), [pictures[i].kind for i in sized], request, on_progress
        ),
    }


def record(run: Run, figures: dict[str, Any]) -> None:
    """Keep the figures in RUN/metrics.json, from where `trainer export` takes them along.

    Of the folders only the name is kept: the bundle that carries the figures travels.
    """
    kept = {k: v for k, v in figures.items() if k not in ("source", "skipped")}
    kept["data"] = Path(figures["data"]).name
    kept["kinds"] = [
        {k: v for k, v in row.items() if k not in ("found_mm", "missed_mm", "links")}
        for row in figures["kinds"]
    ]
    save_metrics(run, {**run.metrics(), POD: kept})


def _check(source: Source, choice: Choice) -> None:
    """Before any picture is read."""
    if choice.false_calls is None and choice.validation is not None:
        raise TrainerError("--validation chooses a threshold for --false-calls; give that too.")
    if choice.false_calls is not None and source.bundle is not None and choice.validation is None:
        raise TrainerError(
            f"{source.path} is a bundle, which holds too few good parts to choose a threshold for "
            "--false-calls on. Give a folder of others than DATA with --validation."
        )


def _calling(
    source: Source, scores: Scores, choice: Choice, device: str, on_progress: OnProgress | None
) -> Calling:
    if choice.false_calls is None:
        return by_limits(choice.hit, _thresholds(source).tightened(scores.margin))
    if choice.validation is not None:
        p = score_folder(
            source, choice.validation, only_good=True, device=device, on_progress=on_progress
        ).p
    else:
        assert source.run is not None  # _check
        p = score_validation(source.run, choice.run_data, on_progress)
    return at_false_calls(p, choice.false_calls)


def _thresholds(source: Source) -> Thresholds:
    if source.bundle is not None:
        return source.bundle.thresholds
    assert source.run is not None  # open_source
    return Thresholds(**source.run.metrics()["thresholds"])


def _sized(pictures: Sequence[Picture], defect: BoolArray, data: Path) -> tuple[IntArray, int]:
    """Indices of the defects of known size, by size, and how many more have none."""
    sizes = np.array([p.size_mm or np.nan for p in pictures])
    known = np.flatnonzero(defect & np.isfinite(sizes))
    unknown = int(defect.sum()) - len(known)
    if not len(known):
        raise TrainerError(
            f"{data} holds {unknown} defective parts, and labels.csv gives the size of none of "
            "them. A POD curve needs the column size_mm: the largest extent of each defect."
        )
    return known[np.argsort(sizes[known], kind="stable")], unknown
