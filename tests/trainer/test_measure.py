"""The operating point counts what it says it counts, and can be chosen again without training."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from builders import noise_pictures

from engines.bundle import ClassInfo, InputSpec
from trainer.config import FitConfig, TrainerError
from trainer.datasets import Picture
from trainer.evaluate import Scored, evaluate, record_fresh
from trainer.history import read_state, write_state
from trainer.measure import decide_again, measure
from trainer.runs import FRESH, MODEL_FILE, Run, load_run


def scored(p_defect: list[float], defect: list[bool], size_mm: list[float | None]) -> Scored:
    raw = np.array([[p, 1.0 - p] for p in p_defect])
    labels = np.array([0 if d else 1 for d in defect])
    pictures = tuple(
        Picture(f"{i}.png", int(label), size_mm=size)
        for i, (label, size) in enumerate(zip(labels, size_mm, strict=True))
    )
    rows, images = np.zeros(len(labels), np.int64), noise_pictures(1)
    return Scored(pictures, images, images, rows, labels, raw)


def run_with(**changes: float) -> Run:
    config = FitConfig(escape_budget=0.03, **changes)
    classes = (ClassInfo("crack", True), ClassInfo("normal", False))
    return Run(Path("run"), config, classes, InputSpec(32, 32), "data", {})


def test_small_defects_can_be_left_out_of_the_promise() -> None:
    """Large defects score high, small ones among the good: only the latter drag the limit down."""
    rng = np.random.default_rng(0)
    large, small = rng.uniform(0.8, 0.99, 150), rng.uniform(0.01, 0.2, 50)
    good = rng.uniform(0.01, 0.2, 200)
    sample = scored(
        [*large, *small, *good],
        [True] * 200 + [False] * 200,
        [2.0] * 150 + [0.6] * 50 + [None] * 200,
    )
    every = measure(run_with(), sample, sample)
    from_one = measure(run_with(escape_from_mm=1.0), sample, sample)
    assert every["validation"]["escapes"]["count"] <= 2
    assert every["validation"]["review_good"]["share"] > 0.5
    assert from_one["validation"]["review_good"]["share"] < 0.05
    assert from_one["operating_point"]["escape"]["total"] == 150
    assert from_one["operating_point"]["escape"]["count"] == 0
    assert "of the 50 smaller ones nothing is promised" in from_one["operating_point"]["statement"]
    assert [r["pass"] for r in from_one["validation"]["by_size"]] == [50, 0]


def test_a_defect_of_unknown_size_counts() -> None:
    sample = scored([0.9] * 10 + [0.1] * 10, [True] * 10 + [False] * 10, [None] * 20)
    point = measure(run_with(escape_from_mm=5.0), sample, sample)["operating_point"]
    assert point["escape"]["total"] == 10


def test_figures_of_weights_that_were_trained_on_are_refused(disc_run: Run, tmp_path: Path) -> None:
    """A run that goes on and is killed keeps new weights beside its old thresholds."""
    folder = tmp_path / "run"
    shutil.copytree(disc_run.path, folder)
    state, run = read_state(folder), load_run(folder)
    assert state is not None
    assert run.metrics()["best_epoch"] == state.best_epoch
    write_state(folder, replace(state, epoch=9))
    assert run.metrics()["epochs"] == 8, "no better weights: the figures hold"
    write_state(folder, replace(state, epoch=9, best_epoch=9))
    with pytest.raises(TrainerError, match=r"keeps those of epoch 9\. Go on .*--resume"):
        evaluate(run)


@pytest.mark.timeout(300)
def test_deciding_again_keeps_the_weights_and_drops_stale_figures(
    disc_run: Run, tmp_path: Path
) -> None:
    folder = tmp_path / "run"
    shutil.copytree(disc_run.path, folder)
    run = load_run(folder)
    record_fresh(run, evaluate(run))
    weights = (folder / MODEL_FILE).read_bytes()
    said: list[object] = []
    decided = decide_again(run, replace(run.config, escape_budget=0.4), said.append)
    assert (folder / MODEL_FILE).read_bytes() == weights
    assert load_run(folder).config.escape_budget == 0.4
    with pytest.raises(
        TrainerError,
        match=r"is 1e\+09, and the largest of the 6 validation",
    ):
        decide_again(decided, replace(decided.config, escape_from_mm=1e9), said.append)
    assert load_run(folder).config == decided.config, "what cannot be chosen changes nothing"
    after = decided.metrics()
    assert after["operating_point"]["escape"]["budget"] == 0.4
    assert FRESH not in after
    assert after["epochs"] == disc_run.metrics()["epochs"]
    assert after["temperature"] == pytest.approx(disc_run.metrics()["temperature"], rel=1e-6)
