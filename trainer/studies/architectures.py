"""Seed 001, Table 4, and seed 003, Table 8: networks against each other.

The first three are seed 001's, at its 32 px with Adam. The others are seed 003's ways to start:
fine-tuning, transfer with blocks 1 to 3 frozen, fixed feature extraction, random weights, LeNet-5.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from trainer.cells import Cell, Result
from trainer.config import FitConfig, ModelConfig, TrainerError
from trainer.studies.base_network import base_note, base_of
from trainer.studies.confidence import mean_of
from trainer.studies.drawing import draw_dots, draw_samples
from trainer.studies.pictures import StudyPictures, read_study_pictures
from trainer.studies.settings import Findings, Plan, Plot, Table
from trainer.studies.trained import Bench, figure, material_of, repeats, training_cell

TITLE = "Networks and ways to start"
SMALL = ("kecnn", "kevgg", "sequential")
STARTS = ("fine-tuning", "transfer", "fixed-features", "random-weights", "lenet5")
NAMES = {
    "kecnn": "KECNN",
    "kevgg": "KEVGG",
    "sequential": "Sequential (proposed)",
    "fine-tuning": "fine tuning",
    "transfer": "transfer, blocks 1-3 frozen",
    "fixed-features": "fixed feature extraction",
    "random-weights": "random weights",
    "lenet5": "LeNet-5",
}
SAMPLES = 5
TRANSFERRED = 3
"""Blocks that the thesis froze."""
BASE = FitConfig(
    model=ModelConfig(size_px=32),
    epochs=24,
    optimizer="adam",
    learning_rate=0.001,
    augment="generator",
    split=(0.6, 0.15, 0.25),
)
PAPER_SMALL = Table(
    "Seed 001, Table 4: 20,793 pictures of acne after augmentation, 4 classes, 32 px, 24 epochs; "
    "augmented, then split",
    ("network", "loss, %", "accuracy, %"),
    (
        ("KECNN", "11.66", "94.80"),
        ("KEVGG", "11.77", "94.32"),
        ("Sequential (proposed)", "5.46", "96.26"),
    ),
)
PAPER_STARTS = Table(
    "Seed 003, Table 8: accuracy in % on 6,708 ultrasonic pictures and 84 later ones as test",
    ("way", "train", "validation", "test", "weighted F1"),
    (
        ("fine tuning", "99.8", "91.7", "79.2", "77.8"),
        ("transfer, blocks 1-3 frozen", "99.9", "91.9", "77.8", ""),
        ("fixed feature extraction", "85.0", "81.4", "65.3", ""),
        ("random weights", "99.6", "90.8", "56.9", ""),
        ("LeNet-5", "99.5", "81.6", "62.5", ""),
    ),
)


def _small(name: str) -> Callable[[FitConfig, FitConfig], FitConfig]:
    def build(fit: FitConfig, _started: FitConfig) -> FitConfig:
        return replace(fit, model=replace(_plain(fit.model), name=name))

    return build


def _plain(model: ModelConfig) -> ModelConfig:
    """Without what only VGG16 has."""
    kept = ("size_px", "width_px", "input", "classes")
    return ModelConfig(**{name: getattr(model, name) for name in kept})


def _fine_tuning(_fit: FitConfig, started: FitConfig) -> FitConfig:
    first = _transfer(_fit, started)
    # "Everything unfrozen at a low rate for 10 epochs": here a third of the epochs.
    second = max(1, started.epochs // 3)
    return replace(first, then_epochs=second, then_freeze=0)


def _transfer(_fit: FitConfig, started: FitConfig) -> FitConfig:
    return replace(started, model=replace(started.model, freeze=TRANSFERRED))


def _fixed(_fit: FitConfig, started: FitConfig) -> FitConfig:
    return replace(started, model=replace(started.model, freeze=5))


def _random(fit: FitConfig, _started: FitConfig) -> FitConfig:
    return replace(fit, model=replace(fit.model, weights="none", freeze=0))


NETWORKS: dict[str, Callable[[FitConfig, FitConfig], FitConfig]] = {
    **{name: _small(name) for name in SMALL},
    "fine-tuning": _fine_tuning,
    "transfer": _transfer,
    "fixed-features": _fixed,
    "random-weights": _random,
    "lenet5": _small("lenet5"),
}
"""Name -> the configuration, from the study's own and from that with transferred weights."""
NEEDS_BASE = ("fine-tuning", "transfer", "fixed-features")


def plan_architectures(bench: Bench) -> Plan:
    """Every chosen network, R times; the base first where any needs one."""
    settings = bench.settings
    chosen = settings.networks or SMALL
    unknown = [name for name in chosen if name not in NETWORKS]
    if unknown:
        raise TrainerError(
            f"--networks {' '.join(unknown)}: unknown. Choose from: {', '.join(NETWORKS)}."
        )
    pictures = read_study_pictures(settings.data, settings.fit, settings.most, settings.out)
    made: tuple[Cell, ...] = ()
    start, from_base, source = settings.fit, dict[str, Any](), ""
    if any(name in NEEDS_BASE for name in chosen):
        made, start, from_base, source = base_of(bench)
    cells = list(made)
    plain, started = repeats(settings), repeats(replace(settings, fit=start))
    for (number, fit), (_same, transferred) in zip(plain, started, strict=True):
        for name in chosen:
            config = NETWORKS[name](fit, transferred)
            facts = {"pictures": pictures.digest, **(from_base if name in NEEDS_BASE else {})}
            cells.append(
                training_cell(
                    bench,
                    f"{name}-{number}",
                    config,
                    lambda c=config: material_of(pictures, c),  # type: ignore[misc]
                    facts,
                )
            )
    count = settings.repeats
    return Plan(
        tuple(cells), lambda results: _find(results, count, tuple(chosen), source, pictures)
    )


def _find(
    results: dict[str, Result],
    count: int,
    chosen: tuple[str, ...],
    source: str,
    pictures: StudyPictures,
) -> Findings:
    runs = {name: [results[f"{name}-{r}"] for r in range(1, count + 1)] for name in chosen}
    small = [name for name in SMALL if name in chosen]
    starts = [name for name in STARTS if name in chosen]
    tables: list[Table] = []
    notes: list[str] = []
    if small:
        tables += [_small_table({n: runs[n] for n in small}), PAPER_SMALL]
        notes.append(
            "Seed 001 augments first and splits then, so that copies of one picture lie on both "
            "sides; here the split comes first, by picture. `trainer study leakage` shows what "
            "that is worth. All five sample predictions right, as the paper reports for each of "
            "its networks, would by themselves show an error rate of at most 45 % at 95 %."
        )
    if starts:
        tables += [_start_table({n: runs[n] for n in starts}), PAPER_STARTS]
        paper = "the thesis transferred ImageNet weights, which cannot be had here."
        notes += [base_note(source, results, paper)] if source else []
    dots = draw_dots(
        {NAMES[n]: figure(runs[n], "kept", "test", "accuracy") for n in chosen},
        "test accuracy, %",
        scale=100.0,
    )
    samples = Plot("Five test pictures of the first repeat", _samples(runs, pictures))
    plots = (Plot("Test accuracy of each repeat, mean and 95 % interval", dots), samples)
    return Findings(tuple(tables), tuple(notes), plots)


def _small_table(runs: dict[str, list[Result]]) -> Table:
    rows = [
        (
            NAMES[name],
            mean_of(figure(found, "kept", "test", "loss")).text(),
            mean_of(figure(found, "kept", "test", "accuracy")).text(),
            _right(found[0]),
        )
        for name, found in runs.items()
    ]
    head = (*PAPER_SMALL.head, f"samples right, of {SAMPLES}")
    return Table("Test pictures, mean over the repeats ± half the 95 % interval", head, tuple(rows))


def _start_table(runs: dict[str, list[Result]]) -> Table:
    rows = [
        (
            NAMES[name],
            *(
                mean_of(figure(found, "kept", split, "accuracy")).text()
                for split in ("train", "validation", "test")
            ),
            mean_of(figure(found, "kept", "test", "weighted_f1")).text(),
        )
        for name, found in runs.items()
    ]
    return Table(
        "Accuracy in %, mean over the repeats ± half the 95 % interval",
        PAPER_STARTS.head,
        tuple(rows),
    )


def _chosen_samples(result: Result) -> list[int]:
    """Positions of SAMPLES test pictures, of the classes in turn."""
    labels = np.array(result["kept"]["test"]["labels"])
    queues = [np.flatnonzero(labels == k).tolist() for k in np.unique(labels)]
    picked: list[int] = []
    while len(picked) < min(SAMPLES, len(labels)):
        for queue in queues:
            if queue and len(picked) < SAMPLES:
                picked.append(queue.pop(0))
    return picked


def _right(result: Result) -> str:
    test = result["kept"]["test"]
    hits = [
        int(np.argmax(test["predictions"][i])) == test["labels"][i] for i in _chosen_samples(result)
    ]
    return str(sum(hits))


def _samples(runs: dict[str, list[Result]], pictures: StudyPictures) -> str:
    names = pictures.class_names
    first = next(iter(runs.values()))[0]["kept"]["test"]
    picked = _chosen_samples(next(iter(runs.values()))[0])
    answers = {}
    for name, found in runs.items():
        test = found[0]["kept"]["test"]
        said = []
        for i in picked:
            p = test["predictions"][i]
            best = int(np.argmax(p))
            said.append((names[test["labels"][i]], names[best], float(p[best])))
        answers[NAMES[name].split(",")[0].split(" (")[0]] = said
    shown = [pictures.pixels.shown[first["indices"][i]] for i in picked]
    return draw_samples(shown, answers)
