"""Figures of a precision beside float32's: counted by hand here, on answers made for it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from builders import noise_pictures, random_model, small_vgg

from engines.bundle import ClassInfo, Thresholds
from trainer.graph.precision_study import (
    GraphAnswers,
    Truth,
    answers,
    calibration_error,
    measure,
)
from trainer.graph.precision_table import precisions_text
from trainer.graph.writer import write_graph
from trainer.parity import run_graph

CLASSES = (ClassInfo("bad", True), ClassInfo("good", False))
MAPS = np.random.default_rng(0).uniform(0, 1, (8, 4, 4)).astype(np.float32)
#              PASS  PASS  REV  REJECT (good)    REJ  REJ  REV  PASS (bad)
P = np.array([0.01, 0.02, 0.5, 0.9, 0.95, 0.85, 0.4, 0.05])
DEFECTS = (True, True, False)
LABELS = np.array([1, 1, 1, 1, 0, 0, 0, 0])
THRESHOLDS = Thresholds(0.1, 0.8)


def _answers(
    p: np.ndarray, maps: np.ndarray = MAPS, defect: np.ndarray | None = None
) -> GraphAnswers:
    features = np.zeros((len(p), 3), np.float32)
    both = np.stack([p, 1 - p], axis=1).astype(np.float32)
    return GraphAnswers(both, maps, features, maps if defect is None else defect)


def _truth() -> Truth:
    return Truth(LABELS, CLASSES, THRESHOLDS, _answers(P))


def test_the_reference_differs_from_itself_in_nothing() -> None:
    row = measure("fp32", "float32", _answers(P), _truth(), in_bundle=True)
    assert (row.max_dp, row.differing, row.extra_review, row.shortcomings) == (0, 0, 0, ())
    assert row.heatmap_median == row.heatmap_min == pytest.approx(1.0)
    assert row.escapes == (1, 4)
    assert row.overkill == (1, 4)
    assert row.accuracy == 0.5
    # At 0.5 the good part's two classes are equal: argmax takes the first.
    assert row.class_accuracy == {"bad": 0.5, "good": 0.5}


def test_errors_are_counted_in_verdicts_and_in_review() -> None:
    p = P + np.array([0.0, 0.0, 0.0, 0.0, 0.0, -0.1, 0.0, 0.0])  # 0.85 -> 0.75: REVIEW
    row = measure("int8", "int8", _answers(p), _truth())
    assert row.max_dp == pytest.approx(0.1, abs=1e-6)
    assert row.mean_dp == pytest.approx(0.1 / 8, abs=1e-6)
    assert row.differing == 1
    # Tightened to nearly (0, 0.9): of the two passed good parts none is below 0 any more.
    assert row.extra_review > 0.02
    assert any("go to REVIEW" in each for each in row.shortcomings)


def test_a_verdict_turned_round_is_a_shortcoming() -> None:
    p = P.copy()
    p[4] = 0.05
    row = measure("int8", "int8", _answers(p), _truth())
    assert row.escapes == (2, 4)
    assert "1 verdicts from PASS to REJECT" in row.shortcomings[0]


def test_heatmaps_of_noise_and_values_not_finite_are_shortcomings() -> None:
    noise = np.random.default_rng(1).uniform(0, 1, MAPS.shape).astype(np.float32)
    row = measure("int8", "int8", _answers(P, noise), _truth())
    assert row.heatmap_median < 0.5
    assert "heatmaps correlate" in row.shortcomings[0]
    broken = P.copy()
    broken[0] = np.nan
    row = measure("fp16", "float16", _answers(broken), _truth())
    assert "not finite" in row.shortcomings[0]
    assert row.max_dp == 1.0


def test_the_suspected_defects_maps_count_and_the_others_do_not() -> None:
    noise = np.random.default_rng(1).uniform(0, 1, MAPS.shape).astype(np.float32)
    for suspected, expected in ((P > 0.1, False), (P < 0.1, True)):
        turned = np.where(suspected[:, None, None], noise, MAPS)
        row = measure("int8", "int8", _answers(P, MAPS, turned), _truth())
        assert (row.heatmap_min > 0.99) is expected
    beyond = MAPS.copy()
    beyond[0, 0, 0] = np.inf
    row = measure("int8", "int8", _answers(P, MAPS, beyond), _truth())
    assert "not finite" in row.shortcomings[0]


def test_calibration_error_is_the_gap_between_confidence_and_truth() -> None:
    rng = np.random.default_rng(3)
    confidence = rng.uniform(0.5, 1.0, 40_000)
    labels = (rng.uniform(0, 1, len(confidence)) > confidence).astype(np.int64)
    honest = np.stack([confidence, 1 - confidence], axis=1).astype(np.float32)
    assert calibration_error(honest, labels) < 0.01
    sure = np.tile(np.array([[1.0, 0.0]], np.float32), (len(labels), 1))
    assert calibration_error(sure, labels) == pytest.approx(labels.mean(), abs=1e-6)


def test_a_graph_answers_one_picture_at_a_time_as_it_does_in_batches(tmp_path: Path) -> None:
    write_graph(random_model(small_vgg()), tmp_path / "model.onnx", defects=DEFECTS)
    images, told = noise_pictures(3), []
    found = answers(tmp_path / "model.onnx", images, on_picture=lambda a, b: told.append((a, b)))
    probabilities, heatmaps, _, defect = run_graph(tmp_path / "model.onnx", images)
    np.testing.assert_allclose(found.probabilities, probabilities, atol=1e-5)
    np.testing.assert_allclose(found.heatmaps, heatmaps, atol=1e-3)
    np.testing.assert_allclose(found.defect_heatmaps, defect, atol=1e-3)
    assert told == [(1, 3), (2, 3), (3, 3)]


def test_the_table_tells_all_figures_and_what_was_not_executed() -> None:
    good = measure("fp32", "float32", _answers(P), _truth(), in_bundle=True)
    p = P.copy()
    p[4] = 0.05
    bad = measure("int8", "int8, the rest in float32", _answers(p), _truth())
    text = precisions_text([good.as_dict(), bad.as_dict()])
    assert "8 validation pictures" in text
    assert "1 of 4" in text
    assert "left out, because it turns 1 verdicts" in text
    assert "int8: int8, the rest in float32" in text
    assert max(map(len, text.splitlines())) < 140
