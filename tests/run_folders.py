"""A finished run folder in moments: a random network, and figures that `assess` really counted."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from builders import noise_pictures, random_model, small_vgg

from engines.bundle import ClassInfo, InputSpec
from trainer.config import FitConfig
from trainer.datasets import Picture
from trainer.evaluate import Scored, assess
from trainer.runs import METRICS_FILE, MODEL_FILE, Run, save_run

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
    scored = Scored(pictures, noise_pictures(1), np.zeros(64, np.int64), labels, raw)
    return assess(scored, run, 1.0, 0.12, 0.8)


def make_run(folder: Path, model: Any = None, **changes: Any) -> Run:
    config = small_vgg(**changes)
    folder.mkdir(parents=True)
    run = Run(
        path=folder,
        config=FitConfig(model=config, seed=3),
        classes=CLASSES,
        input=InputSpec(config.size_px, config.size_px, config.channels, locate="disc"),
        data=str(folder.parent / "photographs"),
        provenance={"seed": 3, "manifest_sha256": "00ff"},
    )
    save_run(run)
    (model or random_model(config)).save(folder / MODEL_FILE)
    metrics = {**METRICS, "validation": figures(run), "test": figures(run)}
    (folder / METRICS_FILE).write_text(json.dumps(metrics), encoding="utf-8")
    return run
