"""A p-chart's limits are the textbook's, its points add up, and its subgroups are sensible."""

from __future__ import annotations

import math
from datetime import datetime, timedelta, timezone

import pytest

from station.pages.control_chart import (
    FEW_POINTS,
    LEAST_POINTS,
    MOST_POINTS,
    Subgroup,
    p_chart,
    subgroup_size,
)

WHEN = datetime(2026, 3, 4, tzinfo=timezone.utc)
# Montgomery, "Introduction to Statistical Quality Control", orange juice cans: 30 samples of 50.
CANS = (
    12, 15, 8, 10, 4, 7, 16, 9, 14, 10, 5, 6, 17, 12, 22,
    8, 10, 5, 13, 11, 20, 18, 24, 15, 9, 12, 7, 13, 9, 6,
)  # fmt: skip


def groups(parts: list[int]) -> list[Subgroup]:
    times = [WHEN + timedelta(minutes=n) for n in range(len(parts))]
    return [Subgroup(n, 0, 0, when, when) for n, when in zip(parts, times, strict=True)]


def test_the_textbook_s_example() -> None:
    chart = p_chart(groups([50] * len(CANS)), CANS, 50)
    assert chart is not None
    assert chart.mean == pytest.approx(0.2313, abs=5e-5)
    point = chart.points[0]
    assert (point.lower, point.upper) == pytest.approx((0.0524, 0.4102), abs=2e-4)
    assert [point.number for point in chart.out] == [15, 23]
    assert chart.rough == ""


def test_a_smaller_last_subgroup_has_wider_limits() -> None:
    chart = p_chart(groups([50] * 20 + [10]), [5] * 20 + [1], 50)
    assert chart is not None
    mean = 101 / 1010
    assert chart.mean == pytest.approx(mean)
    wide = 3 * math.sqrt(mean * (1 - mean) / 10)
    assert chart.points[-1].upper == pytest.approx(mean + wide)
    assert chart.points[-1].upper > chart.points[0].upper


def test_a_verdict_that_never_comes_is_within_its_limits() -> None:
    chart = p_chart(groups([25] * 20), [0] * 20, 25)
    assert chart is not None
    assert (chart.mean, chart.out) == (0.0, ())
    assert chart.top > 0
    always = p_chart(groups([25] * 20), [25] * 20, 25)
    assert always is not None
    assert (always.mean, always.out, always.top) == (1.0, (), 1.0)


def test_everything_drawn_lies_below_the_top() -> None:
    for count in range(26):
        chart = p_chart(groups([25] * 20), [0] * 19 + [count], 25)
        assert chart is not None
        assert all(p.upper <= chart.top and p.share <= chart.top for p in chart.points)


def test_few_or_thin_subgroups_are_told() -> None:
    few = p_chart(groups([20] * 6), [8] * 6, 20)
    assert few is not None and few.rough.startswith("6 subgroups are few")
    thin = p_chart(groups([20] * 30), [1] * 30, 20)
    assert thin is not None and thin.rough.startswith("A subgroup holds 1.0 such parts")


def test_too_few_parts_give_no_chart() -> None:
    assert subgroup_size(19, 5) is None
    assert subgroup_size(20, 5) == 5
    assert p_chart(groups([5] * (LEAST_POINTS - 1)), [1] * (LEAST_POINTS - 1), 5) is None
    assert p_chart([], [], 5) is None


@pytest.mark.parametrize("parts", [20, 99, 100, 101, 999, 5_000, 100_000, 5_000_000])
@pytest.mark.parametrize("share", [0.0, 0.0001, 0.01, 0.2, 1.0])
def test_the_number_of_subgroups_stays_readable(parts: int, share: float) -> None:
    size = subgroup_size(parts, round(share * parts))
    assert size is not None
    points = math.ceil(parts / size)
    assert LEAST_POINTS <= points <= MOST_POINTS
    if parts >= FEW_POINTS * 5 * 2:
        assert points >= FEW_POINTS


@pytest.mark.parametrize(
    ("parts", "counted", "size"),
    [(1000, 200, 25), (2000, 40, 100), (10_000, 100, 500), (1500, 41, 50), (100_000, 20_000, 2000)],
)
def test_a_subgroup_holds_five_of_what_is_counted_where_it_can(
    parts: int, counted: int, size: int
) -> None:
    assert subgroup_size(parts, counted) == size
