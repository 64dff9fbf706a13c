"""A folder of panels with an index page, like figures 17 to 19 of the steel thesis (seed 003)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from engines.atomic_file import write_atomically
from engines.prediction import FloatArray
from trainer.config import TrainerError
from trainer.counting import OnCount
from trainer.explain import EXPLAINERS
from trainer.explain.layers import blocks, layer_name, pooled_mean
from trainer.explain.lime import SAMPLES, Superpixels, explain_one
from trainer.explain.overlay import AGAINST, FOR, as_colour, heat_over, superpixels_over
from trainer.explain.panel import Tile, panel_png
from trainer.explain.subjects import Subjects
from trainer.explain.superpixels import superpixels
from trainer.metrics import IntArray
from trainer.pages import page

SIDE_PX = 320
LIME, GRAD_CAM, CAM = "lime", "grad-cam", "cam"
MOST_CLASSES = 6
"""Bars in the tile of classes."""
BAR = "#5b7083"


@dataclass(frozen=True, slots=True)
class Ways:
    """How pictures are explained."""

    methods: tuple[str, ...]
    layers: tuple[str, ...]
    """Of grad-cam; each gives a tile."""
    samples: int = SAMPLES
    segmenter: str = "slic"
    seed: int = 0


def ways(
    model: Any,
    methods: Sequence[str] | None,
    layers: Sequence[str] | None,
    samples: int = SAMPLES,
    segmenter: str = "slic",
) -> Ways:
    """What was asked, or every method that the model allows and its last three blocks.

    Raises TrainerError before any work where a method or a layer does not suit the model.
    """
    fits = [m for m in EXPLAINERS if m != CAM or pooled_mean(model) is not None]
    chosen = tuple(dict.fromkeys(methods or fits))
    unknown = [name for name in chosen if name not in EXPLAINERS]
    if unknown:
        raise TrainerError(f"--method {unknown[0]}: expected {', '.join(EXPLAINERS)}.")
    if CAM in chosen:
        EXPLAINERS[CAM](model, np.zeros((1, *model.input_shape[1:]), np.uint8))
    last = len(blocks(model))
    usual = [f"block{number}" for number in range(max(1, last - 2), last + 1)]
    wanted = tuple(dict.fromkeys(layers or usual)) if GRAD_CAM in chosen else ()
    for name in wanted:
        layer_name(model, name)
    return Ways(chosen, wanted, samples, segmenter)


def draw_gallery(
    model: Any,
    subjects: Subjects,
    classes: IntArray,
    class_names: Sequence[str],
    how: Ways,
    out: Path,
    on_picture: OnCount | None = None,
) -> list[dict[str, Any]]:
    """Write a PNG for each picture and index.html into `out`; what they show, JSON-able, is
    returned. classes: (N,) what is explained of each picture.
    """
    rows = []
    try:
        for index, file in enumerate(subjects.files):
            row = _facts(subjects, index, int(classes[index]), class_names)
            row["panel"] = f"{index + 1:03d}-{Path(file).stem}.png"
            tiles = _tiles(model, subjects, index, int(classes[index]), class_names, how, row)
            write_atomically(out / row["panel"], panel_png(_title(row), tiles))
            rows.append(row)
            if on_picture is not None:
                on_picture(index + 1, len(subjects))
        write_atomically(out / "index.html", page("panels", rows=rows, how=how).encode())
    except OSError as error:
        raise TrainerError(f"{out} cannot be written ({error}). Choose another --out.") from error
    return rows


def _facts(
    subjects: Subjects, index: int, label: int, class_names: Sequence[str]
) -> dict[str, Any]:
    true, predicted = int(subjects.labels[index]), int(subjects.predicted[index])
    answers = subjects.probabilities[index]
    return {
        "file": subjects.files[index],
        "class": class_names[true] if true >= 0 else None,
        "predicted": class_names[predicted],
        "probability": float(answers[predicted]),
        "explained": class_names[label],
        "probabilities": {n: float(p) for n, p in zip(class_names, answers, strict=True)},
        "maps": {},
    }


def _title(row: dict[str, Any]) -> str:
    said = f"{row['predicted']} {row['probability']:.1%}"
    if row["class"] is not None:
        said += ", right" if row["class"] == row["predicted"] else f", but is {row['class']}"
    about = "" if row["explained"] == row["predicted"] else f"   (explained: {row['explained']})"
    return f"{Path(row['file']).name}: {said}{about}"


def _tiles(
    model: Any,
    subjects: Subjects,
    index: int,
    label: int,
    class_names: Sequence[str],
    how: Ways,
    row: dict[str, Any],
) -> list[Tile]:
    picture = subjects.images[index]
    shown = as_colour(subjects.shown[index], SIDE_PX)
    tiles = [Tile("picture", shown)]
    if subjects.originals is not None:
        tiles.append(Tile("as the network is shown it", as_colour(picture, SIDE_PX)))
    for method in how.methods:
        if method == LIME:
            segments = superpixels(picture, how.segmenter)
            found = explain_one(
                model, picture, samples=how.samples, seed=how.seed, segments=segments
            )
            row[LIME] = _shares(found, label, class_names)
            tiles += _lime_tiles(found, label, shown, row[LIME], class_names)
            continue
        for layer in how.layers if method == GRAD_CAM else (None,):
            heat = EXPLAINERS[method](model, picture[None], layer, label)[0]
            name = method if layer is None else f"{method} {layer}"
            row["maps"][name] = {"peak": _peak(heat), "empty": not heat.any()}
            empty = "" if heat.any() else " (nothing for it)"
            tiles.append(Tile(name + empty, heat_over(shown, heat)))
    return tiles


def _peak(heat: FloatArray) -> list[float]:
    """Middle of the hottest cell, as shares of width and height from the upper left."""
    row, column = np.unravel_index(int(heat.argmax()), heat.shape)
    return [(float(column) + 0.5) / heat.shape[1], (float(row) + 0.5) / heat.shape[0]]


def _shares(found: Superpixels, label: int, class_names: Sequence[str]) -> dict[str, Any]:
    positive, negative = found.shares(label)
    return {
        "superpixels": len(found.weights),
        "positive": positive,
        "negative": negative,
        "fit": float(found.fit[label]),
        "classes": {n: float(s) for n, s in zip(class_names, found.class_shares(), strict=True)},
    }


def _lime_tiles(
    found: Superpixels, label: int, shown: Any, facts: dict[str, Any], class_names: Sequence[str]
) -> list[Tile]:
    title = f"lime: for {facts['positive']:.0%}, against {facts['negative']:.0%}"
    order = np.argsort(-found.class_shares(), kind="stable")[:MOST_CLASSES]
    bars = [
        ("for", facts["positive"], _hex(FOR)),
        ("against", facts["negative"], _hex(AGAINST)),
        *((class_names[k], facts["classes"][class_names[k]], BAR) for k in order),
    ]
    return [
        Tile(title, superpixels_over(shown, found, label)),
        Tile(f"lime: share of each class (R² {facts['fit']:.2f})", bars=tuple(bars)),
    ]


def _hex(rgb: tuple[int, int, int]) -> str:
    return "#{:02x}{:02x}{:02x}".format(*rgb)
