"""Seed 002: chest X-rays as they are (CXR) against local-phase features (ENH), by both losses."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from trainer.cells import Cell, Result
from trainer.config import FitConfig, ModelConfig
from trainer.studies.confidence import mean_of, paired
from trainer.studies.drawing import draw_curves, draw_dots
from trainer.studies.losses import PAIR, twin_cell, twin_notes
from trainer.studies.pictures import read_study_pictures
from trainer.studies.settings import Findings, Plan, Plot, Table
from trainer.studies.trained import Bench, figure, material_of, repeats, training_cell

TITLE = "Inputs: CXR against ENH, by both losses"
INPUTS: tuple[Literal["cxr", "enh"], ...] = ("cxr", "enh")
BASE = FitConfig(
    model=ModelConfig(size_px=96),
    epochs=12,
    augment="flips",
    # 7 : 3, then the 7 again 7 : 3.
    split=(0.49, 0.21, 0.3),
)
PAPER = Table(
    "Seed 002: 18,685 chest X-rays, 299 px, 3 classes, 3 repeats",
    ("input", "loss", "validation avg", "test avg", "best test accuracy"),
    (
        ("CXR", "CCE", "45.77", "45.33", "82.35"),
        ("CXR", "SCCE", "44.70", "44.67", "82.51"),
        ("ENH", "CCE", "26.69", "34.36", "89.93"),
        ("ENH", "SCCE", "26.57", "30.67", "90.51"),
    ),
)


def plan_inputs(bench: Bench) -> Plan:
    """Both inputs by both losses with the same seeds, R times."""
    settings = bench.settings
    cells: list[Cell] = []
    for name in INPUTS:
        fit = replace(settings.fit, model=replace(settings.fit.model, input=name))
        pictures = read_study_pictures(settings.data, fit, settings.most, settings.out)
        if name == INPUTS[0]:
            cells.append(twin_cell(fit, material_of(pictures, fit), pictures.digest))
        for number, config in repeats(replace(settings, fit=fit)):
            for short, loss in PAIR.items():
                chosen = replace(config, loss=loss)
                cells.append(
                    training_cell(
                        bench,
                        f"{name}-{short}-{number}",
                        chosen,
                        lambda p=pictures, c=chosen: material_of(p, c),  # type: ignore[misc]
                        {"pictures": pictures.digest},
                    )
                )
    return Plan(tuple(cells), lambda results: _find(results, settings.repeats))


def _find(results: dict[str, Result], count: int) -> Findings:
    runs = {
        (name, short): [results[f"{name}-{short}-{r}"] for r in range(1, count + 1)]
        for name in INPUTS
        for short in PAIR
    }
    rows = []
    for (name, short), found in runs.items():
        accuracy = figure(found, "kept", "test", "accuracy")
        rows.append(
            (
                name.upper(),
                short,
                mean_of(figure(found, "kept", "validation", "loss")).text(),
                mean_of(figure(found, "kept", "test", "loss")).text(),
                f"{100 * max(accuracy):.1f}",
                mean_of(accuracy).text(),
            )
        )
    table = Table(
        "Loss and accuracy in %, mean over the repeats ± half the 95 % interval",
        (*PAPER.head, "mean test accuracy"),
        tuple(rows),
        "The best of several repeats, as the paper prints it, flatters; the mean stands beside it.",
    )
    pooled = {
        name: [
            float(run["kept"]["test"]["accuracy"]) for short in PAIR for run in runs[name, short]
        ]
        for name in INPUTS
    }
    gain = paired(
        figure(runs["enh", "CCE"], "kept", "test", "accuracy"),
        figure(runs["cxr", "CCE"], "kept", "test", "accuracy"),
    )
    losses = paired(
        figure(runs["cxr", "SCCE"], "kept", "test", "loss"),
        figure(runs["cxr", "CCE"], "kept", "test", "loss"),
    )
    notes = (
        f"ENH minus CXR, same splits and seeds, CCE: {gain.text()} % of test accuracy.",
        *twin_notes(results["twin"]),
        f"SCCE minus CCE on CXR, same seeds: {losses.text(digits=2)} % of loss. The paper prefers "
        "SCCE; with respect, its differences between the losses are the spread from run to run.",
    )
    curves = {
        name.upper(): [run["history"]["val_loss"] for run in runs[name, "CCE"]] for name in INPUTS
    }
    shown = {name.upper(): values for name, values in pooled.items()}
    plots = (
        Plot("Validation loss by epoch, CCE", draw_curves(curves)),
        Plot(
            "Test accuracy of each repeat and loss, mean and 95 % interval",
            draw_dots(shown, "test accuracy, %", scale=100.0),
        ),
    )
    return Findings((table, PAPER), notes, plots)
