"""Gauge R&R against published figures, against another program, and at its edges."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from gauge_data import AIAG_RESULT, aiag_values
from scipy import stats

from station.distributions import (
    chi_square_quantile,
    chi_square_tail,
    f_tail,
    normal_tail,
    t_quantile,
)
from station.errors import ConfigError
from station.gauge.anova import Grade, crossed


def test_the_published_study_comes_out_as_published() -> None:
    result = crossed(aiag_values())
    table = {line.name: line for line in result.table}
    for name, (df, sum_squares, mean_square) in AIAG_RESULT["table"].items():
        assert table[name].df == df
        assert table[name].sum_squares == pytest.approx(sum_squares, abs=1e-4)
        assert table[name].mean_square == pytest.approx(mean_square, abs=1e-5)
    assert table["interaction"].f == pytest.approx(0.434, abs=5e-4)
    assert result.pooled
    for name, (sd, percent) in AIAG_RESULT["components"].items():
        assert result.component(name).sd == pytest.approx(sd, abs=5e-6)
        assert 100.0 * result.component(name).of_total == pytest.approx(percent, abs=0.005)
    assert result.classes == 4
    assert result.grade is Grade.MARGINAL


def test_an_interaction_that_counts_is_not_pooled_and_agrees_with_least_squares() -> None:
    rng = np.random.default_rng(3)
    parts, operators, trials = 6, 3, 4
    values = (
        rng.normal(0, 2, (parts, 1, 1)) + rng.normal(0, 0.5, (1, operators, 1))
        + rng.normal(0, 1, (parts, operators, 1)) + rng.normal(0, 0.2, (parts, operators, trials))
    )  # fmt: skip
    result = crossed(values)
    assert not result.pooled

    def explained(*factors: int) -> float:
        """Sum of squares of a model with a level for each combination of these factors."""
        groups: dict[tuple[int, ...], list[float]] = {}
        for at in itertools.product(*(range(n) for n in values.shape)):
            groups.setdefault(tuple(at[f] for f in factors), []).append(values[at])
        mean = values.mean()
        return sum(len(g) * (float(np.mean(g)) - mean) ** 2 for g in groups.values())

    inner = explained(0, 1) - explained(0) - explained(1)
    error = float(((values - values.mean()) ** 2).sum()) - explained(0, 1)
    table = {line.name: line for line in result.table}
    assert table["interaction"].sum_squares == pytest.approx(inner)
    assert table["repeatability"].sum_squares == pytest.approx(error)
    df = (parts - 1) * (operators - 1), parts * operators * (trials - 1)
    ms_inner, ms_error = inner / df[0], error / df[1]
    assert table["interaction"].p == pytest.approx(stats.f.sf(ms_inner / ms_error, *df))
    assert table["part"].f == pytest.approx(explained(0) / (parts - 1) / ms_inner)
    spread = (ms_inner - ms_error) / trials
    assert result.component("interaction").sd == pytest.approx(spread**0.5)
    total = sum(
        result.component(name).contribution
        for name in ("repeatability", "operator", "interaction", "part")
    )
    assert total == pytest.approx(1.0)


def test_many_studies_find_the_spread_that_was_put_in() -> None:
    rng = np.random.default_rng(11)
    found = []
    for _ in range(300):
        values = (
            rng.normal(0, 1.0, (10, 1, 1)) + rng.normal(0, 0.3, (1, 3, 1))
            + rng.normal(0, 0.2, (10, 3, 3))
        )  # fmt: skip
        result = crossed(values)
        found.append([result.component(n).sd ** 2 for n in ("repeatability", "operator", "part")])
    assert np.mean(found, axis=0) == pytest.approx([0.04, 0.09, 1.0], rel=0.12)


def test_the_tolerance_decides_where_there_is_one() -> None:
    gauge = crossed(aiag_values(), tolerance=30.0)
    sd = gauge.component("gauge").sd
    assert gauge.component("gauge").of_tolerance == pytest.approx(6 * sd / 30.0)
    assert gauge.grade is Grade.GOOD
    assert crossed(aiag_values(), tolerance=4.0).grade is Grade.BAD


def test_one_operator_tells_no_reproducibility() -> None:
    result = crossed(aiag_values()[:, :1])
    assert result.component("reproducibility").sd == 0.0
    assert [line.name for line in result.table] == ["part", "repeatability", "total"]


def test_values_without_any_spread_divide_by_nothing() -> None:
    same = crossed(np.full((3, 2, 2), 5.0), tolerance=1.0)
    assert same.component("gauge").of_tolerance == 0.0
    exact = crossed(np.arange(3.0)[:, None, None] + np.zeros((3, 2, 2)))
    assert exact.component("part").of_total == 1.0


@pytest.mark.parametrize("shape", [(1, 2, 3), (5, 2, 1), (5, 0, 2)])
def test_too_few_values_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ConfigError, match="expected at least 2 parts"):
        crossed(np.zeros(shape))


def test_a_value_that_is_no_number_is_refused() -> None:
    values = aiag_values()
    values[3, 1, 2] = np.nan
    with pytest.raises(ConfigError, match="no numbers"):
        crossed(values)


def test_distributions_agree_with_another_program() -> None:
    for above, below in itertools.product((1, 2, 9, 18, 60), (1, 4, 27, 90)):
        for value in (0.01, 0.3, 1.0, 2.5, 8.0, 40.0, 400.0):
            expected = stats.f.sf(value, above, below)
            assert f_tail(value, above, below) == pytest.approx(expected, abs=1e-12)
    for df in (1, 2, 4, 9, 49):
        for probability in (0.6, 0.95, 0.9985):
            expected = stats.t.ppf(probability, df)
            assert t_quantile(probability, df) == pytest.approx(expected, rel=1e-10)
            expected = stats.chi2.ppf(probability, df)
            assert chi_square_quantile(probability, df) == pytest.approx(expected, rel=1e-10)
            assert chi_square_tail(expected, df) == pytest.approx(1.0 - probability, rel=1e-9)
    assert normal_tail(1.959963984540054) == pytest.approx(0.025)
