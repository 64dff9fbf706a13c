"""The run folder: what `fit` leaves and `evaluate`, `explain` and `export` read.

RUN/run.json      configuration, classes, input, seeds, versions, manifest of the data
RUN/split.csv     file, label, part_id, split, sha256: every picture, and where it went
RUN/history.csv   one row per epoch
RUN/model.keras   best weights; RUN/last.keras: where --resume goes on
RUN/metrics.json  test and validation figures, temperature, operating point
RUN/report.html   for people
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from engines.atomic_file import write_atomically
from engines.bundle import ClassInfo, InputSpec
from trainer.config import AugmentChanges, FitConfig, ModelConfig, TrainerError
from trainer.history import read_state

RUN_FILE = "run.json"
MODEL_FILE = "model.keras"
METRICS_FILE = "metrics.json"
SPLIT_FILE = "split.csv"
HISTORY_FILE = "history.csv"
REPORT_FILE = "report.html"
FRESH = "fresh"
"""In metrics.json: figures on a labelled set from elsewhere, recorded by `evaluate --record`."""
EXPLANATIONS = "explanations"
"""In metrics.json: how far the maps can be believed, recorded by `explain --quality`."""
REVIEW_LIMITS = "review_limits"
"""In metrics.json: limits for a share of REVIEW, chosen on validation."""
POD = "pod"
"""In metrics.json: the probability of detection, recorded by `pod --record`."""


@dataclass(frozen=True, slots=True)
class Run:
    """One training run on disk."""

    path: Path
    config: FitConfig
    classes: tuple[ClassInfo, ...]
    input: InputSpec
    data: str
    """The folder it was trained on, as given."""
    provenance: dict[str, Any]
    """Versions, seeds, machine, digest of the data manifest, times."""

    @property
    def class_names(self) -> tuple[str, ...]:
        """Names in the order of the model's outputs."""
        return tuple(c.name for c in self.classes)

    def metrics(self) -> dict[str, Any]:
        """metrics.json. Raises TrainerError where the run did not finish, or was trained on."""
        path = self.path / METRICS_FILE
        try:
            metrics: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise TrainerError(
                f"{path} cannot be read: the run did not finish. "
                f"Go on with `trainer fit {self.data} --out {self.path} --resume`."
            ) from error
        state = read_state(self.path)
        if state is not None and metrics.get("best_epoch", state.best_epoch) != state.best_epoch:
            raise TrainerError(
                f"{path} is of the weights of epoch {metrics['best_epoch']}; the run was trained "
                f"on since, and keeps those of epoch {state.best_epoch}. Go on with "
                f"`trainer fit {self.data} --out {self.path} --resume`, which measures them."
            )
        return metrics


def save_metrics(run: Run, metrics: Mapping[str, Any]) -> None:
    """Write metrics.json, whole or not at all. Raises TrainerError."""
    text = json.dumps(metrics, indent=2, ensure_ascii=False, allow_nan=False)
    path = run.path / METRICS_FILE
    try:
        write_atomically(path, (text + "\n").encode())
    except OSError as error:
        raise TrainerError(
            f"{path} cannot be written ({error.strerror or error}). Free space, or check who may "
            "write there, then give the same command again."
        ) from error


def data_of(run: Run, moved: Path | None, option: str) -> Path:
    """Where a run's pictures lie: where `option` says, or as they were named when it was fitted.

    Raises TrainerError where no folder is.
    """
    root = Path(run.data) if moved is None else moved
    if not root.is_dir():
        raise TrainerError(
            f"the pictures of {run.path} are not in {root}: a folder of that name is not here. "
            f"Say where they lie with {option}."
        )
    return root


def save_run(run: Run) -> None:
    """Write run.json."""
    body = {
        "config": asdict(run.config),
        "classes": [asdict(c) for c in run.classes],
        "input": asdict(run.input),
        "data": run.data,
        "provenance": run.provenance,
    }
    text = json.dumps(body, indent=2, ensure_ascii=False, allow_nan=False)
    write_atomically(run.path / RUN_FILE, (text + "\n").encode())


def _read_model(body: dict[str, Any]) -> ModelConfig:
    """Runs from before kinds of input had names tell their channels instead."""
    fields = dict(body)
    channels = fields.pop("channels", 3)
    return ModelConfig(**{"input": "cxr" if channels == 1 else "rgb", **fields})


def load_run(path: Path) -> Run:
    """Read run.json. Raises TrainerError when `path` is not a run folder."""
    try:
        body = json.loads((path / RUN_FILE).read_text(encoding="utf-8"))
        config = dict(body["config"])
        config["model"] = _read_model(config["model"])
        config["split"] = tuple(config["split"])
        config["good"] = tuple(config["good"])
        config["vary"] = AugmentChanges(**config.get("vary", {}))
        return Run(
            path=path,
            config=FitConfig(**config),
            classes=tuple(ClassInfo(**c) for c in body["classes"]),
            input=InputSpec(**body["input"]),
            data=body["data"],
            provenance=body["provenance"],
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise TrainerError(
            f"{path} is not a run folder ({error}). Give the folder that `trainer fit --out` made."
        ) from error
