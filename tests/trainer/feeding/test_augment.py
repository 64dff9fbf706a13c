"""Varied pictures: the same again for the same seed, and never a different part."""

from __future__ import annotations

import numpy as np
import pytest
from builders import disc_picture, noise_pictures

from trainer.config import AugmentChanges, FitConfig, TrainerError
from trainer.feeding.augment import augment_picture
from trainer.feeding.augmentation import PRESETS, Augmentation, augmentation_of, augmentation_text


@pytest.mark.parametrize("how", ["disc", "flips", "generator"])
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
    assert max(levels) <= 127 + PRESETS["flips"].brightness + 1
    assert min(levels) >= 127 - PRESETS["flips"].brightness - 1
    assert abs(np.mean(levels) - 127) < 2.0
    assert np.std(levels) > 8.0


def test_copies_of_one_picture_differ_and_the_first_is_the_one_there_always_was() -> None:
    image = disc_picture(3, True)
    first = augment_picture(image, "disc", 1, 2, 3)
    assert np.array_equal(first, augment_picture(image, "disc", 1, 2, 3, copy=0))
    assert not np.array_equal(first, augment_picture(image, "disc", 1, 2, 3, copy=1))


def test_noise_has_the_sigma_asked_for_at_most_and_keeps_grey_grey() -> None:
    image = np.full((64, 64, 3), 127, np.uint8)
    sigmas = []
    for index in range(200):
        varied = augment_picture(image, Augmentation(noise=8.0), 0, 1, index).astype(float)
        assert np.ptp(varied, axis=2).max() == 0
        assert abs(varied.mean() - 127) < 0.75
        sigmas.append(varied.std())
    # Drawn evenly from 0 to 8: the largest near 8, the mean near 4; rounding adds at most 0.3.
    assert 7.5 < max(sigmas) < 8.6
    assert 3.5 < np.mean(sigmas) < 4.6


def test_each_setting_changes_what_it_says_and_nothing_else() -> None:
    y, x = np.mgrid[:101, :101]
    bar = np.where((abs(x - 50) < 4) & (abs(y - 50) < 30), 200, 60).astype(np.uint8)
    image = np.repeat(bar[..., None], 3, axis=2)

    def axis_deg(how: Augmentation, index: int) -> float:
        varied = augment_picture(image, how, 0, 1, index)[..., 0]
        spots = np.argwhere(varied > 130).astype(float)
        across = np.linalg.eigh(np.cov((spots - spots.mean(axis=0)).T))[1][:, 1]
        return float(np.degrees(np.arctan2(across[1], across[0]) + np.pi / 2) % 180 - 90)

    turns = [abs(axis_deg(Augmentation(rotation_deg=20), i)) for i in range(60)]
    assert 15 < max(turns) < 20.5
    assert max(abs(axis_deg(Augmentation(shift=0.1, brightness=5), i)) for i in range(20)) < 0.5

    def middle(how: Augmentation, index: int) -> tuple[float, float]:
        spots = np.argwhere(augment_picture(image, how, 0, 1, index)[..., 0] > 130)
        down, right = spots.mean(axis=0) - 50
        return float(right), float(down)

    moves = [middle(Augmentation(shift=0.1), i) for i in range(60)]
    assert 8.5 < max(abs(v) for pair in moves for v in pair) < 10.3
    lengths = []
    for index in range(60):
        varied = augment_picture(image, Augmentation(zoom=0.2), 0, 1, index)[..., 0]
        lengths.append(int(np.ptp(np.argwhere(varied > 130)[:, 0])) + 1)
    # The bar is 59 px long.
    assert 46 <= min(lengths) < 51
    assert 67 < max(lengths) <= 72


def test_vertical_flips_turn_half_of_the_pictures_upside_down() -> None:
    image = np.zeros((20, 30, 3), np.uint8)
    image[2, 5] = 255
    how = Augmentation(flip_vertical=True)
    places = [tuple(np.argwhere(augment_picture(image, how, 0, 1, i))[0]) for i in range(200)]
    assert {(int(r), int(c)) for r, c, _ in places} == {(2, 5), (17, 5)}
    assert 70 < sum(r == 17 for r, _, _ in places) < 130


def test_a_run_changes_single_settings_of_the_named_ones() -> None:
    config = FitConfig(vary=AugmentChanges(noise=6.0, flip_horizontal=False), per_class=40)
    how = augmentation_of(config)
    assert (how.noise, how.flip_horizontal, how.zoom) == (6.0, False, PRESETS["disc"].zoom)
    text = augmentation_text(config)
    assert text == "disc, flip horizontal no, noise 6; classes filled up to 40"


def test_settings_beyond_their_limits_and_copies_that_are_all_alike_are_refused() -> None:
    with pytest.raises(TrainerError, match=r"--shift is 0.7; expected 0 \(none\) to 0.5"):
        augmentation_of(FitConfig(vary=AugmentChanges(shift=0.7)))
    with pytest.raises(TrainerError, match="--noise is nan"):
        Augmentation(noise=float("nan"))
    with pytest.raises(TrainerError, match="--per-class 50 fills classes up with varied copies"):
        augmentation_of(FitConfig(augment="none", per_class=50))
