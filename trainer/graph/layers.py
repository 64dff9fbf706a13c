"""A Keras model read as the few layers that the graph writer knows, batch norm folded away.

Convolutions and dense layers are computed in float64 while they are folded, and rounded once.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Literal, TypeVar

import keras
import numpy as np
import numpy.typing as npt

from engines.prediction import FloatArray
from trainer.config import TrainerError
from trainer.models.chain import is_batch_norm, is_convolution, is_relu, is_tanh

T = TypeVar("T", bound=str)
Wide = npt.NDArray[np.float64]
Pooled = Literal["mean", "max", "flatten"]
Bend = Literal["linear", "relu", "tanh"]
"""What a layer's sums go through."""
PoolKind = Literal["max", "average"]


@dataclass(frozen=True, slots=True, eq=False)
class Convolution:
    """Convolution with bias, stride 1, and what its sums go through."""

    name: str
    kernel: Wide
    """(kh, kw, in, out), as Keras keeps it."""
    bias: Wide
    padding_px: tuple[int, int]
    """Zeros above and below, and left and right."""
    bend: Bend

    @property
    def kernel_oihw(self) -> FloatArray:
        """(out, in, kh, kw) float32, as ONNX wants it."""
        return np.ascontiguousarray(self.kernel.transpose(3, 2, 0, 1), dtype=np.float32)


@dataclass(frozen=True, slots=True)
class Pool:
    """Maximum or mean over windows, no padding."""

    name: str
    kind: PoolKind
    size: tuple[int, int]
    strides: tuple[int, int]


@dataclass(frozen=True, slots=True, eq=False)
class Dense:
    """Dense layer. Its weights are read from Keras when asked for: the largest holds 400 MB."""

    name: str
    layer: Any

    def kernel(self) -> FloatArray:
        """(in, out) float32."""
        return _numbers(self.layer.kernel)

    def bias(self) -> FloatArray:
        """(out,) float32; zeros where the layer has none."""
        if self.layer.bias is None:
            return np.zeros(self.units, np.float32)
        return _numbers(self.layer.bias)

    @property
    def units(self) -> int:
        """Number of outputs."""
        return int(self.layer.kernel.shape[1])

    @property
    def bend(self) -> Bend:
        """Of a hidden layer; what the last one gives are logits."""
        return "tanh" if self.layer.activation is keras.activations.tanh else "relu"


@dataclass(frozen=True, slots=True, eq=False)
class Network:
    """A classifier: offset, convolutions and pools, one pooling over space, dense layers."""

    height: int
    width: int
    channels: int
    offset: FloatArray
    """(channels,), added to the pixels; the scale is folded into the first convolution."""
    trunk: tuple[Convolution | Pool, ...]
    pooled: Pooled
    """How the maps become a vector: mean or maximum over space, or laid flat (h, w, C)."""
    dense: tuple[Dense, ...]
    """The last one gives the logits; a ReLU or tanh follows each of the others."""

    @property
    def convolutions(self) -> tuple[Convolution, ...]:
        """The trunk without its pools."""
        return tuple(each for each in self.trunk if isinstance(each, Convolution))

    @property
    def weight_bytes(self) -> int:
        """Size of all weights in float32."""
        convolutions = sum(each.kernel.size + each.bias.size for each in self.convolutions)
        dense = sum(int(np.prod(each.layer.kernel.shape)) + each.units for each in self.dense)
        return 4 * (convolutions + dense)


def read_network(model: Any) -> Network:
    """Read a chain of Keras layers. Raises TrainerError naming the layer that does not fit."""
    layers = _chain(model)
    _, height, width, channels = model.input_shape
    if None in (height, width):
        raise _unknown(model, f"takes pictures of any size {model.input_shape}", "a fixed size")
    scale, offset = np.ones(channels), np.zeros(channels)
    if isinstance(layers[0], keras.layers.Rescaling):
        first = layers.pop(0)
        scale = np.broadcast_to(np.float64(first.scale), channels)
        offset = np.broadcast_to(np.float64(first.offset), channels)
    trunk = _trunk(layers)
    pooled = _pooling(layers, model)
    dense = _dense(layers, model)
    first_conv = trunk[0]
    if not isinstance(first_conv, Convolution) or np.any(scale == 0):
        raise _unknown(model, "does not begin with a scaling and a convolution", "both")
    # x * scale + offset = scale * (x + offset / scale), and zero padding stays zero when scaled:
    # exact. The offset is not folded, because the padding would have to be -offset / scale.
    folded = replace(first_conv, kernel=first_conv.kernel * scale[None, None, :, None])
    return Network(
        height=height,
        width=width,
        channels=channels,
        offset=np.asarray(offset / scale, dtype=np.float32),
        trunk=(folded, *trunk[1:]),
        pooled=pooled,
        dense=dense,
    )


def _chain(model: Any) -> list[Any]:
    """The layers behind the input, in order; each must take the one before it, and that alone."""
    layers = [e for e in model.layers if not isinstance(e, keras.layers.InputLayer)]
    before = model.inputs[0]
    for layer in layers:
        if layer.input is not before:
            raise _unknown(layer, "does not follow the layer before it", "one chain of layers")
        before = layer.output
    if not layers or len(model.inputs) != 1:
        raise _unknown(model, "has no layers, or several inputs", "one chain of layers")
    return [e for e in layers if not isinstance(e, keras.layers.Dropout)]


def _trunk(layers: list[Any]) -> tuple[Convolution | Pool, ...]:
    """Take convolutions, batch norm, activations and pools from the front of `layers`."""
    trunk: list[Convolution | Pool] = []
    while layers:
        layer = layers[0]
        last = trunk[-1] if trunk else None
        if is_convolution(layer):
            trunk.append(_convolution(layer))
        elif isinstance(layer, (keras.layers.MaxPooling2D, keras.layers.AveragePooling2D)):
            trunk.append(_pool(layer))
        elif is_batch_norm(layer):
            if not isinstance(last, Convolution) or last.bend != "linear":
                raise _unknown(layer, "does not follow a convolution", "Conv2D, BatchNorm, ReLU")
            trunk[-1] = _folded(last, layer)
        elif is_relu(layer) or is_tanh(layer):
            # Behind a pool, Grad-CAM's closed form would no longer hold.
            if not isinstance(last, Convolution) or last.bend != "linear":
                raise _unknown(layer, "does not follow a convolution", "Conv2D, ReLU or tanh")
            trunk[-1] = replace(last, bend="relu" if is_relu(layer) else "tanh")
        else:
            break
        layers.pop(0)
    return tuple(trunk)


def _pool(layer: Any) -> Pool:
    if layer.padding != "valid":
        raise _unknown(layer, f"pads {layer.padding!r}", "'valid'")
    kind: PoolKind = "max" if isinstance(layer, keras.layers.MaxPooling2D) else "average"
    return Pool(layer.name, kind, tuple(layer.pool_size), tuple(layer.strides))


def _convolution(layer: Any) -> Convolution:
    kernel = np.asarray(_numbers(layer.kernel), dtype=np.float64)
    activation: Bend = _activation(layer, ("linear", "relu", "tanh"))
    if isinstance(layer, keras.layers.Dense):  # on maps: each place alone
        kernel = kernel[None, None]
        return Convolution(layer.name, kernel, _bias(layer), (0, 0), activation)
    rows, columns = kernel.shape[:2]
    plain = (tuple(layer.strides), tuple(layer.dilation_rate), layer.groups)
    if plain != ((1, 1), (1, 1), 1) or (
        layer.padding == "same" and not rows % 2 == columns % 2 == 1
    ):
        raise _unknown(
            layer,
            f"has strides {layer.strides}, dilation {layer.dilation_rate}, {layer.groups} groups, "
            f"kernel {rows}x{columns}",
            "stride and dilation 1, one group, an odd kernel",
        )
    if layer.padding not in ("same", "valid"):
        raise _unknown(layer, f"pads {layer.padding!r}", "'same' or 'valid'")
    padding = (rows // 2, columns // 2) if layer.padding == "same" else (0, 0)
    return Convolution(layer.name, kernel, _bias(layer), padding, activation)


def _bias(layer: Any) -> Wide:
    """(out,); zeros where the layer has none."""
    if layer.bias is None:
        return np.zeros(layer.kernel.shape[-1])
    return np.asarray(_numbers(layer.bias), dtype=np.float64)


def _folded(convolution: Convolution, norm: Any) -> Convolution:
    """Convolution and batch norm in one: y = gamma (x - mean) / sqrt(variance + epsilon) + beta."""
    mean, variance = (np.float64(_numbers(v)) for v in (norm.moving_mean, norm.moving_variance))
    gamma = 1.0 if norm.gamma is None else np.float64(_numbers(norm.gamma))
    beta = 0.0 if norm.beta is None else np.float64(_numbers(norm.beta))
    factor = gamma / np.sqrt(variance + norm.epsilon)
    return replace(
        convolution,
        kernel=convolution.kernel * factor,
        bias=beta + (convolution.bias - mean) * factor,
    )


def _pooling(layers: list[Any], model: Any) -> Pooled:
    kinds: dict[type[Any], Pooled] = {
        keras.layers.GlobalAveragePooling2D: "mean",
        keras.layers.GlobalMaxPooling2D: "max",
        keras.layers.Flatten: "flatten",
    }
    layer = layers.pop(0) if layers else model
    for kind, pooled in kinds.items():
        if isinstance(layer, kind):
            return pooled
    raise _unknown(
        layer,
        f"({type(layer).__name__}) stands where the maps become a vector",
        "GlobalAveragePooling2D, GlobalMaxPooling2D or Flatten",
    )


def _dense(layers: list[Any], model: Any) -> tuple[Dense, ...]:
    dense = tuple(_dense_layers(layers))
    if not dense or dense[-1].layer.activation is not keras.activations.softmax:
        raise _unknown(model, "does not end in a dense layer with softmax", "that")
    return dense


def _dense_layers(layers: list[Any]) -> Iterator[Dense]:
    for index, layer in enumerate(layers):
        if not isinstance(layer, keras.layers.Dense):
            raise _unknown(layer, f"({type(layer).__name__}) stands in the head", "Dense layers")
        last = index == len(layers) - 1
        _activation(layer, ("softmax",) if last else ("relu", "tanh"))
        yield Dense(layer.name, layer)


def _activation(layer: Any, known: tuple[T, ...]) -> T:
    for name in known:
        if layer.activation is getattr(keras.activations, name):
            return name
    found = getattr(layer.activation, "__name__", str(layer.activation))
    raise _unknown(layer, f"has the activation {found}", " or ".join(known))


def _numbers(variable: Any) -> FloatArray:
    return np.asarray(keras.ops.convert_to_numpy(variable), dtype=np.float32)


def _unknown(layer: Any, found: str, expected: str) -> TrainerError:
    return TrainerError(
        f"the graph writer cannot export {layer.name!r}: it {found}; expected {expected}. "
        "Build the model from trainer.models, or teach trainer/graph/layers.py the layer."
    )
