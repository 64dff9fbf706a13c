"""The graphs of every precision go into the bundle with their figures, or are left out with why."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from builders import noise_pictures, random_model, small_vgg, write_picture
from run_folders import CLASSES, METRICS, make_run

from trainer.config import TrainerError
from trainer.export import CARD, export_run, load_model
from trainer.graph.precision_table import precisions_text
from trainer.graph.writer import write_graph
from trainer.parity import run_graph
from trainer.runs import METRICS_FILE, Run, load_run
from trainer.split_pictures import read_split_pictures


def test_all_precisions_lie_in_the_bundle_with_their_figures(tmp_path: Path) -> None:
    bundle = export_run(make_run(tmp_path / "run"), tmp_path / "bundle")
    rows = {row["precision"]: row for row in bundle.metrics["precisions"]}
    assert set(rows) == {"fp32", "bf16", "fp16", "int8"}
    assert set(bundle.graphs) == {name for name, row in rows.items() if row["in_bundle"]}
    assert {"fp32", "fp16"} <= set(bundle.graphs)
    assert all(row["pictures"] == 12 for row in rows.values() if row["executed"])
    assert 0 < rows["fp16"]["max_dp"] < 2e-3
    assert rows["fp16"]["max_dp"] < rows["int8"]["max_dp"] < 0.1
    assert rows["int8"]["heatmap_median"] > 0.95
    facts = bundle.provenance["precisions"]
    assert facts["calibration_pictures"] == 12
    assert facts["fp16"]["forward"] == 1.0
    card = (bundle.path / CARD).read_text(encoding="utf-8")
    assert "## Precisions" in card
    assert precisions_text(bundle.metrics["precisions"]) in card


def _at_the_edge(folder: Path) -> Run:
    """A run whose PASS threshold lies at its least probable defect: no error is small enough."""
    run = make_run(folder)
    validation = read_split_pictures(run, "validation").images
    defects = [each.defect for each in CLASSES]
    write_graph(load_model(run), folder / "graph.onnx", METRICS["temperature"], defects=defects)
    probabilities = run_graph(folder / "graph.onnx", validation)[0]
    least = float(np.sort(probabilities[:, :2].sum(axis=1))[0])
    metrics = {**METRICS, "thresholds": {"pass_below": least + 1e-6, "reject_from": 1.0}}
    (folder / METRICS_FILE).write_text(json.dumps(metrics), encoding="utf-8")
    return run


def test_auto_leaves_out_what_is_not_good_enough_and_says_why(tmp_path: Path) -> None:
    run = _at_the_edge(tmp_path / "run")
    steps: list[str] = []
    bundle = export_run(run, tmp_path / "auto", steps.append)
    assert set(bundle.graphs) == {"fp32"}
    assert not list(bundle.path.glob("*int8*"))
    assert any("int8: with its margin" in step for step in steps)
    row = next(r for r in bundle.metrics["precisions"] if r["precision"] == "int8")
    assert row["executed"]
    assert not row["in_bundle"]
    assert "more of the pictures go to REVIEW" in row["shortcomings"][0]
    # Asked for by name it is there all the same, its shortcomings beside it.
    named = export_run(run, tmp_path / "named", precision="int8")
    assert set(named.graphs) == {"fp32", "int8"}
    assert "kept as asked, although" in (named.path / CARD).read_text(encoding="utf-8")


def test_weights_too_large_for_float16_leave_that_graph_out(tmp_path: Path) -> None:
    model = random_model(small_vgg(batch_norm=False))
    for layer, factor in (("block2_conv1", 1e7), ("block2_conv2", 1e-7)):
        kernel, bias = model.get_layer(layer).get_weights()
        model.get_layer(layer).set_weights([kernel * factor, bias])
    bundle = export_run(make_run(tmp_path / "run", model), tmp_path / "bundle")
    assert "fp16" not in bundle.graphs
    row = next(r for r in bundle.metrics["precisions"] if r["precision"] == "fp16")
    assert "float16 cannot hold" in row["shortcomings"][0]
    with pytest.raises(TrainerError, match="float16 cannot hold"):
        export_run(load_run(tmp_path / "run"), tmp_path / "named", precision="fp16")


def test_calibration_pictures_come_from_training_or_from_a_folder(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run")
    aside = {path: path.read_bytes() for path in Path(run.data).glob("*/train-*.png")}
    for path in aside:
        path.unlink()
    with pytest.raises(TrainerError, match=r"12 training pictures.*--data"):
        export_run(run, tmp_path / "bundle", precision="int8")
    for path, data in aside.items():  # what is familiar is fitted on them, in any case
        path.write_bytes(data)
    pictures = tmp_path / "pictures"
    with pytest.raises(TrainerError, match="not a folder"):
        export_run(run, tmp_path / "bundle", precision="int8", calibration=pictures)
    pictures.mkdir()
    with pytest.raises(TrainerError, match="holds no picture"):
        export_run(run, tmp_path / "bundle", precision="int8", calibration=pictures)
    for index, picture in enumerate(noise_pictures(5, 96, seed=9)):
        write_picture(pictures / f"{index % 2}" / f"{index}.png", picture)
    bundle = export_run(run, tmp_path / "bundle", precision="int8", calibration=pictures)
    assert bundle.provenance["precisions"]["calibration_pictures"] == 5
