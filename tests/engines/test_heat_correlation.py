"""Heatmaps are alike as numpy says, and an empty one is like nothing."""

from __future__ import annotations

import numpy as np

from engines.heat_correlation import correlations, empty


def test_maps_correlate_as_numpy_says() -> None:
    rng = np.random.default_rng(2)
    a, b = rng.uniform(0, 1, (2, 5, 6, 6)).astype(np.float32)
    found = correlations(a, b)
    expected = [np.corrcoef(a[i].ravel(), b[i].ravel())[0, 1] for i in range(5)]
    np.testing.assert_allclose(found, expected, rtol=1e-6)


def test_no_heat_flat_heat_and_broken_heat() -> None:
    rng = np.random.default_rng(2)
    a, b = rng.uniform(0, 1, (2, 5, 6, 6)).astype(np.float32)
    a[0] = 0.0
    b[1] = 0.5
    a[2], b[2] = 0.5, 0.25
    b[3] = np.nan
    found = correlations(a, b)
    assert np.isnan(found[0])
    assert found[1:4].tolist() == [0.0, 1.0, 0.0]
    assert -1.0 < found[4] < 1.0
    assert empty(a).tolist() == [True, False, False, False, False]
