"""Local phase: what the equations promise of it, held by numbers."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from engines.errors import EngineError
from engines.local_phase import ALPHA, WAVELENGTHS_PX, enhance, local_phase

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
    amplitude = np.sqrt((_reference_parts(image) ** 2).sum(axis=1)).sum(axis=0)
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


def _power_by_lambert() -> float:
    """The exponent that makes a band four octaves wide, as the filter's source defines it."""
    from scipy.optimize import brentq
    from scipy.special import lambertw

    def excess(power: float) -> float:
        c = -np.exp(-1.0) * 2.0 ** (-2 * ALPHA / power)
        return float(np.log2((lambertw(c, -1) / lambertw(c, 0)).real) / (2 * ALPHA) - 4.0)

    return float(brentq(excess, 0.5, 5.0, xtol=1e-14))


@pytest.mark.parametrize(("height", "width"), [(70, 70), (64, 81), (99, 99)])
def test_it_is_what_the_equations_say_written_plainly(height: int, width: int) -> None:
    image = texture(height, width)
    parts = _reference_parts(image)
    total = parts.sum(axis=0)
    phase = np.arctan(total[0] / np.sqrt(total[1] ** 2 + total[2] ** 2))
    energy = sum(np.abs(m1) - np.sqrt(m2**2 + m3**2) for m1, m2, m3 in parts)
    found = local_phase(image)
    assert _power_by_lambert() == pytest.approx(1.8339, abs=1e-4)
    np.testing.assert_allclose(found.phase, phase, atol=1e-9)
    np.testing.assert_allclose(found.energy, energy, atol=1e-9)
    stretched = 255 * (energy - energy.min()) / (energy.max() - energy.min())
    attenuated = _reference_attenuation(stretched)
    tone = 0.7 * 255
    elea = np.clip((stretched - tone) / np.maximum(attenuated, 1e-4) ** 0.85 + tone, 0, 255)
    lpe = energy * phase
    expected = [255 * (c - c.min()) / (c.max() - c.min()) for c in (phase, lpe)]
    expected.append(255 * elea / elea.max())
    apart = np.abs(enhance(image).astype(float) - np.stack(expected, axis=-1))
    assert apart.max() <= 0.5 + 1e-6


def _reference_parts(image: Plane) -> Plane:
    """(2, 3, H, W): M1, M2, M3 of both scales, by full complex transforms."""
    v, u = np.meshgrid(*map(np.fft.fftfreq, image.shape), indexing="ij")
    w = np.hypot(u, v)
    w[0, 0] = 1.0
    power, alpha = _power_by_lambert(), ALPHA
    low_pass = 1 / (1 + (w / 0.4) ** 20)
    found = []
    for length in WAVELENGTHS_PX:
        sigma = (power / (2 * alpha)) ** (1 / (2 * alpha)) * length

        def gain(at: Any, sigma: float = sigma) -> Any:
            return at**power * np.exp(-((sigma * at) ** (2 * alpha)))

        band = gain(w) / gain(1 / length) * low_pass
        band[0, 0] = 0.0
        spectrum = band * np.fft.fft2(image - image.mean())
        planes = (spectrum, 1j * u / w * spectrum, 1j * v / w * spectrum)
        found.append([np.fft.ifft2(plane).real for plane in planes])
    return np.array(found)


def _reference_attenuation(energy: Plane) -> Plane:
    """Equation (5) with whole transforms of every kernel."""
    from scipy.ndimage import convolve, correlate, grey_closing

    rim = [(-1, -1), (-1, 0), (-1, 1), (0, 1), (1, 1), (1, 0), (1, -1), (0, -1)]
    kernels = [np.array([[-1.0, -1, -1], [-1, 8, -1], [-1, -1, -1]])]
    for start in range(8):
        kernel = np.full((3, 3), -3.0)
        kernel[1, 1] = 0.0
        for step in range(3):
            y, x = rim[(start + step) % 8]
            kernel[1 + y, 1 + x] = 5.0
        kernels.append(kernel)
    kernels = [kernel / np.linalg.norm(kernel) for kernel in kernels]
    tone = 0.7 * 255
    bound = np.minimum(np.maximum((tone - energy) / (tone - 30), (energy - tone) / (300 - tone)), 1)
    bound = grey_closing(bound, (3, 3), mode="nearest")
    weights = [
        np.exp(-3 * correlate(energy / 255, k, mode="wrap") ** 2 / (2 * 0.5)) for k in kernels
    ]
    impulse = np.zeros(energy.shape)
    impulse[0, 0] = 1.0
    spectra = [np.fft.fft2(correlate(impulse, k, mode="wrap")) for k in kernels]
    power = sum(np.abs(s) ** 2 for s in spectra)
    t, beta = bound, 1.0
    while beta < 2**8:
        pulled = np.zeros(energy.shape)
        for kernel, weight in zip(kernels, weights, strict=True):
            answer = correlate(t, kernel, mode="wrap")
            limit = weight / (beta * 9)
            shrunk = np.sign(answer) * np.maximum(np.abs(answer) - limit, 0)
            pulled += convolve(shrunk, kernel, mode="wrap")
        share = 2.0 / beta
        t = np.fft.ifft2((share * np.fft.fft2(bound) + np.fft.fft2(pulled)) / (share + power)).real
        beta *= 2 * np.sqrt(2)
    return np.asarray(t)
