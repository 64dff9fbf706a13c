"""Local phase: what the equations promise of it, held by numbers."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import pytest
from plain_local_phase import plain_enhance, plain_local_phase, plain_parts, power_by_lambert

from engines.errors import EngineError
from engines.local_phase import enhance, local_phase

Plane = npt.NDArray[np.float64]


def texture(height: int = 90, width: int = 101, seed: int = 0) -> Plane:
    """Noise of many sizes, 0 to 255."""
    noise = np.random.default_rng(seed).normal(0.0, 1.0, (height, width))
    mixed = sum(cv2.GaussianBlur(noise, (0, 0), s) * s for s in (1.0, 3.0, 9.0))
    low, high = mixed.min(), mixed.max()
    return np.asarray(255.0 * (mixed - low) / (high - low), np.float64)


def wave(phase: Plane) -> Plane:
    """Any angles in [-pi, pi)."""
    return np.asarray((phase + np.pi) % (2 * np.pi) - np.pi)


@pytest.mark.parametrize(("height", "width"), [(90, 120), (91, 117)])
@pytest.mark.parametrize(("down", "across"), [(0, 3), (5, 0), (4, 7)])
def test_the_phase_of_a_cosine_is_how_far_it_is_from_its_crest(
    height: int, width: int, down: int, across: int
) -> None:
    y, x = np.mgrid[:height, :width]
    phi = 2 * np.pi * (down * y / height + across * x / width) + 0.7
    found = local_phase(12.0 + 3.5 * np.cos(phi))
    np.testing.assert_allclose(found.phase, np.pi / 2 - np.abs(wave(phi)), rtol=0, atol=1e-13)


@pytest.mark.parametrize(("level", "expected"), [(1.0, np.pi / 2), (-1.0, -np.pi / 2)])
def test_the_middle_of_a_line_is_a_quarter_turn(level: float, expected: float) -> None:
    image = np.full((128, 129), 5.0)
    image[:, 62:67] += level
    found = local_phase(image)
    np.testing.assert_allclose(found.phase[:, 64], expected, rtol=0, atol=1e-12)


@pytest.mark.parametrize(("gain", "offset"), [(0.013, 0.0), (1.0, -77.7), (371.0, 1e5)])
def test_exposure_changes_nothing(gain: float, offset: float) -> None:
    image = texture()
    np.testing.assert_array_equal(enhance(gain * image + offset), enhance(image))


def test_the_negative_mirrors_phase_and_phase_energy() -> None:
    image = texture()
    positive, negative = enhance(image), enhance(255.0 - image)
    np.testing.assert_array_equal(negative[..., :2], 255 - positive[..., :2])


@pytest.mark.parametrize(("height", "width"), [(64, 64), (64, 75), (75, 81)])
@pytest.mark.parametrize(
    "turn",
    [
        pytest.param(lambda a: a[::-1], id="upside down"),
        pytest.param(lambda a: a[:, ::-1], id="mirrored"),
        pytest.param(lambda a: np.swapaxes(a, 0, 1), id="transposed"),
        pytest.param(np.rot90, id="a quarter turn"),
    ],
)
def test_turning_and_enhancing_may_be_exchanged(height: int, width: int, turn: Any) -> None:
    image = np.rint(texture(height, width)).astype(np.uint8)
    np.testing.assert_array_equal(enhance(turn(image)), turn(enhance(image)))


def test_energy_stays_within_the_amplitude_and_takes_both_signs() -> None:
    image = texture()
    found = local_phase(image)
    amplitude = np.sqrt((plain_parts(image) ** 2).sum(axis=1)).sum(axis=0)
    assert (np.abs(found.energy) <= amplitude * (1 + 1e-12)).all()
    assert found.energy.min() < 0 < found.energy.max()
    signed = local_phase(image, rectified=False)
    assert (signed.energy <= found.energy + 1e-12).all()
    assert (np.abs(signed.energy) > amplitude).any()


def test_equal_channels_are_grey() -> None:
    grey = np.rint(texture()).astype(np.uint8)
    expected = enhance(grey)
    np.testing.assert_array_equal(enhance(grey[..., None]), expected)
    np.testing.assert_array_equal(enhance(np.repeat(grey[..., None], 3, axis=2)), expected)
    np.testing.assert_array_equal(enhance(grey.astype(np.float32)), expected)


def test_the_same_picture_gives_the_same_bytes_and_uses_the_range() -> None:
    image = np.random.default_rng(4).integers(0, 256, (57, 80, 3), dtype=np.uint8)
    before = image.copy()
    first = enhance(image)
    assert (first.dtype, first.shape) == (np.uint8, (57, 80, 3))
    assert first.tobytes() == enhance(image).tobytes()
    assert (first.min(axis=(0, 1))[:2] == 0).all()
    assert (first.max(axis=(0, 1)) == 255).all()
    np.testing.assert_array_equal(image, before)


@pytest.mark.parametrize("image", [np.full((20, 31, 3), 77, np.uint8), np.full((9, 8), 0.1)])
def test_a_picture_without_contrast_gives_zeros(image: npt.NDArray[Any]) -> None:
    assert not enhance(image).any()


def test_small_pictures_and_extreme_values_are_enhanced_without_a_warning() -> None:
    assert not enhance(np.array([[200]], np.uint8)).any()
    for shape in ((1, 2), (2, 1), (2, 2), (1, 40), (3, 5)):
        picture = np.random.default_rng(1).integers(0, 256, shape, dtype=np.uint8)
        assert enhance(picture).shape == (*shape, 3)
    image = texture()
    for scale in (1e-280, 1e280):
        np.testing.assert_array_equal(enhance(image * scale), enhance(image))


@pytest.mark.parametrize(
    ("image", "said"),
    [
        (np.zeros((4, 4, 2), np.uint8), "expected \\(H, W\\)"),
        (np.zeros(4, np.uint8), "expected \\(H, W\\)"),
        (np.zeros((0, 4), np.uint8), "is empty"),
        (np.array([[0.0, np.nan], [1.0, 2.0]]), "not finite"),
        (np.array([[0.0, np.inf], [1.0, 2.0]]), "not finite"),
    ],
)
def test_what_is_no_picture_is_refused(image: npt.NDArray[Any], said: str) -> None:
    with pytest.raises(EngineError, match=said):
        enhance(image)


@pytest.mark.parametrize(("height", "width"), [(70, 70), (64, 81), (99, 99), (4, 5100)])
def test_it_is_what_the_equations_say_written_plainly(height: int, width: int) -> None:
    image = texture(height, width)
    phase, energy = plain_local_phase(image)
    found = local_phase(image)
    assert power_by_lambert() == pytest.approx(1.8339, abs=1e-4)
    np.testing.assert_allclose(found.phase, phase, atol=1e-9)
    np.testing.assert_allclose(found.energy, energy, atol=1e-9)
    assert np.abs(enhance(image) - plain_enhance(image)).max() <= 0.5 + 1e-6
