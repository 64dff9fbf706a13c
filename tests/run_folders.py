"""A finished run folder in moments: a random network, pictures of noise with their split, and
figures that `assess` really counted."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
from builders import noise_pictures, random_model, small_vgg, write_picture

from engines.bundle import ClassInfo, InputSpec
from trainer.config import FitConfig
from trainer.datasets import Picture
from trainer.evaluate import Scored, assess
from trainer.runs import METRICS_FILE, MODEL_FILE, SPLIT_FILE, Run, save_run
from trainer.splits import SplitRow, write_split

CLASSES = (ClassInfo("crack", True), ClassInfo("edge", True), ClassInfo("normal", False))
METRICS: dict[str, Any] = {
    "temperature": 1.7,
    "thresholds": {"pass_below": 0.12, "reject_from": 0.8},
    "operating_point": {"escape_budget": 0.02, "statement": "At most 2.3 % of defects pass."},
}
PICTURES = ("crack",) * 20 + ("edge",) * 20 + ("normal",) * 24


def figures(run: Run) -> dict[str, Any]:
    """One crack of 20 is taken for a normal part and passes; all else is right."""
    labels = np.array([run.class_names.index(name) for name in PICTURES])
    raw = np.full((len(labels), 3), 0.01)
    raw[np.arange(len(labels)), labels] = 0.98
    raw[0] = [0.01 if n != "normal" else 0.98 for n in run.class_names]
    pictures = tuple(
        Picture(f"{i}.png", int(label), size_mm=1.5 if PICTURES[i] != "normal" else None)
        for i, label in enumerate(labels)
    )
    images = noise_pictures(1)
    scored = Scored(pictures, images, images, np.zeros(64, np.int64), labels, raw)
    return assess(scored, run, 1.0, 0.12, 0.8)


def make_run(folder: Path, model: Any = None, **changes: Any) -> Run:
    config = small_vgg(**changes)
    folder.mkdir(parents=True)
    run = Run(
        path=folder,
        config=FitConfig(model=config, seed=3),
        classes=CLASSES,
        input=InputSpec(
            config.size_px, config.size_px, config.channels, locate="disc", kind=config.input
        ),
        data=str(folder / "photographs"),
        provenance={"seed": 3, "manifest_sha256": "00ff"},
    )
    save_run(run)
    (model or random_model(config)).save(folder / MODEL_FILE)
    metrics = {**METRICS, "validation": figures(run), "test": figures(run)}
    (folder / METRICS_FILE).write_text(json.dumps(metrics), encoding="utf-8")
    write_data(run)
    return run


def write_data(run: Run, of_each: int = 4) -> None:
    """The run's pictures, and its split.csv: noise, `of_each` of each class in each split."""
    spec = run.input
    pictures = iter(noise_pictures(9 * of_each, spec.height, spec.channels, seed=5))
    rows = []
    for split in ("train", "validation", "test"):
        for name in run.class_names:
            for index in range(of_each):
                file = f"{name}/{split}-{index}.png"
                path = Path(run.data) / file
                picture = next(pictures)
                write_picture(
                    path, picture if spec.channels == 3 else np.repeat(picture, 3, axis=2)
                )
                digest = hashlib.sha256(path.read_bytes()).hexdigest()
                rows.append(SplitRow(file, name, "", split, digest))
    write_split(run.path / SPLIT_FILE, rows)
