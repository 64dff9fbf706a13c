"""What it is worth to augment before splitting, as seed 001 did, instead of after.

Some pictures are held back from both ways before anything else. Then the rest is either augmented
and split copy by copy, so that copies of one picture fall on both sides, or split by picture and
only its training part augmented, to as many. Each way's own test figure stands beside its figure on
the pictures that neither ever saw.
"""

from __future__ import annotations

from dataclasses import asdict, replace

import numpy as np

from engines.preprocess import graph_input
from trainer.cells import Result
from trainer.config import AugmentChanges, FitConfig, ModelConfig
from trainer.metrics import IntArray
from trainer.studies.confidence import mean_of, paired
from trainer.studies.drawing import draw_dots
from trainer.studies.pictures import StudyPictures, read_study_pictures
from trainer.studies.settings import Findings, Plan, Plot, Table
from trainer.studies.trained import Bench, CellMaterial, figure, repeats, training_cell

TITLE = "Leakage: augment, then split, against split, then augment"
WAYS = {"leaky": "augment, then split", "clean": "split, then augment"}
TIMES = 15
"""Each class is augmented to so many times the largest, where --per-class says nothing: some 2,000
of each of a hundred pictures or two, as seed 001 had 20,793 of four classes."""
TEST = 0.25
"""Of the augmented set, as in seed 001 (7.5 : 2.5), and of the pictures held back before."""
BASE = FitConfig(
    model=ModelConfig(name="sequential", size_px=32),
    epochs=24,
    optimizer="adam",
    learning_rate=0.001,
    augment="generator",
)
PAPER = Table(
    "Seed 001: 20,793 pictures after augmentation, split into 15,594 and 5,199 afterwards",
    ("way", "own test accuracy, %", "accuracy on unseen originals, %"),
    ((WAYS["leaky"], "96.26", "not told"),),
)


def plan_leakage(bench: Bench) -> Plan:
    """Both ways, R times."""
    settings = bench.settings
    pictures = read_study_pictures(settings.data, settings.fit, settings.most, settings.out)
    cells = []
    for number, config in repeats(settings):
        training = replace(config, augment="none", vary=AugmentChanges(), copies=0, per_class=0)
        vary = {} if config.vary == AugmentChanges() else {"vary": asdict(config.vary)}
        for way in WAYS:
            cells.append(
                training_cell(
                    bench,
                    f"{way}-{number}",
                    training,
                    lambda w=way, c=config: prepare(pictures, c, w),  # type: ignore[misc]
                    {
                        "pictures": pictures.digest,
                        "way": way,
                        "augment": config.augment,
                        "per_class": config.per_class,
                        **vary,
                    },
                )
            )
    return Plan(tuple(cells), lambda results: _find(results, settings.repeats))


def prepare(pictures: StudyPictures, config: FitConfig, way: str) -> CellMaterial:
    """The augmented set of one way: `validation` is its own test, `test` the held-back pictures.

    Both ways hold back the same pictures and train on as many.
    """
    from trainer.feeding.augmentation import augmentation_of
    from trainer.feeding.augmented_copies import augmented_copies

    images, labels = pictures.pixels.shown, pictures.labels
    pool, unseen = _hold_back(pictures, config.seed)
    counts = np.bincount(labels[pool])
    per_class = config.per_class or TIMES * int(counts.max())
    how = augmentation_of(replace(config, per_class=0))
    if way == "leaky":
        made, origin = augmented_copies(images, labels, pool, per_class, how, config.seed)
        order = np.random.default_rng(config.seed).permutation(len(origin))
        own = order[: round(TEST * len(order))]
        train = order[len(own) :]
    else:
        kept, tested = _split(labels[pool], pictures.groups[pool], pictures, config.seed)
        want = round((1.0 - TEST) * per_class)
        copies, sources = augmented_copies(images, labels, pool[kept], want, how, config.seed)
        origin = np.concatenate((sources, pool[tested]))
        made = np.concatenate((copies, images[pool[tested]]))
        train, own = np.arange(len(sources)), np.arange(len(sources), len(origin))
    stacked = np.concatenate((made, images[unseen]))
    if pictures.spec.kind == "enh":  # the varied picture, as in training: see varied_input
        stacked = np.stack([graph_input(each, pictures.spec) for each in stacked])
    return CellMaterial(
        stacked,
        np.concatenate((labels[origin], labels[unseen])),
        {"train": train, "validation": own, "test": np.arange(len(origin), len(stacked))},
        pictures.classes,
        pictures.digest,
    )


def _hold_back(pictures: StudyPictures, seed: int) -> tuple[IntArray, IntArray]:
    return _split(pictures.labels, pictures.groups, pictures, seed + 1_000_000)


def _split(
    labels: IntArray, groups: IntArray, pictures: StudyPictures, seed: int
) -> tuple[IntArray, IntArray]:
    """Places of the larger and of the smaller part, parts of one group together."""
    from trainer.splits import split_groups

    half = (1.0 - TEST) / 2.0
    chosen = split_groups(labels, groups, (half, half, TEST), seed, pictures.class_names)
    return np.flatnonzero(chosen < 2), np.flatnonzero(chosen == 2)


def _find(results: dict[str, Result], count: int) -> Findings:
    runs = {way: [results[f"{way}-{r}"] for r in range(1, count + 1)] for way in WAYS}
    own = {way: figure(found, "last", "validation", "accuracy") for way, found in runs.items()}
    unseen = {way: figure(found, "last", "test", "accuracy") for way, found in runs.items()}
    rows = [
        (
            name,
            mean_of(own[way]).text(),
            mean_of(unseen[way]).text(),
            paired(own[way], unseen[way]).text(),
            str(runs[way][0]["pictures"]["train"]),
        )
        for way, name in WAYS.items()
    ]
    table = Table(
        "Accuracy in % after the last epoch, mean over the repeats ± half the 95 % interval",
        (*PAPER.head, "flattered by", "training pictures"),
        tuple(rows),
    )
    flattered = paired(own["leaky"], unseen["leaky"])
    clean = paired(own["clean"], unseen["clean"])
    note = (
        f"Own test minus pictures that were really never seen: {flattered.text()} % where copies "
        f"were made before the split, {clean.text()} % where they were made after it. "
    )
    if flattered.half is not None and flattered.value > flattered.half:
        note += "A figure from a set that was augmented before it was split flatters."
    else:
        note += (
            "The first interval holds 0: these repeats do not show that the leak flatters. It "
            "shows once the network learns its training pictures by heart: give more --per-class, "
            "or more --epochs."
        )
    groups = {f"{WAYS[w]}: own test": own[w] for w in WAYS}
    groups |= {f"{WAYS[w]}: unseen": unseen[w] for w in WAYS}
    plot = Plot(
        "Each repeat, mean and 95 % interval", draw_dots(groups, "accuracy, %", scale=100.0)
    )
    return Findings((table, PAPER), (note,), (plot,))
