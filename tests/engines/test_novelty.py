"""Novelty is a distance whose limit is 1; what is unlike the training lies far beyond."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from builders import red_mark_bundle
from familiar import familiar

from engines.bundle import NOVELTY, Bundle
from engines.errors import BundleError, EngineError
from engines.novelty import Novelty, Spread, load_novelty, logarithms, read_novelty, write_novelty


def spread(**changes: object) -> Spread:
    values = {
        "means": logarithms(np.array([[1.0, 2.0], [8.0, 2.0]], np.float32)),
        "whitening": np.diag([2.0, 4.0]).astype(np.float32),
        "limit": 5.0,
        "fitted": 30,
        "checked": 20,
        "beyond": 0,
    }
    return Spread(**{**values, **changes})  # type: ignore[arg-type]


def test_a_mean_is_not_novel_and_the_nearest_counts() -> None:
    at = np.array([[1.0, 2.0], [8.0, 2.0], [7.0, 2.0]], np.float32)
    near, other, third = spread().distances(at)
    assert (near, other) == (0.0, 0.0)
    assert third == pytest.approx(2.0 * np.log(9.0 / 8.0) / 5.0)


def test_the_whitening_says_in_which_direction_how_far_is_far() -> None:
    first, second = spread().distances(np.array([[1.5, 2.0], [1.0, 2.75]], np.float32))
    assert first == pytest.approx(2.0 * np.log(2.5 / 2.0) / 5.0)
    assert second == pytest.approx(4.0 * np.log(3.75 / 3.0) / 5.0)


def test_a_pass_is_held_to_the_good_parts_alone() -> None:
    good = spread(means=spread().means[:1])
    novelty = Novelty(good, spread())
    defect = np.array([8.0, 2.0], np.float32)
    assert novelty.distance(defect, as_good=False) == 0.0
    assert novelty.distance(defect, as_good=True) == pytest.approx(2.0 * np.log(4.5) / 5.0)
    # Where no class is good, nothing is like the good ones: nearest of all serves.
    assert Novelty(None, spread()).distance(defect, as_good=True) == 0.0


def test_a_feature_below_zero_is_rounding_and_one_that_is_no_number_is_no_pass() -> None:
    below, zero = spread().distances(np.array([[-1e-4, 2.0], [0.0, 2.0]], np.float32))
    assert below == zero
    lost = spread().distances(np.array([[np.nan, 2.0]], np.float32))
    assert not lost[0] <= 1.0


@pytest.mark.parametrize("shape", [(1, 3), (2,), (1, 1, 2)])
def test_features_of_another_network_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(EngineError, match="the bundle knows 2 of them"):
        spread().distances(np.ones(shape, np.float32))


@pytest.mark.parametrize(
    "changes",
    [
        {"limit": 0.0},
        {"limit": float("nan")},
        {"limit": float("inf")},
        {"whitening": np.eye(3, dtype=np.float32)},
        {"whitening": np.full((2, 2), np.nan, np.float32)},
        {"means": np.zeros(2)},
        {"means": np.zeros((0, 2))},
        {"means": np.full((1, 2), np.inf)},
        {"beyond": 21},
    ],
)
def test_what_can_tell_nothing_is_refused(changes: dict[str, object]) -> None:
    with pytest.raises(BundleError, match="Export the bundle again"):
        spread(**changes)


def test_it_is_read_as_it_was_written(tmp_path: Path) -> None:
    at = np.array([[3.0, 0.5], [0.1, 9.0]], np.float32)
    for novelty in (Novelty(spread(limit=2.5), spread()), Novelty(None, spread())):
        write_novelty(tmp_path / NOVELTY, novelty)
        again = read_novelty(tmp_path / NOVELTY)
        np.testing.assert_array_equal(again.distances(at), novelty.distances(at))
        assert (again.good is None) == (novelty.good is None)
        assert (again.known.fitted, again.known.checked, again.known.beyond) == (30, 20, 0)


@pytest.mark.parametrize("data", [b"", b"PK", b"no archive at all"])
def test_a_damaged_file_says_so(tmp_path: Path, data: bytes) -> None:
    (tmp_path / NOVELTY).write_bytes(data)
    with pytest.raises(BundleError, match=r"novelty\.npz, cannot be read"):
        read_novelty(tmp_path / NOVELTY)


def test_an_archive_that_lacks_a_field_says_so(tmp_path: Path) -> None:
    np.savez(tmp_path / "half.npz", **{"known/means": np.zeros((1, 2))})  # type: ignore[arg-type]
    with pytest.raises(BundleError, match="known/whitening"):
        read_novelty(tmp_path / "half.npz")


def test_it_travels_in_the_bundle(tmp_path: Path) -> None:
    bundle: Bundle = red_mark_bundle(tmp_path / "red.bundle")
    at = np.array([[0.2, 0.4, 0.9]], np.float32)
    expected = familiar(3).distances(at)
    np.testing.assert_array_equal(load_novelty(bundle).distances(at), expected)
