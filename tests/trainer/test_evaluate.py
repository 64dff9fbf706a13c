"""Figures of a run: what passed, what was rejected, by size, and on pictures it never saw."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from builders import disc_folder, disc_picture, small_fit, write_picture
from scipy.stats import binom

from engines.bundle import ClassInfo, InputSpec
from trainer.config import TrainerError
from trainer.datasets import Picture
from trainer.evaluate import Scored, assess, evaluate
from trainer.runs import Run, load_run
from trainer.tables import evaluation_text


def _scored(rows: list[tuple[float, bool, float | None, str | None]]) -> tuple[Scored, Run]:
    """Pictures given as (defect probability, is a defect, size_mm, kind), and a run for them."""
    pictures = tuple(
        Picture(f"{i}.png", 0 if bad else 1, None, kind, size)
        for i, (_, bad, size, kind) in enumerate(rows)
    )
    p = np.array([row[0] for row in rows])
    labels = np.array([picture.label for picture in pictures], np.int64)
    images = np.zeros((len(rows), 32, 32, 3), np.uint8)
    run = Run(
        Path("run"),
        small_fit(),
        (ClassInfo("bad", True), ClassInfo("ok", False)),
        InputSpec(32, 32),
        "data",
        {},
    )
    raw = np.stack((p, 1 - p), axis=1)
    return Scored(pictures, images, images, np.arange(len(rows)), labels, raw), run


def test_escapes_overkill_and_review_are_counted_at_the_thresholds() -> None:
    defects = [(0.05, True, None, None), (0.5, True, None, None), (0.9, True, None, None)]
    goods = [(0.05, False, None, None), (0.2, False, None, None), (0.8, False, None, None)]
    goods += [(0.81, False, None, None), (0.19999, False, None, None)]
    figures = assess(*_scored(defects + goods), 1.0, pass_below=0.2, reject_from=0.8)
    count = {
        k: (figures[k]["count"], figures[k]["of"])
        for k in ("escapes", "overkill", "review_defects", "review_good")
    }
    assert count == {
        "escapes": (1, 3),
        "overkill": (2, 5),
        "review_defects": (1, 3),
        "review_good": (1, 5),
    }
    assert figures["escapes"]["share"] == pytest.approx(1 / 3)
    assert binom.cdf(1, 3, figures["escapes"]["upper"]) == pytest.approx(0.05)


def test_the_temperature_is_applied_before_the_thresholds() -> None:
    scored, run = _scored([(0.9, True, None, None), (0.1, False, None, None)])
    sharp = assess(scored, run, 1.0, 0.2, 0.8)
    soft = assess(scored, run, 4.0, 0.2, 0.8)
    assert sharp["review_defects"]["count"] == 0
    assert soft["review_defects"]["count"] == 1
    assert soft["loss"] > sharp["loss"] == pytest.approx(soft["loss_before_calibration"])


def test_defects_are_told_apart_by_size_and_kind() -> None:
    rows = [
        (0.01, True, 0.4, "crack"),
        (0.99, True, 0.5, "crack"),
        (0.50, True, 0.99, "chip"),
        (0.99, True, 10.0, "chip"),
        (0.99, True, 12.0, "chip"),
        (0.99, True, None, None),
        (0.01, False, 0.0, "none"),
    ]
    figures = assess(*_scored(rows), 1.0, 0.2, 0.8)
    sizes = {
        r["size"]: (r["defects"], r["pass"], r["review"], r["reject"]) for r in figures["by_size"]
    }
    assert sizes == {
        "0-0.5 mm": (1, 1, 0, 0),
        "0.5-1 mm": (2, 0, 1, 1),
        "10 mm and more": (2, 0, 0, 2),
    }
    kinds = {r["kind"]: (r["defects"], r["pass"]) for r in figures["by_kind"]}
    assert kinds == {"chip": (3, 0), "crack": (2, 1)}


def test_evaluating_again_gives_the_figures_of_the_fit(disc_run: Run) -> None:
    again = evaluate(load_run(disc_run.path))
    stored = disc_run.metrics()["test"]
    assert {k: again[k] for k in ("accuracy", "escapes", "overkill", "confusion_matrix")} == {
        k: stored[k] for k in ("accuracy", "escapes", "overkill", "confusion_matrix")
    }
    assert again["loss"] == pytest.approx(stored["loss"], rel=1e-4)
    assert sum(r["defects"] for r in again["by_size"]) == 6
    json.dumps(again, allow_nan=False)


def test_a_fresh_set_is_measured_at_the_same_operating_point(disc_run: Run, tmp_path: Path) -> None:
    fresh = disc_folder(tmp_path / "fresh", 20, seed=9)
    figures = evaluate(disc_run, fresh)
    assert figures["pictures"] == 40
    assert figures["accuracy"] == 1.0
    assert figures["thresholds"] == disc_run.metrics()["thresholds"]
    # Now with the labels turned round: every figure must turn with them.
    turned = tmp_path / "turned"
    shutil.copytree(fresh / "normal", turned / "defective")
    shutil.copytree(fresh / "defective", turned / "normal")
    wrong = evaluate(disc_run, turned)
    assert wrong["accuracy"] == 0.0
    assert wrong["escapes"]["count"] > 0
    assert wrong["escapes"]["count"] + wrong["review_defects"]["count"] == 20


def test_a_fresh_set_may_hold_one_class_alone(disc_run: Run, tmp_path: Path) -> None:
    for i in range(5):
        write_picture(tmp_path / "normal" / f"{i}.png", disc_picture(500 + i, False))
    figures = evaluate(disc_run, tmp_path)
    assert figures["classes"]["normal"]["pictures"] == 5
    assert figures["escapes"]["share"] is None
    assert "none: no such picture here" in evaluation_text(figures)


def test_a_fresh_set_that_does_not_fit_is_refused(disc_run: Run, tmp_path: Path) -> None:
    write_picture(tmp_path / "scratched" / "1.png", disc_picture(1, True))
    with pytest.raises(TrainerError, match="class folders scratched, which the run does not know"):
        evaluate(disc_run, tmp_path)
    fresh = disc_folder(tmp_path / "fresh", 2)
    (fresh / "crops.json").write_text('{"locate": "disc", "margin": 0.05}')
    with pytest.raises(TrainerError, match=r"cropped as 'disc' .* trained on 'frame'"):
        evaluate(disc_run, fresh)


def test_test_pictures_that_changed_or_went_are_refused(
    disc_run: Run, disc_data: Path, tmp_path: Path
) -> None:
    moved = tmp_path / "moved"
    shutil.copytree(disc_data, moved)
    run = Run(
        disc_run.path,
        disc_run.config,
        disc_run.classes,
        disc_run.input,
        str(moved),
        disc_run.provenance,
    )
    assert evaluate(run)["accuracy"] == 1.0
    test = [
        line.split(",")[0]
        for line in (disc_run.path / "split.csv").read_text().splitlines()
        if ",test," in line
    ]
    write_picture(moved / test[0], disc_picture(77, False))
    with pytest.raises(TrainerError, match=rf"1 test pictures .* changed .* {test[0]} first"):
        evaluate(run)
    (moved / test[0]).unlink()
    with pytest.raises(TrainerError, match="11 of 12"):
        evaluate(run)


def test_the_text_shows_what_was_counted(disc_run: Run) -> None:
    text = evaluation_text(evaluate(disc_run))
    assert "escapes             0.00%: 0 of 6 defects pass, at most 39.30%" in text
    assert "defective                 6       0" in text
    assert "0 escapes in 6 defects shows at most 39.3% at 95%" in text
