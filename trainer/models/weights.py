"""Weights from elsewhere, by layer name: Keras's ImageNet weights, a file, a run, a bundle.

Keras's VGG16 was trained on BGR pictures minus the channel means; our graphs take RGB. The first
convolution's input channels are turned round, and the means become an offset in RGB order.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import h5py  # type: ignore[import-untyped]
import keras
import numpy as np

from engines.bundle import MANIFEST
from trainer.config import TrainerError
from trainer.models.bundle_weights import from_bundle
from trainer.models.weight_source import (
    FIRST,
    IMAGENET_SCALING,
    KNOWN_SCALINGS,
    Arrays,
    Scaling,
    WeightSource,
)
from trainer.runs import MODEL_FILE

log = logging.getLogger(__name__)

CONVOLUTIONS = "block"
"""Layers whose names start so must be in the source, and fit; others may differ."""
NAMED = 6
"""Layers of the source listed by name in an error."""


def read_weights(weights: str, with_top: bool) -> WeightSource:
    """Read `imagenet`, a weights file, a run's model or a bundle's graph. Raises TrainerError.

    with_top: for `imagenet`, fetch the dense layers as well (550 MB instead of 59 MB).
    """
    if weights == "imagenet":
        arrays = _imagenet(with_top)
    elif (Path(weights) / MANIFEST).is_file():
        return from_bundle(Path(weights))
    else:
        path = _file_of(Path(weights))
        if path.suffix == ".keras":
            return _from_model(path)
        arrays = _from_h5(path)
    return _with_scaling(weights, arrays)


def _file_of(path: Path) -> Path:
    """The weights file itself; of a run folder, its model.keras."""
    if path.is_dir():
        if not (path / MODEL_FILE).is_file():
            raise TrainerError(
                f"--weights {path} is a folder without {MODEL_FILE}, so no run that has finished "
                "an epoch. Give the folder that `trainer fit --out` made, a bundle, or a weights "
                "file."
            )
        return path / MODEL_FILE
    if not path.is_file():
        raise TrainerError(
            f"--weights {path} is not a file. Give none, imagenet, a run folder, a bundle, or the "
            "path of a .h5, .weights.h5 or .keras file."
        )
    return path


def _imagenet(with_top: bool) -> dict[str, Arrays]:
    try:
        model = keras.applications.VGG16(weights="imagenet", include_top=with_top)
    except Exception as error:  # what Keras's download raises is a bare Exception
        raise TrainerError(
            f"the ImageNet weights could not be fetched ({error}). On a machine without network, "
            "pass the file instead: --weights vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5"
        ) from error
    return {layer.name: layer.get_weights() for layer in _leaves(model)}


def _from_model(path: Path) -> WeightSource:
    try:
        model = keras.models.load_model(path, compile=False)
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise TrainerError(
            f"--weights {path} is not a model that Keras can load ({error}). "
            "Give the model.keras of a run, or a .weights.h5 file."
        ) from error
    arrays = {layer.name: layer.get_weights() for layer in _leaves(model)}
    for layer in _leaves(model):
        if isinstance(layer, keras.layers.Rescaling):
            return WeightSource(str(path), arrays, _scaling_of(layer, path))
    return _with_scaling(str(path), arrays)


def _scaling_of(layer: Any, path: Path) -> Scaling:
    if np.size(layer.scale) != 1 or np.size(layer.offset) not in (1, 3):
        raise TrainerError(
            f"--weights {path}: its layer {layer.name} scales by {layer.scale} and shifts by "
            f"{layer.offset}; expected one scale and 1 or 3 offsets. Use another weights file."
        )
    red, green, blue = np.broadcast_to(np.float64(layer.offset), 3).tolist()
    known = layer.name in [each.name for each in KNOWN_SCALINGS]
    name = layer.name if known else "other_scaling"
    return Scaling(name, float(layer.scale), (red, green, blue))


def _leaves(model: Any) -> Iterator[Any]:
    """Every layer that holds no layers, whatever it is nested in."""
    for layer in model.layers:
        if hasattr(layer, "layers"):
            yield from _leaves(layer)
        else:
            yield layer


def _from_h5(path: Path) -> dict[str, Arrays]:
    """Layer name -> arrays, from Keras's old (.h5) and new (.weights.h5) layouts."""
    try:
        with h5py.File(path, "r") as file:
            root = file.get("model_weights", file)
            if "layer_names" in root.attrs:
                return dict(_old_layout(root))
            return dict(_new_layout(root))
    except (OSError, KeyError, ValueError) as error:
        raise TrainerError(
            f"--weights {path} cannot be read as a Keras weights file ({error}). "
            "Copy it again, or write it with model.save_weights."
        ) from error


def _old_layout(root: Any) -> Iterator[tuple[str, Arrays]]:
    for name in map(_text, root.attrs["layer_names"]):
        group = root[name]
        weight_names = list(map(_text, group.attrs.get("weight_names", ())))
        if any(weight.split("/")[0] in group and "/" in weight for weight in weight_names):
            nested: dict[str, Arrays] = {}
            for weight in weight_names:
                # .../block1_conv1/kernel: the layer stands before the variable, also in a nest.
                nested.setdefault(weight.split("/")[-2], []).append(np.asarray(group[weight]))
            yield from nested.items()
        else:
            yield name, [np.asarray(group[weight]) for weight in weight_names]


def _new_layout(group: Any) -> Iterator[tuple[str, Arrays]]:
    for key, child in group.items():
        if not isinstance(child, h5py.Group) or key == "optimizer":
            continue
        if "vars" in child:
            variables = child["vars"]
            name = _text(variables.attrs.get("name", key))
            yield name, [np.asarray(variables[index]) for index in sorted(variables, key=int)]
        yield from _new_layout(child)


def _text(name: Any) -> str:
    return name.decode() if isinstance(name, bytes) else str(name)


def _with_scaling(name: str, arrays: dict[str, Arrays]) -> WeightSource:
    """Find out which pictures the weights expect, and turn BGR weights round to RGB."""
    for known in KNOWN_SCALINGS:
        if known.name in arrays:
            return WeightSource(name, arrays, known)
    unknown = [layer for layer in arrays if "scaling" in layer]
    if unknown:
        raise TrainerError(
            f"--weights {name} was made with a layer {unknown[0]}, whose numbers a weights file "
            "does not keep. Give the .keras file of the same model."
        )
    first = arrays.get(FIRST)
    if first and first[0].ndim == 4 and first[0].shape[2] == 3:
        arrays = {**arrays, FIRST: [first[0][:, :, ::-1, :], *first[1:]]}
    return WeightSource(name, arrays, IMAGENET_SCALING)


def copy_weights(source: WeightSource, model: Any) -> list[str]:
    """Copy by layer name into `model`; returns the names that kept their initial weights.

    Convolutions must all be there and fit, else TrainerError; dense layers of another shape are
    left to be trained.
    """
    fresh: list[str] = []
    for layer in model.layers:
        if not layer.weights:
            continue
        arrays = _arrays_for(layer, source)
        shapes = [tuple(w.shape) for w in layer.weights]
        found = [a.shape for a in arrays]
        if found == shapes:
            if not all(np.isfinite(array).all() for array in arrays):
                raise TrainerError(
                    f"--weights {source.name}: layer {layer.name} holds values that are no numbers "
                    "(NaN or infinite), as a training that diverged leaves them. Give other "
                    "weights."
                )
            layer.set_weights(arrays)
        elif layer.name.startswith(CONVOLUTIONS) and not found:
            raise TrainerError(_missing(source, layer.name, model.name))
        elif layer.name.startswith(CONVOLUTIONS):
            raise TrainerError(
                f"--weights {source.name}: layer {layer.name} has the shapes {found}, this model "
                f"needs {shapes}. Use the --model, --width and --batch-norm that the weights were "
                "made with (Keras's VGG16: width 1)."
            )
        else:
            fresh.append(layer.name)
    log.info("weights from %s; initialised anew: %s", source.name, ", ".join(fresh) or "none")
    return fresh


def _missing(source: WeightSource, layer: str, model: str) -> str:
    held = [name for name, arrays in source.arrays.items() if arrays]
    names = ", ".join(held[:NAMED]) + (f" and {len(held) - NAMED} more" if held[NAMED:] else "")
    return (
        f"--weights {source.name} holds nothing for layer {layer} of {model}; it holds "
        f"{names or 'no layers at all'}. Use the --model and --batch-norm that the weights were "
        "made with, or other weights."
    )


def _arrays_for(layer: Any, source: WeightSource) -> Arrays:
    """The source's arrays for one layer, also from a network without batch norm into one with."""
    own = source.arrays.get(layer.name, [])
    convolution = layer.name.removesuffix("_bn")
    if layer.name != convolution and not own:
        bias = source.arrays.get(convolution, [])[1:]
        if bias:
            # Batch norm that changes nothing but adds the bias: 1 / sqrt(variance + epsilon) = 1.
            one = np.ones_like(bias[0])
            return [one, bias[0], np.zeros_like(one), one - layer.epsilon]
    if f"{layer.name}_bn" not in source.arrays and len(own) == 2 and len(layer.weights) == 1:
        return own[:1]
    return own
