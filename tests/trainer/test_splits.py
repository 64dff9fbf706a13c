"""The split: right shares in every class, and no part or copy on two sides."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from trainer.config import TrainerError
from trainer.datasets import Picture
from trainer.splits import (
    SPLITS,
    SplitRow,
    groups_of,
    read_split,
    split_groups,
    write_split,
)

SHARES = (0.6, 0.2, 0.2)


def test_single_pictures_come_within_one_of_their_shares_in_every_class() -> None:
    labels = np.repeat([0, 1, 2], [500, 103, 7]).astype(np.int64)
    split = split_groups(labels, np.arange(len(labels)), SHARES, 4, ("a", "b", "c"))
    for label, count in enumerate((500, 103, 7)):
        found = np.bincount(split[labels == label], minlength=3)
        assert np.abs(found - np.array(SHARES) * count).max() < 1.0
        assert found.sum() == count


def test_parts_stay_whole_and_the_shares_still_hold() -> None:
    rng = np.random.default_rng(0)
    groups = np.repeat(np.arange(400), rng.integers(1, 7, 400))
    labels = rng.integers(0, 3, 400)[groups]
    split = split_groups(labels, groups, SHARES, 0, ("a", "b", "c"))
    for group in range(400):
        assert len(set(split[groups == group])) == 1
    for label in range(3):
        found = np.bincount(split[labels == label], minlength=3) / (labels == label).sum()
        assert np.abs(found - SHARES).max() < 0.01


def test_groups_that_mix_classes_stay_whole_too() -> None:
    groups = np.repeat(np.arange(60), 4)
    labels = np.tile([0, 0, 0, 1], 60).astype(np.int64)
    split = split_groups(labels, groups, SHARES, 0, ("a", "b"))
    assert all(len(set(split[groups == g])) == 1 for g in range(60))
    assert np.bincount(split).tolist() == [144, 48, 48]


def test_parts_and_copies_chain_into_one_group() -> None:
    pictures = [
        Picture("a", 0, "P1"),
        Picture("b", 0, "P1"),
        Picture("c", 0, None),
        Picture("d", 0, "P2"),
        Picture("e", 0, None),
    ]
    # b and c are copies of one file, so c belongs to part P1 as well.
    groups = groups_of(pictures, ["1", "2", "2", "3", "4"])
    assert groups[0] == groups[1] == groups[2]
    assert len(set(groups)) == 3


def test_the_seed_decides_and_decides_alike() -> None:
    labels = np.repeat([0, 1], 50).astype(np.int64)
    first, again, other = (
        split_groups(labels, np.arange(100), SHARES, seed, ("a", "b")) for seed in (1, 1, 2)
    )
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_the_smallest_class_that_can_be_split_is_in_every_split() -> None:
    labels = np.array([0] * 40 + [1] * 3)
    for seed in range(20):
        split = split_groups(labels, np.arange(43), SHARES, seed, ("a", "b"))
        assert sorted(split[40:]) == [0, 1, 2]


def test_parts_of_several_classes_that_leave_a_gap_are_refused() -> None:
    """Filling one class's gap opened another's: without training pictures of a, unnoticed."""
    groups = np.repeat([0, 1, 2, 3], [6, 4, 5, 2])
    labels = np.array([1, 1, 1, 2, 2, 2, 0, 1, 1, 2, 0, 0, 0, 1, 2, 0, 0], np.int64)
    with pytest.raises(TrainerError, match="gives train pictures of 'a': parts with pictures of"):
        split_groups(labels, groups, SHARES, 0, ("a", "b", "c"))


def test_a_class_of_two_parts_is_refused_by_name() -> None:
    labels = np.array([0] * 10 + [1] * 6)
    groups = np.array([*range(10), 10, 10, 10, 11, 11, 11])
    with pytest.raises(TrainerError, match="class 'rare' has 2 independent pictures"):
        split_groups(labels, groups, SHARES, 0, ("common", "rare"))


def test_split_csv_comes_back_as_it_was_written(tmp_path: Path) -> None:
    rows = [
        SplitRow("ok/a, b.png", "ok", "", "train", "0" * 64),
        SplitRow('bad/"q".png', "bad", "P1", "test", "f" * 64),
    ]
    digest = write_split(tmp_path / "split.csv", rows)
    assert read_split(tmp_path / "split.csv") == rows
    assert digest == write_split(tmp_path / "again.csv", rows)
    assert digest != write_split(tmp_path / "other.csv", rows[:1])


@pytest.mark.parametrize("text", ["", "file,label\na,b\n", "file,label,part_id,split,sha256\n"])
def test_a_damaged_split_csv_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "split.csv").write_text(text)
    with pytest.raises(TrainerError, match=r"split\.csv"):
        read_split(tmp_path / "split.csv")
    assert SPLITS == ("train", "validation", "test")
