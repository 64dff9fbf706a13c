"""A graph that differs from its Keras model by a percent anywhere is noticed."""

from __future__ import annotations

from pathlib import Path

import pytest
from builders import noise_pictures, random_model, small_vgg
from run_folders import CLASSES

from trainer.config import TrainerError
from trainer.graph.writer import write_graph
from trainer.parity import compare

DEFECTS = tuple(each.defect for each in CLASSES)


@pytest.mark.parametrize(
    ("layer", "factor", "named"),
    [("predictions", 1.01, "probabilities"), ("block5_conv3_bn", 0.98, "")],
)
def test_one_percent_is_enough_to_be_noticed(
    tmp_path: Path, layer: str, factor: float, named: str
) -> None:
    model = random_model(small_vgg(head="max"))
    write_graph(model, tmp_path / "model.onnx", defects=DEFECTS)
    images = noise_pictures(8)
    compare(model, "block5_conv3", tmp_path / "model.onnx", images, 1.0, CLASSES)
    weights = model.get_layer(layer).get_weights()
    model.get_layer(layer).set_weights([weights[0] * factor, *weights[1:]])
    with pytest.raises(TrainerError, match=f"Keras model: {named}"):
        compare(model, "block5_conv3", tmp_path / "model.onnx", images, 1.0, CLASSES)


def test_a_wrong_heatmap_alone_is_noticed(tmp_path: Path) -> None:
    model = random_model(small_vgg())
    write_graph(model, tmp_path / "model.onnx", defects=DEFECTS)
    # The maps of another layer than the graph's: same size, probabilities untouched.
    with pytest.raises(TrainerError, match="heatmap by"):
        compare(model, "block5_conv2", tmp_path / "model.onnx", noise_pictures(8), 1.0, CLASSES)
