"""Seed 003, Table 9: how many blocks to freeze, under which optimizer, and who could have told.

The advisor scores the blocks of the trained base before anything is trained; its choice is held
against the trainings that it would have spared.
"""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from trainer.advice.freezing_point import (
    ADVICE_HEAD,
    BLOCKS,
    Advice,
    BlockScore,
    advice_rows,
    rank_of,
)
from trainer.cells import Cell, Result
from trainer.config import FitConfig, ModelConfig
from trainer.feeding.feature_cache import CacheRoom
from trainer.studies.base_network import base_note, base_of
from trainer.studies.confidence import mean_of
from trainer.studies.drawing import draw_lines
from trainer.studies.pictures import StudyPictures, read_study_pictures
from trainer.studies.settings import Findings, Plan, Plot, Table
from trainer.studies.trained import Bench, figure, material_of, repeats, training_cell

TITLE = "Freezing point: blocks frozen against optimizers, and the advisor"
GIVEN = ("sgd", "momentum", "nag")
ADAPTIVE = 0.1
"""Share of the learning rate that adaptive optimizers take: theirs is the step itself."""
NAMES = {"sgd": "SGD", "momentum": "Momentum", "nag": "NAG", "adam": "Adam", "rmsprop": "RMSprop"}
BASE = FitConfig(
    model=ModelConfig(size_px=96), epochs=10, augment="flips", copies=3, learning_rate=0.01
)
PAPER = Table(
    "Seed 003, Table 9: test accuracy in %, 84 ultrasonic pictures, 11 classes, ImageNet weights",
    ("frozen", "SGD", "Momentum", "NAG"),
    (
        ("1-5", "63.9", "65.3", "62.5"),
        ("1-4", "63.9", "72.2", "65.3"),
        ("1-3", "73.6", "77.8", "77.8"),
        ("1-2", "76.4", "70.8", "76.4"),
        ("1", "69.4", "73.6", "76.4"),
    ),
)


def plan_freezing(bench: Bench) -> Plan:
    """The base, the advice of every repeat, then every freezing point by every optimizer."""
    settings = bench.settings
    pictures = read_study_pictures(settings.data, settings.fit, settings.most, settings.out)
    made, start, facts, source = base_of(bench)
    room = settings.cache or CacheRoom(settings.out / "cache")
    cells, facts = list(made), {"pictures": pictures.digest, **facts}
    optimizers, blocks = settings.optimizers or GIVEN, settings.blocks or BLOCKS
    for number, config in repeats(replace(settings, fit=start)):
        cells.append(_advice_cell(f"advice-{number}", config, pictures, facts))
        for block in reversed(blocks):
            for optimizer in optimizers:
                share = 1.0 if optimizer in GIVEN else ADAPTIVE
                chosen = replace(
                    config,
                    optimizer=optimizer,
                    learning_rate=share * config.learning_rate,
                    model=replace(config.model, freeze=block),
                )
                name = f"{optimizer}-1to{block}-{number}"
                cells.append(
                    training_cell(
                        bench,
                        name,
                        chosen,
                        lambda c=chosen: material_of(pictures, c),  # type: ignore[misc]
                        facts,
                        room if chosen.copies or chosen.augment == "none" else None,
                        may_diverge=True,
                    )
                )
    count = settings.repeats
    return Plan(tuple(cells), lambda results: _find(results, count, optimizers, blocks, source))


def _advice_cell(
    name: str, config: FitConfig, pictures: StudyPictures, facts: dict[str, Any]
) -> Cell:
    def run(_folder: Path) -> Result:
        from trainer.advice.freezing_point import advise, open_base

        material = material_of(pictures, config)
        model = replace(config.model, classes=len(pictures.classes))
        network = open_base(config.model.weights, model)
        train = material.split["train"]
        return advise(network, material.images, material.labels, train).as_dict()

    # Where the weights lie says less than what they were made from, which is among the facts.
    model = asdict(replace(config.model, weights=""))
    key = {"advice": 3, "split": config.split, "seed": config.seed, "model": model}
    return Cell(name, {**json.loads(json.dumps(key)), **facts}, run)


def _find(
    results: dict[str, Result],
    count: int,
    optimizers: tuple[str, ...],
    blocks: tuple[int, ...],
    source: str,
) -> Findings:
    measured = {
        (block, optimizer): figure(
            [results[f"{optimizer}-1to{block}-{r}"] for r in range(1, count + 1)],
            "kept",
            "test",
            "accuracy",
        )
        for block in blocks
        for optimizer in optimizers
    }
    rows = [
        (_frozen(block), *(_text(measured[block, o]) for o in optimizers))
        for block in reversed(blocks)
    ]
    table = Table(
        "Test accuracy in %, mean over the repeats ± half the 95 % interval",
        ("frozen", *(NAMES.get(o, o) for o in optimizers)),
        tuple(rows),
    )
    advices = [_advice(results[f"advice-{r}"]) for r in range(1, count + 1)]
    drawn = draw_lines(
        [_frozen(b) for b in blocks],
        {NAMES.get(o, o): [measured[b, o] for b in blocks] for o in optimizers},
        "test accuracy, %",
        blocks.index(advices[0].freeze) if advices[0].freeze in blocks else None,
    )
    verdicts, notes = _judge(advices, results, optimizers, blocks)
    first = Table(
        "The advisor's scores, first repeat: training pictures through the base alone",
        ADVICE_HEAD,
        tuple(advice_rows(advices[0].scores)),
        "Evidence is in nats per picture. That of training on decides by its greatest; LogME is "
        "that of the frozen features as they are.",
    )
    paper = "the thesis transferred ImageNet weights, which cannot be had here."
    return Findings(
        (table, PAPER, first, verdicts),
        (base_note(source, results, paper), *notes),
        (Plot("Test accuracy by freezing point; shaded, what the advisor chose", drawn),),
    )


def _frozen(block: int) -> str:
    return f"1-{block}" if block > 1 else "1"


def _text(values: list[float]) -> str:
    return mean_of(values).text() if values else "diverged"


def _advice(result: Result) -> Advice:
    return Advice(tuple(BlockScore(**score) for score in result["scores"]))


def _judge(
    advices: list[Advice],
    results: dict[str, Result],
    optimizers: tuple[str, ...],
    blocks: tuple[int, ...],
) -> tuple[Table, tuple[str, ...]]:
    """Where each repeat's advice stood among that repeat's measured freezing points."""
    rows, regrets, ranks = [], [], []
    for number, advice in enumerate(advices, start=1):
        found = {
            block: [
                float(result["kept"]["test"]["accuracy"])
                for result in (results[f"{o}-1to{block}-{number}"] for o in optimizers)
                if "diverged" not in result
            ]
            for block in blocks
        }
        means = {block: mean_of(values).value for block, values in found.items() if values}
        if not means:
            rows.append((str(number), _frozen(advice.among(blocks)), "diverged", "-", "-"))
            continue
        choice = advice.among(tuple(means))
        rank, regret = rank_of(choice, means)
        best = max(means, key=lambda block: means[block])
        ranks.append(rank)
        regrets.append(regret)
        rows.append(
            (
                str(number),
                _frozen(choice),
                _frozen(best),
                f"{rank} of {len(means)}",
                f"{100 * regret:.1f}",
            )
        )
    table = Table(
        "The advice against what was measured (mean over the optimizers)",
        ("repeat", "advised", "best", "rank", "regret, % accuracy"),
        tuple(rows),
    )
    if not regrets:
        return table, ("No training converged, so there is nothing to hold the advice against.",)
    note = (
        f"The advisor's choice ranked {', '.join(map(str, ranks))} of {len(blocks)} in the "
        f"repeats; following it would have cost {mean_of(regrets).text()} % of accuracy against "
        "the best freezing point of each repeat, which nobody knows beforehand."
    )
    return table, (note,)
