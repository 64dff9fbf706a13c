"""How alike pictures are to those weights of a network that further training would change.

A network that goes on from good weights moves little, and so nearly as its first-order expansion in
its weights does: a linear model whose features are the gradients of its output by them (Jacot et
al., "Neural tangent kernel", NeurIPS 2018; Achille et al., "LQF: linear quadratic fine-tuning",
CVPR 2021). What a picture is to that model is its gradient, one for each block here, so that the
Gram matrices of the blocks that are not frozen add up to that of what will be trained.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from engines.prediction import ImageArray
from trainer.counting import OnCount
from trainer.metrics import IntArray, RealArray

READOUTS = 2
"""Fresh outputs that are tried: random directions of the last features, as a new head begins."""
SKETCH = 8192
"""Numbers kept of a block's gradient. Feature hashing (Weinberger et al., ICML 2009) keeps products
of gradients true on average, and to about one part in the root of this."""
LEARNED = ("kernel", "bias", "gamma", "beta")
"""Of a layer's variables, those that training changes, whether they are frozen now or not."""


def tangent_grams(
    features: Any,
    blocks: Sequence[Sequence[Any]],
    images: ImageArray,
    indices: IntArray,
    seed: int = 0,
    on_picture: OnCount | None = None,
) -> list[RealArray]:
    """Per block, (N, N) products of the pictures' centred gradients, mean of READOUTS outputs.

    features: a network from pictures to (N, C), computing in float32. blocks: the layers of each
    block. images: uint8 (M, H, W, C), of which those at `indices` (N,) count. on_picture: is told
    how many gradients are done.
    """
    weights = [[w for x in layers for w in x.weights if w.name in LEARNED] for layers in blocks]
    random = np.random.default_rng(seed)
    sketches = [_sketch(sum(int(np.prod(w.shape)) for w in block), random) for block in weights]
    channels = int(features.output_shape[-1])
    grams = [np.zeros((len(indices), len(indices))) for _ in blocks]
    gradient = _gradient_of(features, weights, sketches)
    for readout in range(READOUTS):
        direction = random.standard_normal(channels) / np.sqrt(channels)
        rows: list[list[RealArray]] = [[] for _ in blocks]
        for done, index in enumerate(indices, start=1):
            picture = tf.constant(images[index : index + 1], tf.float32)
            found = gradient(picture, tf.constant(direction, tf.float32))
            for kept, row in zip(rows, found, strict=True):
                kept.append(row.numpy().astype(np.float64))
            if on_picture is not None:
                on_picture(readout * len(indices) + done, READOUTS * len(indices))
        for gram, kept in zip(grams, rows, strict=True):
            stacked = np.stack(kept)
            stacked -= stacked.mean(axis=0)
            gram += stacked @ stacked.T / READOUTS
    return grams


def _sketch(count: int, random: np.random.Generator) -> tuple[Any, Any] | None:
    """Place and sign of each of `count` numbers in the sketch; None where all are kept."""
    if count <= SKETCH:
        return None
    place = random.integers(0, SKETCH, count, dtype=np.int32)
    sign = random.choice(np.array([-1.0, 1.0], np.float32), count)
    return tf.constant(place), tf.constant(sign)


def _gradient_of(
    features: Any, weights: Sequence[Sequence[Any]], sketches: Sequence[tuple[Any, Any] | None]
) -> Any:
    """(1, H, W, C), (C,) -> a row for each block."""
    variables = [w.value for block in weights for w in block]

    @tf.function(reduce_retracing=True)  # type: ignore[untyped-decorator]
    def gradient(picture: Any, direction: Any) -> list[Any]:
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            for variable in variables:
                tape.watch(variable)
            output = tf.reduce_sum(features(picture, training=False) * direction)
        parts = iter(tape.gradient(output, variables))
        rows = []
        for block, sketch in zip(weights, sketches, strict=True):
            flat = tf.concat([tf.reshape(next(parts), [-1]) for _ in block], axis=0)
            if sketch is not None:
                flat = tf.math.unsorted_segment_sum(flat * sketch[1], sketch[0], SKETCH)
            rows.append(flat)
        return rows

    return gradient
