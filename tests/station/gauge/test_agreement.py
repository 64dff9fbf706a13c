"""Agreement of verdicts, and a study of one part, against published and reckoned figures."""

from __future__ import annotations

import math

import pytest
from scipy import stats

from station.domain import Decision
from station.errors import ConfigError
from station.gauge.agreement import agreement, fleiss, fleiss_of
from station.gauge.type1 import type1

P, V, R, E = Decision.PASS, Decision.REVIEW, Decision.REJECT, Decision.ERROR
FLEISS_1971 = [
    [0, 0, 0, 0, 14], [0, 2, 6, 4, 2], [0, 0, 3, 5, 6], [0, 3, 9, 2, 0], [2, 2, 8, 1, 1],
    [7, 7, 0, 0, 0], [3, 2, 6, 3, 0], [2, 5, 3, 2, 2], [6, 5, 2, 1, 0], [0, 2, 2, 3, 7],
]  # fmt: skip
"""A table with 14 raters, 10 subjects and 5 categories that explanations of the kappa work with;
its kappa is 0.210."""


def test_fleiss_kappa_of_a_published_table() -> None:
    kappa = fleiss_of(FLEISS_1971)
    assert kappa.value == pytest.approx(0.210, abs=5e-4)
    assert kappa.p is not None
    assert kappa.p < 1e-6


def test_kappa_is_one_for_agreement_and_less_than_nothing_for_its_opposite() -> None:
    assert fleiss([[P, P, P], [R, R, R], [P, P, P]]).value == pytest.approx(1.0)
    assert fleiss([[P, R], [R, P], [P, R]]).value == pytest.approx(-1.0)
    assert fleiss([[P, P], [P, P]]).value is None


def test_within_and_between_operators_and_against_what_is_known() -> None:
    found = agreement(
        [
            [[P, P], [P, P]],  # known good, always passed
            [[P, R], [P, P]],  # known good, rejected once by Ada
            [[R, R], [V, R]],  # known bad, always caught, not alike
            [[R, R], [R, P]],  # known bad, passed once by Bob
        ],
        ("Ada", "Bob"),
        (True, True, False, False),
    )
    assert (found.within["Ada"].hits, found.within["Bob"].hits) == (3, 2)
    assert (found.between.hits, found.between.of) == (1, 4)
    assert found.effectiveness is not None
    assert (found.effectiveness.hits, found.effectiveness.of) == (14, 16)
    assert found.escapes is not None
    assert (found.escapes.hits, found.escapes.of) == (1, 8)
    assert found.overkill is not None
    assert (found.overkill.hits, found.overkill.of) == (1, 8)
    # Clopper and Pearson's bounds are quantiles of beta distributions.
    assert found.escapes.low == pytest.approx(stats.beta.ppf(0.025, 1, 8), abs=1e-10)
    assert found.escapes.high == pytest.approx(stats.beta.ppf(0.975, 2, 7), abs=1e-10)


def test_an_error_agrees_with_nothing_that_is_known() -> None:
    found = agreement([[[E, E]], [[E, E]]], ("Ada",), (True, False))
    assert found.effectiveness is not None
    assert found.effectiveness.hits == 0


def test_a_study_with_gaps_is_refused() -> None:
    with pytest.raises(ConfigError, match="not complete"):
        agreement([[[P, P]], [[P]]], ("Ada",), (None, None))


def test_one_part_laid_down_many_times() -> None:
    values = [12.0 + 0.01 * step for step in (-2, -1, 0, 1, 2) * 4]
    sd = math.sqrt(sum((v - 12.0) ** 2 for v in values) / 19)
    one = type1(values, tolerance=0.8, true_value=12.005)
    assert one.cg == pytest.approx(0.2 * 0.8 / (6 * sd))
    assert one.cgk == pytest.approx((0.1 * 0.8 - 0.005) / (3 * sd))
    assert one.bias_p == pytest.approx(stats.ttest_1samp(values, 12.005).pvalue)
    assert one.capable
    assert not type1(values, tolerance=0.5).capable
    with pytest.raises(ConfigError, match="at least 10"):
        type1(values[:9], tolerance=0.8)
