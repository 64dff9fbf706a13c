"""The class told without a part: found where it can be, not where it cannot."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from builders import picture_bytes
from textures import texture

from engines.prediction import ImageArray
from trainer.checks.facts import facts_of
from trainer.checks.shortcuts import Shortcut, find_shortcuts


def framed(picture: ImageArray) -> ImageArray:
    picture[:3] = picture[-3:] = 0
    picture[:, :3] = picture[:, -3:] = 0
    return picture


def brighter(picture: ImageArray) -> ImageArray:
    picture[8:-8, 8:-8] = (picture[8:-8, 8:-8] * 0.2 + 200).clip(0, 255)
    return picture


def wider(picture: ImageArray) -> ImageArray:
    return np.asarray(cv2.resize(picture, (80, 64)), dtype=np.uint8)


def told(second: object, suffix: str = ".png") -> dict[str, Shortcut]:
    """60 pictures of each class, those of the second changed."""
    facts = []
    for seed in range(120):
        picture = texture(seed, 64)
        if seed % 2 and callable(second):
            picture = second(picture)
        facts.append(facts_of(picture_bytes(picture, suffix if seed % 2 else ".png"), "p")[0])
    labels = np.arange(120) % 2
    return {s.aspect: s for s in find_shortcuts(facts, labels, np.arange(120))}


def test_classes_alike_in_all_but_the_part_give_nothing_away() -> None:
    found = told(None)
    assert set(found) == {"size", "format", "brightness", "border"}
    assert not any(s.warns for s in found.values())
    assert all(s.low <= s.balanced_accuracy <= s.high for s in found.values())
    assert found["size"].balanced_accuracy == pytest.approx(0.5, abs=0.15)


@pytest.mark.parametrize(
    ("change", "suffix", "aspect"),
    [
        (wider, ".png", "size"),
        (None, ".jpg", "format"),
        (brighter, ".png", "brightness"),
        (framed, ".png", "border"),
    ],
)
def test_each_shortcut_is_named(change: object, suffix: str, aspect: str) -> None:
    found = told(change, suffix)
    assert [name for name, s in found.items() if s.warns] == [aspect]
    assert found[aspect].balanced_accuracy > 0.8
    assert found[aspect].chance == 0.5


def test_too_few_independent_pictures_give_no_figure() -> None:
    facts = [facts_of(picture_bytes(texture(seed, 64)), "p")[0] for seed in range(40)]
    labels = np.arange(40) % 2
    assert find_shortcuts(facts, labels, np.arange(40) // 10) == []
    assert find_shortcuts(facts, np.zeros(40, np.int64), np.arange(40)) == []


def test_copies_on_both_sides_of_a_fold_would_fake_a_shortcut_and_do_not() -> None:
    """12 pictures, 10 times each: known by heart, unless a group stays together."""
    facts = [facts_of(picture_bytes(texture(seed // 10, 64)), "p")[0] for seed in range(120)]
    labels = (np.arange(120) // 10) % 2
    apart = {s.aspect: s for s in find_shortcuts(facts, labels, np.arange(120))}
    together = {s.aspect: s for s in find_shortcuts(facts, labels, np.arange(120) // 10)}
    assert apart["brightness"].balanced_accuracy > 0.9
    assert together["brightness"].balanced_accuracy < 0.8
