"""Wilson's interval is what the literature says, and sane at its ends."""

from __future__ import annotations

import math

import pytest

from station.pages.proportion import Z_95, Proportion


@pytest.mark.parametrize(
    ("count", "total", "low", "high"),
    [
        # Newcombe, Statistics in Medicine 17 (1998), table I, method 3.
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_published_intervals(count: int, total: int, low: float, high: float) -> None:
    interval = Proportion(count, total).interval
    assert interval is not None
    assert interval == pytest.approx((low, high), abs=5e-5)


@pytest.mark.parametrize(("count", "total"), [(3, 10), (97, 100), (50_000, 100_000)])
def test_both_ends_solve_the_score_equation(count: int, total: int) -> None:
    """|count/total - p| = z sqrt(p (1 - p) / total): what Wilson's interval is defined by."""
    share, interval = count / total, Proportion(count, total).interval
    assert interval is not None
    for end in interval:
        assert abs(share - end) == pytest.approx(Z_95 * math.sqrt(end * (1 - end) / total))
    assert interval[0] < share < interval[1]


def test_all_none_and_nothing() -> None:
    assert Proportion(0, 0).interval is None
    assert Proportion(0, 0).share is None
    whole = Proportion(7, 7).interval
    none = Proportion(0, 7).interval
    assert whole is not None and none is not None
    assert whole[1] == 1.0 and none[0] == 0.0
    assert whole[0] == pytest.approx(1 - none[1])


@pytest.mark.parametrize(("count", "total"), [(-1, 5), (6, 5)])
def test_what_cannot_be_is_refused(count: int, total: int) -> None:
    with pytest.raises(ValueError, match=f"{count} of {total} is no share"):
        Proportion(count, total)
