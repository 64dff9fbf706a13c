"""Varied pictures: the same again for the same seed, and never a different part."""

from __future__ import annotations

import numpy as np
import pytest
from builders import disc_picture, noise_pictures

from trainer.augment import BRIGHTNESS, augment_picture


@pytest.mark.parametrize("how", ["disc", "flips"])
def test_the_same_seed_epoch_and_picture_give_the_same_pixels(how: str) -> None:
    image = disc_picture(3, True)
    first = augment_picture(image, how, 1, 2, 3)  # type: ignore[arg-type]
    assert np.array_equal(first, augment_picture(image, how, 1, 2, 3))  # type: ignore[arg-type]
    others = [(2, 2, 3), (1, 3, 3), (1, 2, 4)]
    for seed, epoch, index in others:
        other = augment_picture(image, how, seed, epoch, index)  # type: ignore[arg-type]
        assert not np.array_equal(first, other)


def test_none_is_the_picture_itself() -> None:
    image = disc_picture(3, True)
    assert np.array_equal(augment_picture(image, "none", 0, 0, 0), image)


def test_flips_show_all_eight_attitudes_and_interpolate_nothing() -> None:
    image = np.full((64, 64, 3), 100, np.uint8)
    image[5, 20] = 200
    places = set()
    for index in range(200):
        varied = augment_picture(image, "flips", 0, 1, index)
        assert len(np.unique(varied)) == 2
        places.add(tuple(int(v) for v in np.argwhere(varied[..., 0] == varied.max())[0]))
    attitudes = {(5, 20), (5, 43), (58, 20), (58, 43), (20, 5), (43, 5), (20, 58), (43, 58)}
    assert places == attitudes


def test_a_picture_that_is_not_square_keeps_its_shape() -> None:
    image = noise_pictures(1)[0][:40]
    assert augment_picture(image, "flips", 0, 1, 5).shape == (40, 64, 3)
    assert augment_picture(image, "disc", 0, 1, 5).shape == (40, 64, 3)
    assert augment_picture(image[..., :1], "disc", 0, 1, 5).shape == (40, 64, 1)


def test_disc_turns_about_the_middle_by_every_angle() -> None:
    size = 101
    image = np.full((size, size, 3), 60, np.uint8)
    image[46:55, 76:85] = 220
    angles, radii = [], []
    for index in range(300):
        varied = augment_picture(image, "disc", 0, 1, index)[..., 0].astype(float)
        weight = np.maximum(varied - varied.min() - 60, 0)
        y, x = np.mgrid[:size, :size] - (size - 1) / 2
        cx, cy = (weight * x).sum() / weight.sum(), (weight * y).sum() / weight.sum()
        angles.append(np.arctan2(cy, cx))
        radii.append(np.hypot(cx, cy))
    # 30 px from the middle, give or take 5 % zoom and 3 % shift along both axes.
    assert min(radii) > 30 * 0.95 - 4.4
    assert max(radii) < 30 * 1.05 + 4.4
    assert np.histogram(angles, 8, (-np.pi, np.pi))[0].min() > 15


def test_the_level_stays_in_its_bounds_and_is_not_biased() -> None:
    image = np.full((32, 32, 3), 127, np.uint8)
    levels = [augment_picture(image, "flips", 0, e, i).mean() for e in range(10) for i in range(40)]
    assert max(levels) <= 127 + BRIGHTNESS + 1
    assert min(levels) >= 127 - BRIGHTNESS - 1
    assert abs(np.mean(levels) - 127) < 2.0
    assert np.std(levels) > 8.0
