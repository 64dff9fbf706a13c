"""What stands out of a p-chart, by each rule, and nothing else."""

from __future__ import annotations

import math
from datetime import datetime, timezone

import pytest

from station.figures.signals import Rule, Signal, signals_of
from station.pages.control_chart import ControlChart, Subgroup, p_chart

SIZE, MEAN = 1000, 0.1
SIGMA = math.sqrt(MEAN * (1 - MEAN) / SIZE)
QUIET = (0.4, -0.6, 0.5, -0.3, 0.2, -0.5)
AT = datetime(2026, 1, 1, tzinfo=timezone.utc)


def chart(scores: list[float], size: int = SIZE) -> ControlChart:
    """Of subgroups that lie so many standard deviations above the mean."""
    from station.pages.control_chart import Point

    sigma = math.sqrt(MEAN * (1 - MEAN) / size)
    points = tuple(
        Point(n, round(size * (MEAN + z * sigma)), size, MEAN - 3 * sigma, MEAN + 3 * sigma)
        for n, z in enumerate(scores, start=1)
    )
    return ControlChart(points, MEAN, size)


def found(scores: list[float]) -> list[Signal]:
    return list(signals_of(chart(scores)))


def test_a_quiet_process_says_nothing() -> None:
    assert found(list(QUIET * 4)) == []


@pytest.mark.parametrize("above", [True, False])
def test_a_point_beyond_its_limits(above: bool) -> None:
    scores = [*QUIET, 3.3 if above else -3.3, *QUIET]
    assert found(scores) == [Signal(Rule.BEYOND, 7, 7, above)]


@pytest.mark.parametrize("above", [True, False])
def test_nine_on_one_side(above: bool) -> None:
    side = [0.5, 0.9, 0.4, 1.1, 0.3, 0.8, 0.6, 1.0, 0.5]
    turned = side if above else [-z for z in side]
    before = [-0.4, 0.4] if not above else [0.4, -0.4]
    assert found([*before, *turned, -turned[0]]) == [Signal(Rule.ONE_SIDE, 3, 11, above)]
    assert found([*before, *turned[:8], -turned[0]]) == []


@pytest.mark.parametrize("above", [True, False])
def test_six_that_rise_or_fall(above: bool) -> None:
    steps = [-1.5, -0.9, -0.2, 0.3, 0.9, 1.4]
    turned = steps if above else [-z for z in steps]
    scores = [turned[5], *turned, -turned[5], turned[0]]
    assert Signal(Rule.TREND, 2, 7, above) in found(scores)
    assert not [s for s in found(scores[:6]) if s.rule is Rule.TREND]


def test_a_run_that_goes_on_is_told_once() -> None:
    assert found([-0.4] + [0.5, 0.8] * 8 + [-0.5]) == [Signal(Rule.ONE_SIDE, 2, 17, True)]


def test_two_of_three_near_a_limit() -> None:
    assert found([0.3, -0.2, 2.4, -0.1, 2.6, -0.4]) == [Signal(Rule.TWO_OF_THREE, 3, 5, True)]
    assert found([0.3, -0.2, 2.4, -0.1, -2.6, 0.4]) == []


def test_rough_limits_tell_of_single_points_only() -> None:
    scores = [-0.4] + [0.5, 0.8] * 8 + [9.0]
    assert {s.rule for s in signals_of(chart(scores, size=40))} == {Rule.BEYOND}


def test_a_chart_where_nothing_was_found_has_no_signals() -> None:
    groups = [Subgroup(50, 0, 0, AT, AT) for _ in range(30)]
    none = p_chart(groups, [0] * 30, 50)
    assert none is not None
    assert signals_of(none) == ()
