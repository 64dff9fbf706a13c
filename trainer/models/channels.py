"""Weights made for colour in a network that takes gray, and the other way round."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from trainer.models.weight_source import FIRST, Arrays, Scaling, WeightSource


def in_channels(source: WeightSource, channels: int) -> WeightSource:
    """The same weights for pictures of `channels` channels; unknown first layers stay as they are.

    1 from 3: the kernel summed over R, G and B, which is what three equal channels come to. Where
    the three offsets o_c differ, their mean stays in the scaling and the rest, the sum over places
    and channels of k_c (o_c - mean o), goes into the bias: exact but for the outermost pixel, where
    zeros stand in for pixels.

    3 from 1: a third of the kernel for each channel, that is, the mean of R, G and B.
    """
    own = source.arrays.get(FIRST, [])
    if not own or own[0].ndim != 4 or own[0].shape[2] == channels:
        return source
    kernel = own[0]
    if kernel.shape[2] == 1 and channels == 3:
        thirds = np.repeat(kernel / 3, 3, axis=2)
        return replace(source, arrays={**source.arrays, FIRST: [thirds, *own[1:]]})
    if kernel.shape[2] != 3 or channels != 1:
        return source
    mean = float(np.mean(source.scaling.offset))
    rest = np.asarray(source.scaling.offset) - mean
    shift = np.einsum("hwco,c->o", kernel.astype(np.float64), rest).astype(np.float32)
    summed = [kernel.sum(axis=2, keepdims=True), *own[1:]]
    arrays = {**source.arrays, FIRST: summed}
    if len(summed) == 2:
        summed[1] = summed[1] + shift
    elif (norm := f"{FIRST}_bn") in arrays:
        arrays[norm] = _shifted(arrays[norm], shift)
    scaling = Scaling(source.scaling.name, source.scaling.scale, (mean, mean, mean))
    return replace(source, arrays=arrays, scaling=scaling)


def _shifted(norm: Arrays, shift: npt.NDArray[np.float32]) -> Arrays:
    """Batch norm [gamma, beta, mean, variance] of inputs that lack `shift`."""
    gamma, beta, mean, variance = norm
    return [gamma, beta, mean - shift, variance]
