"""Does the written graph say what the Keras model says? Asked on pictures, before it is shipped."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from engines.backend import OUTPUTS
from engines.bundle import ClassInfo
from engines.prediction import FloatArray, ImageArray
from trainer.config import TrainerError
from trainer.explain.defect_map import defect_maps
from trainer.explain.grad_cam import ClassMaps, class_maps, normalised

PROBABILITY_TOLERANCE = 1e-4
HEATMAP_TOLERANCE = 1e-3
FEATURE_TOLERANCE = 1e-3
"""Relative to the largest feature."""
CONDITION = 1e-3
"""A heatmap whose peak is below this share of what was added up to it is left out: it is the
difference of nearly equal sums, and float32 itself does not know it to the tolerance."""
BATCH = 2


@dataclass(frozen=True, slots=True)
class Parity:
    """Largest differences between graph and Keras."""

    images: int
    probabilities: float
    heatmap: float
    defect_heatmap: float
    features: float
    """Relative to the largest feature."""
    heatmaps_compared: int
    """Of both kinds."""

    def as_dict(self) -> dict[str, float | int]:
        """For the bundle's provenance."""
        return asdict(self)


def compare(
    model: Any,
    layer: str,
    graph: Path,
    images: ImageArray,
    temperature: float,
    classes: Sequence[ClassInfo],
) -> Parity:
    """Run graph (OpenVINO, float32) and model (Keras, GradientTape) on the same pictures.

    images: uint8 (N, H, W, C). layer: the last convolution. Raises TrainerError when the graph
    differs, naming the worst picture.
    """
    probabilities, heatmaps, features, defect_heatmaps = run_graph(graph, images)
    # The graph's own choice of class: where two are equally likely, rounding decides between them.
    maps = class_maps(model, images, layer, probabilities.argmax(axis=1), batch_size=1)
    defect = defect_maps(model, images, classes, temperature, layer, batch_size=1)
    compared, defect_compared = _conditioned(maps), _conditioned(defect)
    expected_features = pooled_features(model, images)
    scale = max(float(np.abs(expected_features).max()), np.finfo(np.float32).tiny)
    differences = {
        "probabilities": np.abs(probabilities - softmax(maps.logits, temperature)).max(axis=1),
        "heatmap": np.abs(heatmaps - normalised(maps.signed)).max(axis=(1, 2)) * compared,
        "defect heatmap": np.abs(defect_heatmaps - normalised(defect.signed)).max(axis=(1, 2))
        * defect_compared,
        "features": np.abs(features - expected_features).max(axis=1) / scale,
    }
    limits = (
        PROBABILITY_TOLERANCE,
        HEATMAP_TOLERANCE,
        HEATMAP_TOLERANCE,
        FEATURE_TOLERANCE,
    )
    for (name, difference), limit in zip(differences.items(), limits, strict=True):
        worst = int(np.nan_to_num(difference, nan=np.inf).argmax())
        if not difference[worst] <= limit:
            raise TrainerError(
                f"the graph differs from the Keras model: {name} by {difference[worst]:.2e} on "
                f"picture {worst} of {len(images)}, at most {limit:.0e} is allowed. Nothing was "
                "written; check the weights for values that are not finite, then report it."
            )
    return Parity(
        images=len(images),
        probabilities=float(differences["probabilities"].max()),
        heatmap=float(differences["heatmap"].max()),
        defect_heatmap=float(differences["defect heatmap"].max()),
        features=float(differences["features"].max()),
        heatmaps_compared=int(compared.sum() + defect_compared.sum()),
    )


def softmax(logits: FloatArray, temperature: float) -> npt.NDArray[np.float64]:
    """Calibrated probabilities (N, K) in float64. Source: Guo et al., 2017, equation 9."""
    scaled = logits.astype(np.float64) / temperature
    powers = np.exp(scaled - scaled.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True))


def run_graph(graph: Path, images: ImageArray) -> tuple[FloatArray, ...]:
    """OUTPUTS, in that order, by OpenVINO on the processor, in float32."""
    import openvino as ov

    options = {"INFERENCE_PRECISION_HINT": "f32"}
    try:
        compiled = ov.Core().compile_model(str(graph), "CPU", options)
        request = compiled.create_infer_request()
        parts = []
        for start in range(0, len(images), BATCH):
            request.infer({0: images[start : start + BATCH]})
            parts.append([np.array(request.get_tensor(name).data) for name in OUTPUTS])
    except RuntimeError as error:
        raise TrainerError(
            f"OpenVINO cannot run {graph} ({str(error).splitlines()[0]}). Nothing was written; "
            "check the installed openvino version, then report it."
        ) from error
    return tuple(np.concatenate(each) for each in zip(*parts, strict=True))


def _conditioned(maps: ClassMaps) -> npt.NDArray[np.bool_]:
    peak = np.abs(maps.signed.max(axis=(1, 2)))
    summed = maps.magnitude.max(axis=(1, 2))
    return np.asarray((peak >= CONDITION * summed) | (summed == 0))


def pooled_features(model: Any, images: ImageArray) -> FloatArray:
    """The pooled last convolution by Keras: (N, C); the mean over space for a Flatten head."""
    import keras

    pools = (keras.layers.GlobalAveragePooling2D, keras.layers.GlobalMaxPooling2D)
    layer = next(e for e in model.layers if isinstance(e, (*pools, keras.layers.Flatten)))
    part = keras.Model(model.inputs[0], layer.output if isinstance(layer, pools) else layer.input)
    found = [
        keras.ops.convert_to_numpy(part(image[None].astype(np.float32), training=False))
        for image in images
    ]
    features = np.concatenate(found)
    return np.asarray(features if features.ndim == 2 else features.mean(axis=(1, 2)))
