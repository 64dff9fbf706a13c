"""The ENH picture written plainly from its equations: whole complex transforms, one kernel after
another. What engines.local_phase is held against, in numbers and in time."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from engines.local_phase import ALPHA, WAVELENGTHS_PX

Plane = npt.NDArray[np.float64]


def plain_enhance(image: Plane) -> Plane:
    """(H, W) -> (H, W, 3), 0 to 255, before rounding."""
    phase, energy = plain_local_phase(image)
    stretched = 255 * (energy - energy.min()) / (energy.max() - energy.min())
    tone = 0.7 * 255
    attenuated = np.maximum(plain_attenuation(stretched), 1e-4)
    elea = np.clip((stretched - tone) / attenuated**0.85 + tone, 0, 255)
    lpe = energy * phase
    shown = [255 * (c - c.min()) / (c.max() - c.min()) for c in (phase, lpe)]
    return np.stack([*shown, 255 * elea / elea.max()], axis=-1)


def plain_local_phase(image: Plane) -> tuple[Plane, Plane]:
    """Phase and energy."""
    parts = plain_parts(image)
    total = parts.sum(axis=0)
    phase = np.arctan(total[0] / np.sqrt(total[1] ** 2 + total[2] ** 2))
    energy = sum(np.abs(m1) - np.sqrt(m2**2 + m3**2) for m1, m2, m3 in parts)
    return np.asarray(phase), np.asarray(energy)


def power_by_lambert() -> float:
    """The exponent that makes a band four octaves wide, as the filter's source defines it."""
    from scipy.optimize import brentq
    from scipy.special import lambertw

    def excess(power: float) -> float:
        c = -np.exp(-1.0) * 2.0 ** (-2 * ALPHA / power)
        return float(np.log2((lambertw(c, -1) / lambertw(c, 0)).real) / (2 * ALPHA) - 4.0)

    return float(brentq(excess, 0.5, 5.0, xtol=1e-14))


def plain_parts(image: Plane) -> Plane:
    """(2, 3, H, W): M1, M2, M3 of both scales, by full complex transforms."""
    v, u = np.meshgrid(*map(np.fft.fftfreq, image.shape), indexing="ij")
    w = np.hypot(u, v)
    w[0, 0] = 1.0
    power, alpha = power_by_lambert(), ALPHA
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


def plain_attenuation(energy: Plane) -> Plane:
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
