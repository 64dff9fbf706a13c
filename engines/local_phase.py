"""The ENH picture of a scan: local phase, phase energy and attenuated phase energy, as channels.

What is light and what is dark drops out of it; lines, edges and their symmetry remain, whatever the
exposure. Sources, by the letters used below: [Q] Qi et al., "Chest X-ray image phase features for
improved diagnosis of COVID-19 using convolutional neural network", IJCARS 2021; [B] Belaid and
Boukerroui, "Alpha scale spaces filters for phase based edge detection in ultrasound images", ISBI
2014; [K] Kovesi's phasecongmono; [M] Meng et al., "Efficient image dehazing with boundary
constraint and contextual regularization", ICCV 2013 (see engines.attenuation).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from engines.attenuation import TONE, attenuation
from engines.errors import EngineError
from engines.prediction import ImageArray
from engines.spectrum import Plane, Spectrum, backward

WAVELENGTHS_PX = (25.0, 75.0)
"""Of the two scales."""
OCTAVES = 4.0
"""Bandwidth of each scale, between the frequencies of half its gain."""
ALPHA = 0.2
"""Of the alpha scale space: 1 is the Gaussian, 0.5 the Poisson."""
CUT_OFF, ORDER = 0.4, 10
"""Of the Butterworth low-pass: cycles per pixel, and how steep."""
LEAST, EXPONENT = 1e-4, 0.85
"""Smallest attenuation that is divided by, and the power that it is raised to, [M]."""


@dataclass(frozen=True, slots=True, eq=False)
class LocalPhase:
    """Of an image (H, W). Made by `local_phase`."""

    phase: Plane
    """(H, W) weighted mean local phase (LwPA), in [-pi/2, pi/2]: pi/2 at the middle of a bright
    line, -pi/2 of a dark one, 0 at an edge."""
    energy: Plane
    """(H, W) in the image's units, of either sign: above 0 where lines outweigh edges."""


def enhance(image: npt.NDArray[np.generic], *, rectified: bool = True) -> ImageArray:
    """LwPA, local phase energy and its attenuated form (ELEA) -> uint8 (H, W, 3).

    image: (H, W), (H, W, 1) or RGB (H, W, 3), of integers or floats of any range; colours are
    weighed to grey. The first two channels reach from 0 to 255, the third up to 255. A picture
    without any contrast gives zeros. rectified: `LocalPhase.energy` of |M1|; False takes M1 itself,
    as another reading of [Q] does. Raises EngineError for another shape, or values not finite.
    """
    grey = _grey(image)
    low, high = (float(v) for v in (grey.min(initial=np.inf), grey.max(initial=-np.inf)))
    if not (math.isfinite(low) and math.isfinite(high)):
        raise EngineError(
            "a picture of {shape} is empty, or holds values that are not finite. Check where it "
            "was read from.",
            shape=image.shape,
        )
    if low == high:
        return np.zeros((*grey.shape, 3), np.uint8)
    found = local_phase((grey - low) / (high - low), rectified=rectified)
    stretched = _stretched(found.energy)
    shown = (stretched - TONE) / np.maximum(attenuation(stretched), LEAST) ** EXPONENT + TONE
    shown = np.clip(shown, 0.0, 255.0)
    brightest = float(shown.max())
    if brightest > 0.0:
        shown *= 255.0 / brightest
    channels = (_stretched(found.phase), _stretched(found.energy * found.phase), shown)
    enhanced = np.empty((*grey.shape, 3), np.uint8)
    for index, channel in enumerate(channels):
        enhanced[..., index] = np.rint(channel)
    return enhanced


def local_phase(grey: Plane, *, rectified: bool = True) -> LocalPhase:
    """Phase and energy of (H, W) floats over both scales; the image repeats beyond its edges.

    With M1 the band-passed image and M2, M3 its Riesz transform: the phase is
    arctan(sum M1 / sqrt((sum M2)^2 + (sum M3)^2)), sums over scales, [K]; the energy is
    sum(|M1| - sqrt(M2^2 + M3^2)), [Q].
    """
    spectrum = np.fft.rfft2(grey - grey.mean())
    band, parts = np.empty_like(spectrum), np.empty((3, *grey.shape))
    total, energy = np.zeros_like(parts), np.zeros_like(grey)
    for scale in _bank(*grey.shape):
        for filtered, part in zip(scale, parts, strict=True):
            np.multiply(filtered, spectrum, out=band)
            backward(band, band, part)
        total += parts
        even, *odd = parts
        energy += np.abs(even) if rectified else even
        energy -= _length(*odd)
    return LocalPhase(np.arctan2(total[0], _length(*total[1:])), energy)


def _length(along: Plane, down: Plane) -> Plane:
    """Of vectors. np.hypot guards against squares beyond a float's range, at ten times the time."""
    length = along * along
    length += down * down
    return np.asarray(np.sqrt(length, out=length))


@lru_cache(maxsize=4)
def _bank(height: int, width: int) -> Spectrum:
    """(scales, 3, H, W // 2 + 1): what gives M1, M2, M3 of each scale, on an rfft2's half plane."""
    v, u = np.fft.fftfreq(height)[:, None], np.fft.rfftfreq(width)[None, :]
    radius = np.hypot(u, v)
    radius[0, 0] = 1.0
    low_pass = 1.0 / (1.0 + (radius / CUT_OFF) ** (2 * ORDER))
    # At half a cycle per pixel an odd filter of a real image is zero.
    along_x = np.where(u == 0.5, 0.0, u) / radius
    along_y = np.where(v == -0.5, 0.0, v) / radius
    bands = [low_pass * _band(radius, 1.0 / length) for length in WAVELENGTHS_PX]
    bank = np.stack([np.stack((b + 0j, 1j * b * along_x, 1j * b * along_y)) for b in bands])
    bank[..., 0, 0] = 0.0
    bank.setflags(write=False)
    return np.asarray(bank, np.complex128)


def _band(radius: Plane, centre: float) -> Plane:
    """Alpha scale-space derivative filter w^a exp(-(s w)^(2 alpha)), [B], of unit gain at its
    centre, from frequencies above 0 in cycles per pixel."""
    power = _power(OCTAVES)
    return np.asarray(
        np.exp(
            power * np.log(radius / centre)
            - power / (2 * ALPHA) * ((radius / centre) ** (2 * ALPHA) - 1.0)
        )
    )


def _power(octaves: float) -> float:
    """The exponent a with which the filter is so many octaves wide, 1.8339 for 4.

    Half gain lies at both solutions y of y exp(-y) = exp(-1) 2^(-2 alpha / a), y = (s w)^(2 alpha)
    (in [B] by Lambert's W). Their ratio is known, 2^(2 alpha octaves), so the smaller is too.
    """
    ratio = math.exp(2 * ALPHA * octaves * math.log(2.0))
    smaller = math.log(ratio) / (ratio - 1.0)
    return -2 * ALPHA * math.log(2.0) / (1.0 + math.log(smaller) - smaller)


def _grey(image: npt.NDArray[np.generic]) -> Plane:
    if image.ndim == 3 and image.shape[2] in (1, 3):
        planes = np.moveaxis(image.astype(np.float64), 2, 0)
        if len(planes) == 1:
            return np.ascontiguousarray(planes[0])
        red, green, blue = planes
        # ITU-R BT.601, written so that three equal channels give exactly themselves.
        return np.asarray(green + 0.299 * (red - green) + 0.114 * (blue - green))
    if image.ndim == 2:
        return image.astype(np.float64)
    raise EngineError(
        "a picture to enhance is {dtype} {shape}; expected (H, W), (H, W, 1) or RGB (H, W, 3). "
        "Decode pictures with engines.decode.",
        dtype=image.dtype,
        shape=image.shape,
    )


def _stretched(values: Plane) -> Plane:
    """To 0..255, the least and the largest value; zeros where they are the same."""
    low, high = float(values.min()), float(values.max())
    if low == high:
        return np.zeros_like(values)
    return np.asarray((values - low) * (255.0 / (high - low)))
