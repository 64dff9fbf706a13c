"""A bundle with a real network and its Keras reference, and ways to damage what was exported."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from builders import disc_picture, random_model, small_vgg
from familiar import familiar
from onnx import numpy_helper

from engines.bundle import (
    GOLDEN,
    GRAPHS,
    MODEL,
    NOVELTY,
    Bundle,
    ClassInfo,
    InputSpec,
    Thresholds,
    write_manifest,
)
from engines.golden import Golden, decode, encode, write_golden
from engines.novelty import write_novelty
from engines.prediction import ImageArray
from trainer.explain.defect_map import defect_maps
from trainer.explain.grad_cam import class_maps, normalised
from trainer.graph.quantize import quantised_tensors, write_int8
from trainer.graph.ranges import Range, measure_ranges
from trainer.graph.writer import write_graph
from trainer.parity import pooled_features, softmax

PICTURES = 48
CLASSES = (ClassInfo("normal", False), ClassInfo("crack", True))
TINT = np.array([1.0, 0.75, 0.45])
Edit = Callable[[Any], Any]


def pictures(count: int, seed: int) -> ImageArray:
    """Coloured discs, every other one with a crack: uint8 (N, 64, 64, 3)."""
    made = [disc_picture(seed + n, defective=n % 2 == 1) * TINT for n in range(count)]
    return np.asarray(np.stack(made), dtype=np.uint8)


def fitted_model(seed: int = 7) -> Any:
    """A random VGG whose last layer tells the cracks, fitted by ridge regression."""
    import keras

    model = random_model(small_vgg(classes=2, head="gap", dropout=0.0), seed)
    top = model.layers[-1]
    below = keras.Model(model.inputs[0], top.input)
    features = keras.ops.convert_to_numpy(below(pictures(128, 5000).astype(np.float32)))
    mean, spread = features.mean(axis=0), features.std(axis=0) + 1e-6
    x = (features - mean) / spread
    sign = np.tile([-1.0, 1.0], 64)
    slope = np.linalg.solve(x.T @ x + 10.0 * np.eye(x.shape[1]), x.T @ sign)
    kernel = 2.0 * slope / spread
    bias = -float(mean @ kernel)
    top.kernel.assign(np.stack([-kernel, kernel], axis=1) / 2)
    top.bias.assign(np.array([-bias, bias]) / 2)
    return model


def make_bundle(folder: Path, model: Any, damage: Edit | None = None) -> Bundle:
    """Export `model` with its golden set; then let `damage` alter the graph, and sign that."""
    folder.mkdir(parents=True)
    write_graph(model, folder / MODEL, defects=[c.defect for c in CLASSES])
    files = tuple(encode(image) for image in pictures(PICTURES, 9000))
    seen = np.stack([decode(f) for f in files])
    maps = class_maps(model, seen, "block5_conv3", batch_size=8)
    defect = defect_maps(model, seen, CLASSES, 1.0, batch_size=8)
    features = pooled_features(model, seen)
    novelty = familiar(features.shape[1])
    golden = Golden(
        names=tuple(f"disc-{n:02d}.png" for n in range(PICTURES)),
        pictures=files,
        labels=np.arange(PICTURES) % 2,
        weights=np.ones(PICTURES),
        probabilities=softmax(maps.logits, 1.0).astype(np.float32),
        heatmaps=normalised(maps.signed),
        defect_heatmaps=normalised(defect.signed),
        novelty=novelty.distances(features),
    )
    write_golden(folder / GOLDEN, golden)
    write_novelty(folder / NOVELTY, novelty)
    if damage is not None:
        onnx.save(damage(onnx.load(folder / MODEL)), folder / MODEL)
    return sign(folder)


def sign(folder: Path) -> Bundle:
    return write_manifest(
        folder,
        classes=CLASSES,
        input_spec=InputSpec(64, 64),
        temperature=1.0,
        thresholds=Thresholds(0.3, 0.7),
        quality={},
        operating_point={},
        metrics={},
        provenance={"made_by": "tests.damage"},
    )


def add_int8(bundle: Bundle, shrink: float = 1.0) -> Bundle:
    """The bundle with an int8 graph; `shrink` under 1 makes every activation saturate."""
    graph = bundle.graphs["fp32"]
    measured = measure_ranges(graph, quantised_tensors(graph), pictures(32, 7000))
    ranges = {name: Range(shrink * each.channels) for name, each in measured.items()}
    write_int8(graph, bundle.path / GRAPHS["int8"], ranges)
    return sign(bundle.path)


def edit_weight(name: str, change: Callable[[np.ndarray], np.ndarray]) -> Edit:
    """Damage: one initialiser of the graph, changed."""

    def edit(model: Any) -> Any:
        (tensor,) = [t for t in model.graph.initializer if t.name == name]
        values = np.ascontiguousarray(change(numpy_helper.to_array(tensor)))
        tensor.CopyFrom(numpy_helper.from_array(values.astype(np.float32), name))
        return model

    return edit
