"""Pixels to training batches, prepared ahead in one thread while the network computes."""

from __future__ import annotations

from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import numpy as np

from engines.prediction import ImageArray
from engines.preprocess import graph_input
from trainer.config import Augment
from trainer.feeding.augment import augment_picture
from trainer.feeding.augmentation import Augmentation, augmentation_named
from trainer.feeding.training_set import Originals
from trainer.metrics import IntArray

Batch = TypeVar("Batch")
AHEAD = 3
"""Batches prepared before they are asked for."""


def epoch_order(indices: IntArray, batch_size: int, seed: int, epoch: int) -> list[IntArray]:
    """An epoch's batches as picture indices, shuffled, deterministic in (seed, epoch).

    All batches have the same length, or there is one shorter batch in all: the last is filled up
    from the front of the order. A last batch of one or two pictures would make bad statistics for
    batch norm, and a second graph to trace.
    """
    order = np.random.default_rng((seed, epoch)).permutation(indices)
    size = min(batch_size, len(order))
    steps = -(-len(order) // size)
    return [np.take(order, range(i * size, (i + 1) * size), mode="wrap") for i in range(steps)]


def training_batches(
    images: ImageArray,
    indices: IntArray,
    *,
    batch_size: int,
    augment: Augment | Augmentation,
    seed: int,
    epoch: int,
    copies: IntArray | None = None,
    turn: int | None = None,
    originals: Originals | None = None,
) -> Generator[tuple[ImageArray, IntArray], None, None]:
    """Yield (uint8 (B, H, W, C), picture indices (B,)) for one epoch, augmented.

    copies: (n,) which copy each of `indices` (n,) is, where pictures come up more than once; see
    trainer.feeding.augmented_copies. turn: the epoch whose variations are shown, where they come
    again; this one otherwise. originals: where `images` are enhanced.
    """
    drawn = epoch if turn is None else turn
    numbers = np.zeros(len(indices), np.int64) if copies is None else copies

    def prepare(places: IntArray) -> tuple[ImageArray, IntArray]:
        chosen = indices[places]
        varied = [
            varied_input(images, originals, augment, seed, drawn, int(i), int(copy))
            for i, copy in zip(chosen, numbers[places], strict=True)
        ]
        return np.stack(varied), chosen

    yield from ahead(epoch_order(np.arange(len(indices)), batch_size, seed, epoch), prepare)


def varied_input(
    images: ImageArray,
    originals: Originals | None,
    augment: Augment | Augmentation,
    seed: int,
    epoch: int,
    index: int,
    copy: int,
) -> ImageArray:
    """One varied copy of images[index], as the graph takes it: uint8 (H, W, C).

    originals: where `images` are enhanced. Then what is varied is the picture, and its varied copy
    is enhanced, as at the station: a turned local phase is not that of the turned picture.
    Pictures that nothing varies were enhanced once, when they were read.
    """
    if originals is None or augmentation_named(augment).is_none:
        return augment_picture(images[index], augment, seed, epoch, index, copy)
    varied = augment_picture(originals.pictures[index], augment, seed, epoch, index, copy)
    return graph_input(varied, originals.spec)


def turn_of(epoch: int, copies: int) -> int:
    """Which variations an epoch, counted from 1, shows: 1..copies in turn; 0 copies: its own."""
    return epoch if copies == 0 else (epoch - 1) % copies + 1


def ahead(
    order: list[IntArray], prepare: Callable[[IntArray], Batch]
) -> Generator[Batch, None, None]:
    """Yield what `prepare` makes of each batch's places, the next ones being made meanwhile."""
    with ThreadPoolExecutor(1) as pool:
        waiting = [pool.submit(prepare, places) for places in order[:AHEAD]]
        try:
            for index in range(len(order)):
                yield waiting.pop(0).result()
                if index + AHEAD < len(order):
                    waiting.append(pool.submit(prepare, order[index + AHEAD]))
        finally:
            for future in waiting:
                future.cancel()
