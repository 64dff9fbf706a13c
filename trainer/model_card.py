"""The model card of a run: what it was trained on, what was measured, where it ends. Plain text."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from trainer.config import ModelConfig
from trainer.detection.text import study_text
from trainer.feeding.augmentation import augmentation_text
from trainer.graph.precision_study import PrecisionFigures
from trainer.graph.precision_table import precisions_text
from trainer.phases import second_phase_text
from trainer.runs import FRESH, POD, Run
from trainer.tables import evaluation_text, table

TITLES = {
    "test": "the run's test pictures",
    FRESH: "a fresh set, which no part of the training has seen",
}

SHOWN = {"rgb": "in its colours", "cxr": "in grey", "enh": "as its local phase"}
"""Kind of input -> words."""

LIMITS = (
    "The figures hold for pictures like those it was trained on: the same parts, camera, light and "
    "preprocessing. On others they are unknown; measure them with `trainer evaluate --data`.",
    "The heatmap shows where the evidence for the predicted class lay. It is an aid for finding a "
    "defect, not a measurement of its outline.",
    "A class that was not trained on is forced into one of the known classes; the limit on novelty "
    "keeps from passing what is unlike the good parts, as far as the network's features show it.",
)


def model_card(
    run: Run,
    notes: tuple[str, ...] = (),
    precisions: tuple[PrecisionFigures, ...] = (),
    limits: Mapping[str, Any] | None = None,
    examples: Mapping[str, int] | None = None,
) -> str:
    """Markdown from a run's own files.

    notes: added to the limits, a sentence each. precisions: figures of each, the reference first.
    limits: `Limits.figures`. examples: class -> training pictures of it in the bundle.
    """
    metrics = run.metrics()
    parts = [
        f"# Model card: {run.path.resolve().name}",
        *_network(run),
        *_training(run),
        *_operating_point(metrics),
        *_figures(run, metrics),
        *_pod(metrics),
        *_precisions(precisions),
        *_limits(limits),
        *_examples(examples),
        "## Limits",
        "\n".join(f"- {each}" for each in (*LIMITS, *notes)),
    ]
    return "\n\n".join(parts) + "\n"


def _network(run: Run) -> Iterator[str]:
    model, spec = run.config.model, run.input
    yield "## Network"
    classes = ", ".join(f"{c.name} ({'defect' if c.defect else 'good'})" for c in run.classes)
    crop = "the disc, located and cropped" if spec.locate == "disc" else "the whole picture"
    yield _list(
        {
            **_options(model),
            "Initial weights": _file_name(model.weights),
            "Frozen blocks": model.freeze,
            "Input": f"{spec.height}x{spec.width}x{spec.channels}, 8 bits; {crop}, "
            f"{SHOWN[spec.kind]}",
            "Classes": classes,
        }
    )


def _options(model: ModelConfig) -> dict[str, str]:
    """Of the network, those that it has a use for."""
    if model.name == "vgg16":
        network = f"{model.name}, width {model.width:g}, head {model.head}"
        return {"Network": network, "Batch norm": "yes" if model.batch_norm else "no"}
    if model.name == "lenet5":
        own = f"activation {model.activation}, pooling {model.pooling}"
        return {"Network": f"{model.name}, {own} (its own: tanh, average)"}
    return {"Network": model.name}


def _training(run: Run) -> Iterator[str]:
    config = run.config
    yield "## Training"
    yield _list(
        {
            "Data": Path(run.data).name or run.data,
            "Split": " : ".join(f"{share:g}" for share in config.split),
            "Loss": config.loss,
            "Optimiser": f"{config.optimizer}, learning rate {config.learning_rate:g}",
            "Epochs": f"at most {config.all_epochs}, batches of {config.batch_size}",
            **({"Second phase": second_phase_text(config)} if config.then_epochs else {}),
            "Augmentation": augmentation_text(config),
            "Seed": config.seed,
        }
    )


def _operating_point(metrics: Mapping[str, Any]) -> Iterator[str]:
    thresholds = metrics.get("thresholds", {})
    yield "## Operating point"
    yield _list(
        {
            "Temperature": _plain(metrics.get("temperature")),
            "PASS below a defect probability of": _plain(thresholds.get("pass_below")),
            "REJECT from a defect probability of": _plain(thresholds.get("reject_from")),
        }
    )


def _figures(run: Run, metrics: Mapping[str, Any]) -> Iterator[str]:
    """What `trainer evaluate` prints, for the run's own test pictures and for a fresh set."""
    shared = {k: metrics[k] for k in ("temperature", "thresholds", "operating_point")}
    for name in ("test", FRESH):
        if name in metrics:
            yield f"## Figures: {TITLES[name]}"
            figures = {"data": Path(run.data).name + " (test pictures)", **metrics[name], **shared}
            text = evaluation_text({**figures, "data": Path(figures["data"]).name})
            yield f"```\n{text}\n```"


def _pod(metrics: Mapping[str, Any]) -> Iterator[str]:
    if POD in metrics:
        yield "## Probability of detection"
        yield f"```\n{study_text({'skipped': (), **metrics[POD]})}\n```"


def _precisions(rows: tuple[PrecisionFigures, ...]) -> Iterator[str]:
    if rows:
        yield "## Precisions"
        yield (
            "The same validation pictures through the graph in each precision, each compared with "
            "float32. A station decides by what it measures on its own machine."
        )
        yield f"```\n{precisions_text([row.as_dict() for row in rows])}\n```"


def _limits(figures: Mapping[str, Any] | None) -> Iterator[str]:
    if not figures:
        return
    yield "## Limits of what may pass"
    yield (
        "Whatever its score, a part that lies beyond one of these goes to REVIEW. Novelty is the "
        "distance of the network's features from those of the training pictures; a PASS is held to "
        "the good parts alone, a REJECT (which it does not turn) to the nearest class."
    )
    spreads = figures["novelty"]
    rows = [
        (
            f"novelty, {'good parts' if name == 'good' else 'any class'}",
            "none",
            "1",
            f"{row['beyond']} of {row['checked']}",
            f"{row['upper']:.2%}",
        )
        for name, row in spreads.items()
    ]
    for name, row in figures["quality"].items():
        low, high = ("none" if side is None else f"{side:.3g}" for side in row["bounds"])
        rows.append((name, low, high, f"{row['beyond']} of {row['checked']}", ""))
    head = ("measure", "from", "to", "validation pictures beyond", "at most")
    yield f"```\n{table(head, rows)}\n```"
    fitted = ", ".join(str(row["fitted"]) for row in spreads.values())
    yield (
        f"Fitted on {fitted} training pictures. The limit of novelty is set so that at most 0.1 % "
        "of the validation pictures lie beyond it; of others like them, `at most` so many do."
    )


def _examples(counts: Mapping[str, int] | None) -> Iterator[str]:
    if not counts:
        return
    yield "## Training pictures in the bundle"
    listed = ", ".join(f"{count} {name}" for name, count in counts.items())
    yield (
        f"{listed}: small copies, chosen to stand for their class, for a person who decides about "
        "a part. They leave the house with the bundle; export with `--examples 0` to keep them."
    )


def _plain(value: Any) -> str:
    if value is None:
        return "not given"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.4g}" if math.isfinite(value) else "not a number"
    return str(value).replace("|", "\\|").replace("\n", " ")


def _list(items: Mapping[str, Any]) -> str:
    return "\n".join(f"- {key}: {value}" for key, value in items.items())


def _file_name(weights: str) -> str:
    return weights if weights in ("none", "imagenet") else Path(weights).name
