"""Exact bounds, against the binomial distribution they invert."""

from __future__ import annotations

import pytest
from scipy.stats import binom

from trainer.intervals import most_allowed, rate_interval, rate_upper, sample_needed


@pytest.mark.parametrize(("count", "total"), [(0, 128), (1, 10), (3, 400), (99, 100)])
@pytest.mark.parametrize("level", [0.9, 0.95, 0.99])
def test_the_upper_bound_is_the_rate_that_would_rarely_show_so_few(
    count: int, total: int, level: float
) -> None:
    upper = rate_upper(count, total, level)
    assert binom.cdf(count, total, upper) == pytest.approx(1 - level, abs=1e-9)


def test_the_interval_holds_both_tails() -> None:
    low, high = rate_interval(7, 50, 0.95)
    assert binom.sf(6, 50, low) == pytest.approx(0.025, abs=1e-9)
    assert binom.cdf(7, 50, high) == pytest.approx(0.025, abs=1e-9)
    assert rate_interval(0, 20, 0.95)[0] == 0.0
    assert rate_interval(20, 20, 0.95)[1] == 1.0
    assert rate_interval(0, 0, 0.95) == (0.0, 1.0)


def test_the_samples_that_show_a_rate() -> None:
    assert sample_needed(0.01, 0.95) == 299
    assert rate_upper(0, 299, 0.95) <= 0.01 < rate_upper(0, 298, 0.95)
    assert rate_upper(0, 128, 0.95) == pytest.approx(0.0231, abs=5e-5)


@pytest.mark.parametrize("total", [10, 58, 59, 298, 299, 1000])
@pytest.mark.parametrize("budget", [0.01, 0.05, 0.3])
def test_the_most_allowed_is_found_by_counting_too(total: int, budget: float) -> None:
    within = [k for k in range(total + 1) if rate_upper(k, total, 0.95) <= budget]
    assert most_allowed(total, budget, 0.95) == (within[-1] if within else None)
