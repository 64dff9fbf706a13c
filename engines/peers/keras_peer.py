"""Keras as most people use it: `predict`, then Grad-CAM by GradientTape on a second model."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from engines.bundle import load_bundle
from engines.peers.network import Convolution, MaxPool, Network, read_network
from engines.peers.peer import Contender, Facts, Said
from engines.prediction import ImageArray
from engines.preprocess import fit_batch


def open_peer(contender: Contender, cache_dir: Path) -> KerasPeer:
    """Rebuild the network in Keras. Raises ImportError where it is not installed, EngineError."""
    del cache_dir
    return KerasPeer(contender)


class KerasPeer:
    """See the module."""

    def __init__(self, contender: Contender) -> None:
        import keras
        import tensorflow as tf

        self._tf = tf
        self._input = load_bundle(contender.bundle).input
        network = read_network(contender.graph)
        self._model, maps, logits = build(keras, network)
        self._explained = keras.Model(self._model.inputs[0], [maps, logits])
        self.facts = Facts(f"keras {keras.__version__}, tensorflow {tf.__version__}", heatmap=True)

    def prepare(self, crops_rgb: list[ImageArray]) -> npt.NDArray[np.float32]:
        """float32 (N, H, W, C), 0..255."""
        return fit_batch(crops_rgb, self._input).astype(np.float32)

    def answer(self, prepared: npt.NDArray[np.float32]) -> Said:
        """Probabilities by `predict`; the map as in Keras's own Grad-CAM example."""
        tf = self._tf
        probabilities = self._model.predict(prepared, batch_size=len(prepared), verbose=0)
        with tf.GradientTape() as tape:
            maps, logits = self._explained(prepared, training=False)
            top = tf.argmax(logits, axis=1)
            score = tf.gather(logits, top, axis=1, batch_dims=1)
        gradient = tape.gradient(score, maps)
        alpha = tf.reduce_mean(gradient, axis=(1, 2), keepdims=True)
        heat = tf.nn.relu(tf.reduce_sum(alpha * maps, axis=-1))
        peak = tf.reduce_max(heat, axis=(1, 2), keepdims=True)
        return Said(probabilities, tf.math.divide_no_nan(heat, peak).numpy())

    def close(self) -> None:
        """Nothing is held."""


def build(keras: Any, network: Network) -> tuple[Any, Any, Any]:
    """The model, and within it the tensors of the last convolution's maps and of the logits."""
    layers, weights = keras.layers, []
    image = keras.Input((network.height, network.width, network.channels))
    x = layers.Rescaling(1.0, network.offset.tolist())(image)
    maps = x
    for index, step in enumerate(network.trunk):
        if isinstance(step, MaxPool):
            x = layers.MaxPooling2D(step.size, step.strides)(x)
            continue
        x, kernel = _convolution(layers, step, x)
        weights.append((kernel, step.kernel_oihw.transpose(2, 3, 1, 0), step.bias))
        maps = x if index == network.last_convolution else maps
    pools = {
        "mean": layers.GlobalAveragePooling2D,
        "max": layers.GlobalMaxPooling2D,
        "flatten": layers.Flatten,
    }
    x = pools[network.pooled]()(x)
    for dense in network.dense:
        layer = layers.Dense(len(dense.bias), activation="relu" if dense.relu else None)
        x = layer(x)
        weights.append((layer, dense.kernel, dense.bias))
    for layer, kernel, bias in weights:
        layer.set_weights([kernel, bias])
    return keras.Model(image, layers.Softmax()(x)), maps, x


def _convolution(layers: Any, step: Convolution, x: Any) -> tuple[Any, Any]:
    filters, _, rows, columns = step.kernel_oihw.shape
    same = step.padding == (rows // 2, columns // 2)
    if not same and step.padding != (0, 0):
        x = layers.ZeroPadding2D(step.padding)(x)
    layer = layers.Conv2D(
        filters,
        (rows, columns),
        padding="same" if same else "valid",
        activation="relu" if step.relu else None,
    )
    return layer(x), layer
