"""A real bundle of a small VGG16, answered for by Keras and GradientTape."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from familiar import familiar

from engines.bundle import (
    GOLDEN,
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

CLASSES = (ClassInfo("normal", False), ClassInfo("crack", True), ClassInfo("void", True))


def vgg_bundle(folder: Path, pictures: int = 4, **changes: Any) -> Bundle:
    """changes: of `small_vgg`. Nearly every probability lies between the thresholds."""
    from builders import noise_pictures, random_model, small_vgg

    from trainer.explain.defect_map import defect_maps
    from trainer.explain.grad_cam import class_maps, normalised
    from trainer.graph.writer import write_graph
    from trainer.parity import pooled_features, softmax

    config = small_vgg(**changes)
    model = random_model(config)
    folder.mkdir(parents=True)
    write_graph(model, folder / MODEL, defects=[c.defect for c in CLASSES])
    noise = noise_pictures(pictures, config.size_px, config.channels)
    files = tuple(encode(picture) for picture in noise)
    seen = np.stack([decode(file) for file in files])
    maps, features = class_maps(model, seen), pooled_features(model, seen)
    defect = defect_maps(model, seen, CLASSES, 1.0)
    novelty = familiar(features.shape[1])
    golden = Golden(
        names=tuple(f"noise-{i}" for i in range(pictures)),
        pictures=files,
        labels=np.zeros(pictures, np.int64),
        weights=np.ones(pictures),
        probabilities=softmax(maps.logits, 1.0).astype(np.float32),
        heatmaps=normalised(maps.signed),
        defect_heatmaps=normalised(defect.signed),
        novelty=novelty.distances(features),
    )
    write_golden(folder / GOLDEN, golden)
    write_novelty(folder / NOVELTY, novelty)
    return write_manifest(
        folder,
        classes=CLASSES,
        input_spec=InputSpec(config.size_px, config.size_px, config.channels),
        temperature=1.0,
        thresholds=Thresholds(0.001, 0.999),
        quality={},
        operating_point={},
        metrics={},
        provenance={"made_by": "tests.vgg_bundles"},
    )


def damaged(graph: Path, target: Path, by: float = 0.05, layer: str = "block3_conv2") -> Path:
    """A copy of a graph with noise on one convolution's weights; by: its share of their spread."""
    import onnx

    model = onnx.load(str(graph))
    for tensor in model.graph.initializer:
        if tensor.name == f"{layer}/kernel":
            values = onnx.numpy_helper.to_array(tensor)
            noise = np.random.default_rng(3).standard_normal(values.shape) * values.std()
            changed = (values + by * noise).astype(np.float32)
            tensor.CopyFrom(onnx.numpy_helper.from_array(changed, tensor.name))
            break
    else:
        raise AssertionError(f"{graph} has no {layer}")
    onnx.save(model, str(target))
    return target
