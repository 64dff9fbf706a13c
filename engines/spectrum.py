"""Fourier transforms of real planes that write where memory is already there.

New memory of this size costs as much as the transform: the system maps and clears it page by page.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Plane = npt.NDArray[np.float64]
Spectrum = npt.NDArray[np.complex128]


def forward(plane: Plane, out: Spectrum) -> None:
    """numpy's rfft2 of (H, W), into (H, W // 2 + 1)."""
    np.fft.rfft(plane, axis=1, out=out)
    np.fft.fft(out, axis=0, out=out)


def backward(spectrum: Spectrum, work: Spectrum, out: Plane) -> None:
    """numpy's irfft2 into (H, W). `work`, of the spectrum's shape, is overwritten; it may be the
    spectrum itself."""
    np.fft.ifft(spectrum, axis=0, out=work)
    np.fft.irfft(work, n=out.shape[1], axis=1, out=out)
