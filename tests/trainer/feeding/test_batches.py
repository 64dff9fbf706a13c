"""An epoch's batches: everything once, in one length, ahead of time."""

from __future__ import annotations

import threading

import numpy as np
from builders import noise_pictures

from engines.bundle import InputSpec
from engines.preprocess import graph_input
from trainer.feeding.augment import augment_picture
from trainer.feeding.batches import epoch_order, training_batches
from trainer.feeding.training_set import Originals


def test_every_picture_comes_up_and_all_batches_have_one_length() -> None:
    indices = np.arange(100, 135)
    order = epoch_order(indices, 8, seed=0, epoch=1)
    assert [len(batch) for batch in order] == [8] * 5
    counts = np.bincount(np.concatenate(order))[100:]
    assert counts.min() == 1
    assert counts.sum() == 40


def test_fewer_pictures_than_a_batch_make_one_batch() -> None:
    order = epoch_order(np.arange(5), 32, seed=0, epoch=1)
    assert [sorted(batch.tolist()) for batch in order] == [[0, 1, 2, 3, 4]]


def test_the_order_changes_with_the_epoch_and_the_seed_alone() -> None:
    indices = np.arange(50)
    first = np.concatenate(epoch_order(indices, 10, 0, 1))
    assert np.array_equal(first, np.concatenate(epoch_order(indices, 10, 0, 1)))
    assert not np.array_equal(first, np.concatenate(epoch_order(indices, 10, 0, 2)))
    assert not np.array_equal(first, np.concatenate(epoch_order(indices, 10, 1, 1)))


def test_batches_hold_the_augmented_pictures_they_name() -> None:
    images = noise_pictures(20, 32)
    batches = list(
        training_batches(images, np.arange(20), batch_size=6, augment="disc", seed=3, epoch=2)
    )
    assert len(batches) == 4
    for pixels, chosen in batches:
        for picture, index in zip(pixels, chosen, strict=True):
            expected = augment_picture(images[index], "disc", 3, 2, int(index))
            assert np.array_equal(picture, expected)


def test_what_is_enhanced_is_varied_first() -> None:
    spec = InputSpec(32, 32, 3, kind="enh")
    pictures = noise_pictures(6, 32)
    images = np.stack([graph_input(picture, spec) for picture in pictures])
    originals = Originals(pictures, spec)
    for augment in ("disc", "none"):
        for pixels, chosen in training_batches(
            images, np.arange(6), batch_size=3, augment=augment, seed=3, epoch=2,
            originals=originals,
        ):  # fmt: skip
            for picture, index in zip(pixels, chosen, strict=True):
                varied = augment_picture(pictures[index], augment, 3, 2, int(index))
                assert np.array_equal(picture, graph_input(varied, spec))


def test_stopping_half_way_leaves_no_thread() -> None:
    before = threading.active_count()
    batches = training_batches(
        noise_pictures(40, 32), np.arange(40), batch_size=4, augment="none", seed=0, epoch=1
    )
    next(batches)
    batches.close()
    assert threading.active_count() == before
