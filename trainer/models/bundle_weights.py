"""Weights of a bundle, from its graph: a shipped bundle is where a bench's own training may begin.

The graph holds each convolution with its batch norm folded in, the first one also with the scaling
of the pixels, which is taken out again, and the last layer with the temperature, which stays: the
network begins calibrated.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import numpy_helper

from engines.bundle import load_bundle
from trainer.config import TrainerError
from trainer.models.weight_source import (
    FIRST,
    KNOWN_SCALINGS,
    Arrays,
    Scaling,
    WeightSource,
)

KERNEL, BIAS, OFFSET = "/kernel", "/bias", "offset/value"
NEAR = 1e-3
"""Grey levels by which an offset may differ from a known one: both come from float32."""


def from_bundle(folder: Path) -> WeightSource:
    """Convolutions and dense layers by name, by Keras's axes, and the scaling they expect.

    Raises TrainerError for a graph that `trainer export` did not write, and engines.bundle's
    BundleError for a bundle that is damaged.
    """
    bundle = load_bundle(folder)
    graph = onnx.load(str(bundle.model_path)).graph
    held = {tensor.name: tensor for tensor in graph.initializer}
    names = [name.removesuffix(KERNEL) for name in held if name.endswith(KERNEL)]
    if FIRST not in names:
        raise TrainerError(
            f"--weights {folder}: its graph has no layer {FIRST}, so `trainer export` did not "
            "write it. Give a bundle of a network of this program, a run, or a weights file."
        )
    arrays = {name: _layer(held, name) for name in names}
    scaling = _scaling(held)
    kernel, *rest = arrays[FIRST]
    arrays[FIRST] = [(kernel / np.float32(scaling.scale)).astype(np.float32), *rest]
    return WeightSource(str(folder), arrays, scaling)


def _layer(held: dict[str, Any], name: str) -> Arrays:
    """Kernel and bias; the graph's convolutions are (out, in, h, w), Keras's (h, w, in, out)."""
    kernel = numpy_helper.to_array(held[name + KERNEL])
    if kernel.ndim == 4:
        kernel = kernel.transpose(2, 3, 1, 0)
    bias = [numpy_helper.to_array(held[name + BIAS])] if name + BIAS in held else []
    return [np.ascontiguousarray(kernel), *bias]


def _scaling(held: dict[str, Any]) -> Scaling:
    """The scaling x * scale + offset whose offset / scale the graph adds to the pixels."""
    added = numpy_helper.to_array(held[OFFSET]).ravel() if OFFSET in held else np.zeros(3)
    added = np.broadcast_to(added, 3)
    for known in KNOWN_SCALINGS:
        if np.allclose(np.array(known.offset) / known.scale, added, rtol=0, atol=NEAR):
            return known
    red, green, blue = added.tolist()
    return Scaling("other_scaling", 1.0, (red, green, blue))
