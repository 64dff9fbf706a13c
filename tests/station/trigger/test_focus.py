"""Sharpness falls with blur, and with nothing else."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from builders import lattice_disc

from engines.decode import read_image
from station.trigger.focus import focus

CASTING = Path(__file__).resolve().parents[4] / "shared" / "data" / "casting" / "ok"
DISC = lattice_disc()


def blurred(sigma_px: float) -> np.ndarray:
    return np.asarray(cv2.GaussianBlur(DISC, (0, 0), sigma_px), np.uint8)


def test_the_more_blur_the_less_focus() -> None:
    values = [focus(DISC)] + [focus(blurred(s)) for s in (0.7, 1.0, 1.5, 2.0, 3.0)]
    assert values == sorted(values, reverse=True)
    assert values[0] > 0.5
    assert values[-1] < 0.1


@pytest.mark.parametrize("gain", [0.25, 0.5, 0.8])
def test_light_does_not_change_it(gain: float) -> None:
    dim = np.asarray(DISC * gain, np.uint8)
    assert focus(dim) == pytest.approx(focus(DISC), abs=0.08)


def test_a_picture_without_an_edge_has_none() -> None:
    assert focus(np.full((100, 100, 3), 128, np.uint8)) == 0.0
    assert focus(np.full((4, 4, 3), 128, np.uint8)) == 0.0


def test_it_is_asked_in_the_box_alone() -> None:
    image = np.concatenate([DISC, blurred(3.0)], axis=1)
    assert focus(image, (0, 0, 512, 512)) == pytest.approx(focus(DISC), abs=1e-6)
    assert focus(image, (512, 0, 512, 512)) == pytest.approx(focus(blurred(3.0)), abs=1e-6)


@pytest.mark.skipif(
    not CASTING.is_dir(), reason=f"no real pictures beside this checkout: {CASTING}"
)
def test_real_castings_stand_apart_from_blurred_ones() -> None:
    pictures = [read_image(p) for p in sorted(CASTING.iterdir())[::25]]
    sharp = [focus(p) for p in pictures]
    soft = [focus(np.asarray(cv2.GaussianBlur(p, (0, 0), 2.0), np.uint8)) for p in pictures]
    assert len(pictures) >= 10
    assert max(soft) < min(sharp)
