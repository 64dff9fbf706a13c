"""One-sided bounds, held against SciPy's and against tables."""

from __future__ import annotations

import pytest
from scipy.stats import beta, binom

from station.figures.bounds import rate_lower, rate_upper, sample_needed

CASES = [(0, 1), (0, 299), (1, 20), (3, 50), (49, 50), (7, 5_000), (250, 600), (12, 4_000_000)]


@pytest.mark.parametrize(("count", "total"), CASES)
@pytest.mark.parametrize("level", [0.9, 0.95, 0.99])
def test_bounds_are_those_of_clopper_and_pearson(count: int, total: int, level: float) -> None:
    upper = float(beta.ppf(level, count + 1, total - count))
    assert rate_upper(count, total, level) == pytest.approx(upper, rel=1e-9)
    lower = 0.0 if count == 0 else float(beta.ppf(1 - level, count, total - count + 1))
    assert rate_lower(count, total, level) == pytest.approx(lower, rel=1e-6, abs=1e-12)


def test_at_the_bound_what_was_seen_or_less_has_five_in_a_hundred() -> None:
    assert float(binom.cdf(4, 321, rate_upper(4, 321))) == pytest.approx(0.05, rel=1e-9)


def test_the_rule_of_three() -> None:
    assert rate_upper(0, 300) == pytest.approx(3 / 300, rel=0.01)


def test_no_sample_shows_nothing() -> None:
    assert (rate_lower(0, 0), rate_upper(0, 0)) == (0.0, 1.0)
    assert rate_upper(5, 5) == 1.0


def test_what_cannot_be_is_refused() -> None:
    with pytest.raises(ValueError, match="3 of 2 is no share"):
        rate_upper(3, 2)


@pytest.mark.parametrize("rate", [0.1, 0.01, 0.001])
def test_the_sample_needed_is_the_least_that_shows_it(rate: float) -> None:
    needed = sample_needed(rate)
    assert rate_upper(0, needed) <= rate < rate_upper(0, needed - 1)
    assert sample_needed(0.01) == 299
