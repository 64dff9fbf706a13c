"""Seeds 000 and 002: categorical against sparse categorical cross-entropy.

Both are -log p of the true class; one reads it from a one-hot row, the other by its index. So for
one seed they are equal to rounding, and what is left is the spread over seeds.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from trainer.cells import Cell, Result
from trainer.config import FitConfig, ModelConfig
from trainer.studies.confidence import mean_of, paired
from trainer.studies.drawing import draw_curves, draw_dots
from trainer.studies.pictures import read_study_pictures
from trainer.studies.settings import Findings, Plan, Plot, Table
from trainer.studies.trained import Bench, CellMaterial, figure, material_of, repeats, training_cell

TITLE = "Loss functions: categorical against sparse categorical cross-entropy"
PAIR = {"CCE": "categorical_crossentropy", "SCCE": "sparse_categorical_crossentropy"}
BASE = FitConfig(model=ModelConfig(size_px=96), epochs=10)
PAPER = Table(
    "Seed 000, Tables 2 to 5: 10,000 photographs of scaffolds, 512 px, 200 epochs, 5 repeats",
    ("class", "loss", "validation avg", "test avg", "final validation", "final test"),
    (
        ("normal", "CCE", "45.1", "43.9", "45.0", "43.9"),
        ("normal", "SCCE", "46.2", "44.6", "44.7", "44.6"),
        ("defective", "CCE", "41.7", "35.7", "40.9", "35.7"),
        ("defective", "SCCE", "42.2", "36.1", "41.8", "36.1"),
    ),
)


def plan_losses(bench: Bench) -> Plan:
    """R repeats of both losses with the same seeds, and one step of each from the same weights."""
    settings = bench.settings
    pictures = read_study_pictures(settings.data, settings.fit, settings.most, settings.out)
    cells = [twin_cell(settings.fit, material_of(pictures, settings.fit), pictures.digest)]
    for number, config in repeats(settings):
        for short, loss in PAIR.items():
            chosen = replace(config, loss=loss)
            cells.append(
                training_cell(
                    bench,
                    f"{short}-{number}",
                    chosen,
                    lambda c=chosen: material_of(pictures, c),  # type: ignore[misc]
                    {"pictures": pictures.digest},
                )
            )
    names = pictures.class_names
    return Plan(tuple(cells), lambda results: _find(results, settings.repeats, names))


def _find(results: dict[str, Result], count: int, names: tuple[str, ...]) -> Findings:
    runs = {s: [results[f"{s}-{r}"] for r in range(1, count + 1)] for s in PAIR}
    accuracies = {s: figure(runs[s], "kept", "test", "accuracy") for s in PAIR}
    rows = [_row(name, s, runs[s]) for name in (*names, "all") for s in PAIR]
    table = Table(
        "Loss in %, mean over the repeats ± half the 95 % interval",
        PAPER.head,
        tuple(rows),
        "Loss is 100 times the mean of -log p over the pictures of the class. avg: weights of the "
        "best epoch; final: weights after the last one.",
    )
    spread = [_loss(r, "all", "kept", "test") for r in runs["CCE"]]
    other = [_loss(r, "all", "kept", "test") for r in runs["SCCE"]]
    plots = (
        Plot("Validation loss by epoch", draw_curves({s: _histories(runs[s]) for s in PAIR})),
        Plot(
            "Test loss in % of each repeat, with mean and 95 % interval",
            draw_dots({"CCE": spread, "SCCE": other}, "test loss, %", scale=100.0),
        ),
    )
    accuracy = Table(
        "Accuracy on the test pictures in %",
        ("loss", "accuracy"),
        tuple((s, mean_of(accuracies[s]).text()) for s in PAIR),
    )
    notes = (*twin_notes(results["twin"]), *pair_notes(spread, other))
    return Findings((table, PAPER, accuracy), notes, plots)


def _row(name: str, short: str, runs: list[Result]) -> tuple[str, ...]:
    cells = [
        mean_of([_loss(r, name, weights, split) for r in runs]).text()
        for weights in ("kept", "last")
        for split in ("validation", "test")
    ]
    return (name, short, *cells)


def _loss(result: Result, name: str, weights: str, split: str) -> float:
    figures = result[weights][split]
    return float(figures["loss"] if name == "all" else figures["class_losses"][name])


def _histories(runs: list[Result]) -> list[list[float]]:
    return [r["history"]["val_loss"] for r in runs]


def pair_notes(one: list[float], other: list[float]) -> tuple[str, ...]:
    """What the spread over seeds says about a difference between the losses."""
    difference = paired(other, one)
    between = [abs(a - b) for i, a in enumerate(one) for b in one[i + 1 :]]
    lines = [
        f"SCCE minus CCE, same seeds: {difference.text(digits=2)} % of loss on the test pictures."
    ]
    if between:
        lines.append(
            f"Two seeds of the same loss (CCE) differ by {100 * float(np.mean(between)):.2f} % on "
            f"average, up to {100 * max(between):.2f} %: differences between the losses have to "
            "be read against that."
        )
    lines.append(
        "The paper's conclusion, that SCCE suits complex pictures better, does not follow from "
        "differences of 0.4 to 1.1 % between separately seeded trainings: with respect, the two "
        "are one function of the same numbers, and what its tables show is the spread from run to "
        "run. Either may be used; SCCE needs less memory for its labels."
    )
    return tuple(lines)


def twin_cell(config: FitConfig, material: CellMaterial, digest: str) -> Cell:
    """One step of each loss in float32, from the same weights on the same pictures."""
    rows = material.split["train"][: config.batch_size]

    def run(_folder: Path) -> Result:
        steps = {
            s: _one_step(replace(config, loss=loss), material, rows) for s, loss in PAIR.items()
        }
        (loss, weights), (same, others) = steps.values()
        moved = max(float(np.abs(a - b).max()) for a, b in zip(weights, others, strict=True))
        return {"losses": [loss, same], "largest_weight_difference": moved}

    key = {"twin": 1, "pictures": digest, "seed": config.seed, "model": str(config.model)}
    key["label_smoothing"] = config.label_smoothing
    key["rows"] = hashlib.sha256(rows.tobytes()).hexdigest()
    return Cell("twin", key, run)


def _one_step(config: FitConfig, material: CellMaterial, rows: Any) -> tuple[float, list[Any]]:
    import keras

    from trainer.losses import build_loss, labels_for
    from trainer.models import build_model

    config = replace(config, model=replace(config.model, classes=len(material.classes)))
    keras.utils.set_random_seed(config.seed)
    model = build_model(config.model)
    optimizer = keras.optimizers.SGD(0.01)
    model.compile(optimizer=optimizer, loss=build_loss(config), jit_compile=False)
    labels = labels_for(config, material.labels[rows])
    answer = model.train_on_batch(material.images[rows], labels, return_dict=True)
    return float(answer["loss"]), model.get_weights()


def twin_notes(twin: Result) -> tuple[str, ...]:
    """What one step of both from the same weights shows."""
    loss, same = twin["losses"]
    return (
        f"One step from the same weights on the same pictures, float32: loss {loss:.7f} (CCE) and "
        f"{same:.7f} (SCCE), the largest difference of any weight after it is "
        f"{twin['largest_weight_difference']:.1e}. The two are equal to rounding.",
    )
