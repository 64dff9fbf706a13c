"""What a watcher is given: the newest picture, once, and how good it is."""

from __future__ import annotations

from datetime import datetime, timezone

import cv2
import numpy as np
from builders import lattice_disc

from station.grabbed import Grabbed
from station.looks import MEASURED_EVERY_S, Looks, shows_the_same, sight_of, small_grey


def grabbed(index: int, at_s: float, image=None) -> Grabbed:
    image = np.full((48, 64, 3), 90, np.uint8) if image is None else image
    return Grabbed(image, datetime.now(timezone.utc), at_s, index)


def test_the_newest_picture_is_given_once_and_the_older_ones_are_not_kept() -> None:
    looks = Looks()
    assert looks.take() is None
    for index in range(5):
        looks.put(grabbed(index, index / 20))
    taken = looks.take()
    assert taken is not None and taken.grabbed.index == 4
    assert abs(taken.fps - 20.0) < 1e-6
    assert looks.take() is None


def test_pictures_are_measured_at_most_every_so_often() -> None:
    looks = Looks()
    looks.put(grabbed(0, 10.0))
    looks.put(grabbed(1, 10.0 + 0.5 * MEASURED_EVERY_S, np.full((48, 64, 3), 255, np.uint8)))
    early = looks.take()
    looks.put(grabbed(2, 10.0 + 1.1 * MEASURED_EVERY_S, np.full((48, 64, 3), 255, np.uint8)))
    late = looks.take()
    assert early is not None and late is not None
    assert abs(early.sight.brightness - 90 / 255) < 1e-6 and early.sight.clipped == 0.0
    assert late.sight.brightness == 1.0 and late.sight.clipped == 1.0


def test_a_blurred_picture_is_less_in_focus() -> None:
    sharp = lattice_disc()
    assert sight_of(sharp).focus > 2 * sight_of(cv2.GaussianBlur(sharp, (0, 0), 4)).focus


def test_the_same_scene_is_known_through_noise_and_light_but_not_once_the_part_is_gone() -> None:
    rng = np.random.default_rng(3)
    there = lattice_disc()
    noisy = np.clip(there + rng.normal(0, 6, there.shape), 0, 255).astype(np.uint8)
    brighter = np.clip(there.astype(int) + 6, 0, 255).astype(np.uint8)
    gone = np.full_like(there, int(np.median(there)))
    moved = np.roll(there, 40, axis=1)
    small = small_grey(there)
    assert shows_the_same(small, small_grey(noisy))
    assert shows_the_same(small, small_grey(brighter))
    assert not shows_the_same(small, small_grey(gone))
    assert not shows_the_same(small, small_grey(moved))
