"""Rare classes filled up with varied copies, of training pictures alone: after the split, never
before it, so that no copy of a picture stands on both sides."""

from __future__ import annotations

import numpy as np

from engines.prediction import ImageArray
from trainer.config import Augment
from trainer.feeding.augment import augment_picture
from trainer.feeding.augmentation import Augmentation
from trainer.metrics import IntArray


def filled_up(
    indices: IntArray, labels: IntArray, per_class: int, seed: int, epoch: int
) -> tuple[IntArray, IntArray]:
    """(M,) picture indices and (M,) copy numbers: `indices` as copy 0, then the further copies.

    labels: (N,) classes of all pictures, which `indices` (n,) index. Each class with fewer than
    `per_class` pictures among `indices` comes to just so many, its pictures taken in turn, which
    of them once more than the others changing with the epoch; larger classes stay as they are.
    per_class 0: nothing is added. Deterministic in (seed, epoch).
    """
    pictures, copies = [indices], [np.zeros(len(indices), np.int64)]
    for label in np.unique(labels[indices]) if per_class else ():
        of_class = indices[labels[indices] == label]
        wanted = per_class - len(of_class)
        if wanted > 0:
            order = np.random.default_rng((seed, epoch, int(label))).permutation(of_class)
            pictures.append(np.resize(order, wanted))
            copies.append(1 + np.arange(wanted) // len(of_class))
    return np.concatenate(pictures), np.concatenate(copies)


def augmented_copies(
    images: ImageArray,
    labels: IntArray,
    indices: IntArray,
    per_class: int,
    how: Augment | Augmentation,
    seed: int,
) -> tuple[ImageArray, IntArray]:
    """Pictures and their varied copies once and for all, as seed 001 made its data set.

    images: uint8 (N, H, W, C); indices: (n,) those to take. Returns uint8 (M, H, W, C), first the
    pictures themselves, then the copies, and (M,) the index in `images` that each was made from:
    the group that a later split must keep together, and the way to its label. Deterministic.
    """
    origin, copies = filled_up(indices, labels, per_class, seed, epoch=0)
    made = np.empty((len(origin), *images.shape[1:]), np.uint8)
    for row, (index, copy) in enumerate(zip(origin.tolist(), copies.tolist(), strict=True)):
        picture = images[index]
        made[row] = augment_picture(picture, how, seed, 0, index, copy) if copy else picture
    return made, origin
